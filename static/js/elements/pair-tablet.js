// A code, and the same as a QR code, that signs one tablet in; good once and for five minutes.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { posted } from "./dataset-edit.js";

const ROLES = ["viewer", "operator", "lead", "admin"];

class PairTablet extends StudioElement {
  #ends_at = 0;

  /** @param {AbortSignal} signal */
  start(signal) {
    const own = Math.max(0, ROLES.indexOf(this.dataset.role ?? "viewer"));
    render(
      this,
      html`<form><label>What it is called <input name="label" maxlength="60" value="Tablet at the table" required></label>
        <label>It may act as <select name="role">${ROLES.slice(0, own + 1).map((role) => html`<option ${role === ROLES[Math.min(1, own)] ? SELECTED : ""}>${role}</option>`)}</select></label>
        <p class="form-problem" role="alert" hidden></p><p><button class="primary">Make a code</button></p></form><div data-part="offer"></div>`,
    );
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
    every(1000, () => this.#count(), signal);
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const problem = find(this, ".form-problem", HTMLElement);
    problem.hidden = true;
    try {
      const offer = await api("/api/account/pairing", posted(Object.fromEntries(new FormData(find(this, "form", HTMLFormElement)))));
      this.#ends_at = performance.now() + offer.valid_s * 1000;
      render(
        find(this, "[data-part=offer]", HTMLElement),
        html`<div class="pair-offer"><img src="${offer.picture}" alt="QR code of the address to open on the tablet">
          <div><p>Scan it with the tablet, or open <b>${new URL(offer.url).origin}/login</b> there and type:</p>
            <p class="pair-code">${offer.code.slice(0, 4)} ${offer.code.slice(4)}</p><p class="quiet" data-part="left"></p></div></div>`,
      );
      this.#count();
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    }
  }

  #count() {
    const left = this.querySelector("[data-part=left]");
    if (!left) return;
    const left_s = Math.ceil((this.#ends_at - performance.now()) / 1000);
    if (left_s > 0) setText(left, `Good once, for ${Math.floor(left_s / 60)}:${String(left_s % 60).padStart(2, "0")} more.`);
    else render(find(this, "[data-part=offer]", HTMLElement), html`<p class="quiet">The code ran out. Make another.</p>`);
  }
}

const SELECTED = html`selected`;

customElements.define("pair-tablet", PairTablet);
