// What a lead does to a whole dataset: one row of buttons, a sheet for each, and the jobs that carry it out.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { mergeForm, NAME_PATTERN, publishForm, splitForm, taskForm, verifyForm } from "../model/edits.js";
import { formatTime, plural } from "../model/format.js";
import "./form-sheet.js";
import { FormSheet } from "./form-sheet.js";
import "./job-list.js";

/** @typedef {{name: string, note: string, by: string, at: string, episodes: number, frames: number}} Version */

/** @param {unknown} body @returns {RequestInit} */
export function posted(body, method = "POST") {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

class DatasetEdit extends StudioElement {
  /** @type {Version[]} */
  #versions = [];

  get #name() {
    return this.getAttribute("dataset") ?? "";
  }

  get #url() {
    return `/api/datasets/${encodeURIComponent(this.#name)}`;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<section class="card edit-card" aria-label="Edit">
        <header><h2>Edit</h2><p class="quiet">Each edit works on a copy that is swapped in whole; what was there before goes to the <a href="/datasets#trash">trash</a>.</p></header>
        <div class="edit-groups">
          <div><h3>Check</h3><button type="button" class="plain" data-do="verify" data-right="curate">Verify…</button><button type="button" class="plain" data-do="freeze" data-right="curate">Freeze a version…</button></div>
          <div><h3>Episodes</h3><button type="button" class="plain" data-do="trim" data-right="curate">Trim as reviewed…</button><button type="button" class="plain" data-do="delete" data-right="curate">Delete rejected…</button></div>
          <div><h3>Datasets</h3><button type="button" class="plain" data-do="split" data-right="curate">Split…</button><button type="button" class="plain" data-do="merge" data-right="curate">Merge…</button>
            <button type="button" class="plain" data-do="task" data-right="curate">Rename task…</button></div>
          <div><h3>Hand on</h3><button type="button" class="plain" data-do="publish" data-right="curate">Publish…</button><a class="plain" data-part="download" href="${this.#url}/archive" download>Download</a></div>
          <div><h3>Remove</h3><button type="button" class="plain" data-do="trash" data-right="curate">Move to trash…</button></div>
        </div>
        <p class="form-problem" role="alert" hidden></p>
        <div data-part="versions"></div>
      </section>
      <job-list about="${this.#name}"></job-list>
      <form-sheet></form-sheet>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("job-ended", (event) => this.#ended(/** @type {CustomEvent} */ (event).detail), { signal });
    this.#readVersions();
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!(button instanceof HTMLElement)) return;
    const problem = find(this, ".edit-card > .form-problem", HTMLElement);
    problem.hidden = true;
    try {
      const form = await this.#form(button.dataset.do ?? "", button.dataset.version ?? "");
      if (form) find(this, "form-sheet", FormSheet).open(form);
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} what @param {string} version @returns {Promise<import("./form-sheet.js").Form | null>} */
  async #form(what, version) {
    const name = this.#name;
    /** @param {string} kind @param {object} body */
    const start = async (kind, body) => void (await api(`/api/jobs/${kind}`, posted(body)));
    if (what === "verify") return verifyForm(name, start);
    if (what === "split") return splitForm(name, start, api);
    if (what === "publish") return publishForm(name, this.#versions.map((one) => one.name), start);
    if (what === "task") return taskForm(name, await this.#tasks(), start);
    if (what === "merge") {
      /** @type {{name: string}[]} */
      const all = await api("/api/datasets");
      const others = all.map((one) => one.name).filter((other) => other !== name);
      if (!others.length) throw new Error("There is no other dataset to merge with.");
      return mergeForm(name, others, start, api);
    }
    if (what === "freeze") return this.#freezeForm();
    if (what === "give-up") return this.#giveUpForm(version);
    if (what === "trash") return this.#trashForm();
    if (what === "trim") {
      return {
        title: "Trim as reviewed",
        intro: "Cuts every episode of which a review says which frames are worth keeping. Each becomes a new episode that names its parent.",
        fields: [],
        button: "Trim",
        send: () => start("dataset.trim", { dataset: name, proposed: true }),
      };
    }
    return {
      title: "Delete rejected episodes",
      intro: "Takes every rejected episode out of the dataset. The whole dataset as it is now goes to the trash first.",
      fields: [],
      button: "Delete",
      danger: true,
      send: () => start("dataset.delete", { dataset: name, rejected: true }),
    };
  }

  /** @returns {Promise<string[]>} */
  async #tasks() {
    const { episodes } = await api(`${this.#url}/episodes?limit=2000`);
    return [...new Set(episodes.map((/** @type {{task: string}} */ episode) => episode.task))];
  }

  /** @returns {import("./form-sheet.js").Form} */
  #freezeForm() {
    return {
      title: "Freeze a version",
      intro: "Keeps the dataset as it is now, under a name. Recording goes on, and no edit changes the version.",
      fields: [
        { name: "name", label: "Name", value: `v${this.#versions.length + 1}`, pattern: NAME_PATTERN },
        { name: "note", label: "What it is for", required: false },
      ],
      button: "Freeze",
      send: async (values) => {
        await api(`${this.#url}/versions`, posted(values));
        await this.#readVersions();
      },
    };
  }

  /** @param {string} version @returns {import("./form-sheet.js").Form} */
  #giveUpForm(version) {
    return {
      title: `Give up version ${version}`,
      intro: "The dataset itself stays. Runs that were trained on this version can no longer be repeated from it.",
      fields: [],
      button: "Give it up",
      danger: true,
      send: async () => {
        await api(`${this.#url}/versions/${encodeURIComponent(version)}`, { method: "DELETE" });
        await this.#readVersions();
      },
    };
  }

  /** @returns {import("./form-sheet.js").Form} */
  #trashForm() {
    return {
      title: `Move ${this.#name} to the trash`,
      intro: "It can be restored from the trash until it is purged.",
      fields: [],
      button: "Move to trash",
      danger: true,
      send: async () => {
        await api(`${this.#url}/trash`, { method: "POST" });
        location.href = "/datasets#trash";
      },
    };
  }

  async #readVersions() {
    this.#versions = await api(`${this.#url}/versions`).catch(() => []);
    render(
      find(this, "[data-part=versions]", HTMLElement),
      this.#versions.length
        ? html`<h3>Versions</h3><ul class="version-list">${this.#versions.map((one) => this.#version(one))}</ul>`
        : html``,
    );
  }

  /** @param {Version} one */
  #version(one) {
    return html`<li><b>${one.name}</b><span>${plural(one.episodes, "episode")}, ${formatTime(one.at)}${one.note ? `, ${one.note}` : ""}</span>
      <a class="plain" href="${this.#url}/archive?version=${encodeURIComponent(one.name)}" download>Download</a>
      <button type="button" class="plain" data-do="give-up" data-right="curate" data-version="${one.name}">Give up…</button></li>`;
  }

  /** What an edit changed is read again; a page that has moved on is left alone. @param {import("../core/messages.js").JobSummary} job */
  #ended(job) {
    if (job.state !== "done") return;
    for (const tag of ["dataset-facts", "episode-table"]) {
      const old = document.querySelector(tag);
      if (old) old.replaceWith(old.cloneNode(false));
    }
  }
}

customElements.define("dataset-edit", DatasetEdit);
