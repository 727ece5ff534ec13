// Everybody who may sign in: add, change the role, give a new password, remove.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { formatTime, plural } from "../model/format.js";
import { posted } from "./dataset-edit.js";
import { FormSheet } from "./form-sheet.js";

/** @typedef {{name: string, role: string, made_s: number, seen_s: number | null, sessions: number}} Account */

const ROLES = [
  { value: "viewer", label: "Viewer", hint: "sees everything, moves nothing; may stop the arm" },
  { value: "operator", label: "Operator", hint: "drives the arm, records, calibrates the table" },
  { value: "lead", label: "Lead", hint: "also plans, reviews, curates, trains, and reads the audit log" },
  { value: "admin", label: "Admin", hint: "also accounts and setting the station up" },
];
const SECRET = "10 characters or more. Tell it to them; they change it on their Account page.";

class AccountList extends StudioElement {
  /** @type {Account[]} */
  #accounts = [];

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<p class="choices"><button type="button" class="primary" data-do="add">Add an account</button></p><div data-part="list"></div><p class="form-problem" role="alert" hidden></p><form-sheet></form-sheet>`);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.#read();
  }

  async #read() {
    const problem = find(this, ":scope > .form-problem", HTMLElement);
    problem.hidden = true;
    try {
      this.#accounts = await api("/api/accounts");
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
      return;
    }
    render(find(this, "[data-part=list]", HTMLElement), this.#accounts.length ? table(this.#accounts) : EMPTY);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!(button instanceof HTMLElement)) return;
    const account = this.#accounts.find((one) => one.name === button.dataset.name);
    const form = button.dataset.do === "add" ? this.#addForm() : account && this.#form(button.dataset.do ?? "", account);
    if (form) find(this, "form-sheet", FormSheet).open(form);
  }

  /** @returns {import("./form-sheet.js").Form} */
  #addForm() {
    return {
      title: "Add an account",
      fields: [
        { name: "name", label: "Name", pattern: "[A-Za-z][A-Za-z0-9_\\-]{0,39}", hint: "Letters, digits, - and _." },
        { name: "role", label: "Role", kind: "choice", value: "operator", choices: ROLES },
        { name: "password", label: "Password", kind: "password", hint: SECRET },
      ],
      button: "Add",
      send: (values) => this.#send("/api/accounts", posted(values)),
    };
  }

  /** @param {string} what @param {Account} account @returns {import("./form-sheet.js").Form} */
  #form(what, { name, role }) {
    const path = `/api/accounts/${encodeURIComponent(name)}`;
    if (what === "role") {
      const fields = [{ name: "role", label: "Role", kind: /** @type {const} */ ("choice"), value: role, choices: ROLES }];
      return { title: `Role of ${name}`, intro: "It holds at once; open pages of theirs reconnect.", fields, button: "Change", send: (values) => this.#send(path, posted(values, "PUT")) };
    }
    if (what === "password") {
      const fields = [{ name: "password", label: "New password", kind: /** @type {const} */ ("password"), hint: SECRET }];
      return { title: `New password for ${name}`, intro: "Every session of theirs ends.", fields, button: "Set", send: (values) => this.#send(path, posted(values, "PUT")) };
    }
    return {
      title: `Remove ${name}`,
      intro: "They are signed out everywhere and cannot sign in again. What they recorded keeps their name.",
      fields: [],
      button: "Remove",
      danger: true,
      send: () => this.#send(path, { method: "DELETE" }),
    };
  }

  /** @param {string} path @param {RequestInit} options */
  async #send(path, options) {
    await api(path, options);
    await this.#read();
  }
}

const EMPTY = html`<p class="empty card">There is no account yet. The first should be an admin; then serve the network with --host.</p>`;

/** @param {Account[]} accounts */
function table(accounts) {
  return html`<div class="table-card"><table>
    <thead><tr><th>Name</th><th>Role</th><th>Signed in</th><th>Last seen</th><th></th></tr></thead>
    <tbody>${accounts.map(
      (one) => html`<tr><td><b>${one.name}</b></td><td>${one.role}</td><td>${one.sessions ? plural(one.sessions, "session") : "nowhere"}</td>
        <td class="nowrap">${one.seen_s ? formatTime(new Date(one.seen_s * 1000).toISOString()) : "-"}</td>
        <td class="row-buttons"><button type="button" class="plain" data-do="role" data-name="${one.name}">Role…</button>
          <button type="button" class="plain" data-do="password" data-name="${one.name}">Password…</button>
          <button type="button" class="plain" data-do="remove" data-name="${one.name}">Remove…</button></td></tr>`,
    )}</tbody></table></div>`;
}

customElements.define("account-list", AccountList);
