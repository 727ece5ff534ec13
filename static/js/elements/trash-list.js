// What was deleted and what stood there before each edit: restore it, or purge it by typing its name.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { NAME_PATTERN } from "../model/edits.js";
import { formatBytes, formatTime, plural } from "../model/format.js";
import { posted } from "./dataset-edit.js";
import { FormSheet } from "./form-sheet.js";

/** @typedef {{id: string, name: string, what: string, by: string, at: string, episodes: number, frames: number, bytes: number}} Entry */

class TrashList extends StudioElement {
  /** @type {Entry[]} */
  #entries = [];

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<div data-part="list"></div><p class="form-problem" role="alert" hidden></p><form-sheet></form-sheet>`);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.#read();
  }

  async #read() {
    try {
      this.#entries = await api("/api/trash");
    } catch (error) {
      const problem = find(this, ":scope > .form-problem", HTMLElement);
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
      return;
    }
    render(find(this, "[data-part=list]", HTMLElement), this.#entries.length ? table(this.#entries) : html``);
    if (location.hash === "#trash") this.querySelector("#trash")?.scrollIntoView();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    const entry = button instanceof HTMLElement && this.#entries.find((one) => one.id === button.dataset.id);
    if (!(button instanceof HTMLElement) || !entry) return;
    find(this, "form-sheet", FormSheet).open(button.dataset.do === "restore" ? this.#restoreForm(entry) : this.#purgeForm(entry));
  }

  /** @param {Entry} entry @returns {import("./form-sheet.js").Form} */
  #restoreForm(entry) {
    const before = entry.what !== "Deleted";
    return {
      title: `Restore ${entry.name}`,
      intro: `${entry.what}, ${formatTime(entry.at)}: ${plural(entry.episodes, "episode")}.`,
      fields: [{ name: "name", label: "As", value: before ? `${entry.name}-before` : entry.name, pattern: NAME_PATTERN }],
      button: "Restore",
      send: async (values) => {
        const { dataset } = await api(`/api/trash/${encodeURIComponent(entry.id)}/restore`, posted(values));
        location.href = `/datasets/${encodeURIComponent(dataset)}`;
      },
    };
  }

  /** @param {Entry} entry @returns {import("./form-sheet.js").Form} */
  #purgeForm(entry) {
    return {
      title: `Purge ${entry.name}`,
      intro: `Removes ${plural(entry.episodes, "episode")} (${entry.what.toLowerCase()}) for ever. There is no way back.`,
      fields: [{ name: "typed", label: `Type ${entry.name} to confirm`, placeholder: entry.name }],
      button: "Purge",
      danger: true,
      send: async (values) => {
        await api(`/api/trash/${encodeURIComponent(entry.id)}/purge`, posted(values));
        await this.#read();
      },
    };
  }
}

/** @param {Entry[]} entries */
function table(entries) {
  return html`<h2 id="trash">Trash</h2><div class="table-card"><table>
    <thead><tr><th>Name</th><th>What</th><th class="number">Episodes</th><th class="number" title="What purging it frees; the rest is shared with what lives on">Frees</th><th>When</th><th>By</th><th></th></tr></thead>
    <tbody>${entries.map(
      (entry) => html`<tr><td><b>${entry.name}</b></td><td>${entry.what}</td><td class="number">${entry.episodes}</td><td class="number">${formatBytes(entry.bytes)}</td>
        <td class="nowrap">${formatTime(entry.at)}</td><td>${entry.by}</td>
        <td class="row-buttons"><button type="button" class="plain" data-do="restore" data-right="curate" data-id="${entry.id}">Restore…</button>
          <button type="button" class="plain" data-do="purge" data-right="curate" data-id="${entry.id}">Purge…</button></td></tr>`,
    )}</tbody></table></div>`;
}

customElements.define("trash-list", TrashList);
