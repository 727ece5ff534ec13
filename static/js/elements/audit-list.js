// Who did what, the newest first.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";
import { formatClock, formatTime, plural } from "../model/format.js";

/** @typedef {{at: string, user: string, role: string, what: string, outcome: string, about: string, address: string, client: string}} Line */

class AuditList extends StudioElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = newest();

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<form class="audit-filter"><label>Search <input name="search" type="search" maxlength="80" placeholder="a name, a route, refused" autocomplete="off"></label>
        <button type="button" class="plain" data-again>Read again</button></form>
        <p class="form-problem" role="alert" hidden></p><div data-part="broken"></div><div data-part="list"></div>`,
    );
    this.addEventListener("input", () => this.#soon(), { signal });
    this.addEventListener("submit", (event) => event.preventDefault(), { signal });
    find(this, "[data-again]", HTMLButtonElement).addEventListener("click", () => this.#read(), { signal });
    this.#read();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), 200);
  }

  async #read() {
    const search = find(this, "input", HTMLInputElement).value.trim();
    const problem = find(this, ".form-problem", HTMLElement);
    const stands = this.#asked();
    problem.hidden = true;
    try {
      const answer = await api(`/api/audit?limit=300&search=${encodeURIComponent(search)}`);
      if (!stands()) return;
      render(find(this, "[data-part=list]", HTMLElement), answer.events.length ? table(answer.events) : html`<p class="empty card">Nothing${search ? " like that" : ""} was written down.</p>`);
      render(
        find(this, "[data-part=broken]", HTMLElement),
        answer.broken.length
          ? html`<p class="audit-broken" role="alert">Somebody changed the log: ${plural(answer.broken.length, "line")} of it ${answer.broken.length === 1 ? "does" : "do"} not follow from the line before (${answer.broken.slice(0, 3).join(", ")}).</p>`
          : html``,
      );
      const count = document.querySelector("[data-part=events]");
      if (count) setText(count, `${answer.events.length < 300 ? plural(answer.events.length, "event") : "the last 300 events"}${search ? " that fit" : ""}`);
    } catch (error) {
      if (!stands()) return;
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    }
  }
}

/** @param {Line[]} events */
function table(events) {
  return html`<div class="table-card"><table>
    <thead><tr><th>When</th><th>Who</th><th>What</th><th>Outcome</th><th>From</th></tr></thead>
    <tbody>${events.map(
      (one) => html`<tr><td class="nowrap">${formatTime(one.at).slice(0, 10)} ${formatClock(one.at)}</td><td><b>${one.user}</b><small>${one.role}</small></td>
        <td><code>${one.what}</code>${one.about ? html`<small>${one.about}</small>` : ""}</td><td data-outcome="${one.outcome}">${one.outcome}</td>
        <td><span>${one.address || one.client}</span></td></tr>`,
    )}</tbody></table></div>`;
}

customElements.define("audit-list", AuditList);
