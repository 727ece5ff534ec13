// One's own password and sessions, and the way out.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { formatTime } from "../model/format.js";
import { posted } from "./dataset-edit.js";

/** @typedef {{id: string, kind: string, label: string, role: string, made_s: number, seen_s: number, this: boolean}} Session */

const KINDS = /** @type {Record<string, string>} */ ({ browser: "Browser", tablet: "Tablet", program: "Program" });

class OwnSessions extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    document.querySelector("[data-sign-out]")?.addEventListener("click", () => signOut(), { signal });
    this.#read();
  }

  async #read() {
    /** @type {Session[]} */
    let sessions;
    try {
      ({ sessions } = await api("/api/account"));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    render(
      this,
      html`<h2>Where you are signed in</h2><div class="table-card"><table>
        <thead><tr><th>What</th><th>As</th><th>Since</th><th>Last used</th><th></th></tr></thead>
        <tbody>${sessions.map(
          (one) => html`<tr><td><b>${KINDS[one.kind] ?? one.kind}</b> ${one.label} ${one.this ? html`<small>this one</small>` : ""}</td><td>${one.role}</td>
            <td class="nowrap">${time(one.made_s)}</td><td class="nowrap">${time(one.seen_s)}</td>
            <td class="row-buttons">${one.this ? "" : html`<button type="button" class="plain" data-end="${one.id}">Sign out</button>`}</td></tr>`,
        )}</tbody></table></div>`,
    );
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-end]") : null;
    if (!(button instanceof HTMLElement)) return;
    await api(`/api/account/sessions/${button.dataset.end}`, { method: "DELETE" }).catch(() => {}); // the list says whether
    await this.#read();
  }
}

class OwnPassword extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<form><label>Old password <input type="password" name="old" autocomplete="current-password" maxlength="200" required></label>
        <label>New password <input type="password" name="new" autocomplete="new-password" minlength="10" maxlength="200" required>
          <small>10 characters or more; every other session of yours ends.</small></label>
        <p class="form-problem" role="alert" hidden></p><p class="quiet" role="status" data-part="done"></p>
        <p><button class="plain">Change it</button></p></form>`,
    );
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const form = find(this, "form", HTMLFormElement);
    const problem = find(this, ".form-problem", HTMLElement);
    problem.hidden = true;
    try {
      await api("/api/account/password", posted(Object.fromEntries(new FormData(form)), "PUT"));
      form.reset();
      setText(find(this, "[data-part=done]", HTMLElement), "Changed.");
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    }
  }
}

async function signOut() {
  await api("/api/logout", { method: "POST" }).catch(() => {});
  location.assign("/login");
}

/** @param {number} s since 1970 */
const time = (s) => formatTime(new Date(s * 1000).toISOString());

customElements.define("own-sessions", OwnSessions);
customElements.define("own-password", OwnPassword);
