// Who may move the arm, visible to all; taking, asking, answering, giving back.

import { act } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { ask, perform, problem, store } from "../core/studio.js";
import { gate } from "../model/gate.js";
import { holder } from "../model/lease.js";

class LeaseCard extends StudioElement {
  #shown = "";
  #problem = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["lease", "rig"], () => this.#paint(), signal);
    addEventListener("studio-problem", (event) => this.#said(/** @type {CustomEvent} */ (event).detail), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
  }

  #paint() {
    const who = holder(store.view);
    const control = gate(store.view, "control");
    const home = gate(store.view, "home");
    const leader = store.state?.rig.leader;
    const lead = leader ? gate(store.view, "lead") : null;
    const text = JSON.stringify([who, control, home, lead, leader?.following, leader?.driven, this.#problem]);
    if (text === this.#shown) return;
    this.#shown = text;
    render(
      this,
      html`<div class="lease" data-kind="${who.kind}">
          <span class="light" aria-hidden="true"></span>
          <span class="lease-text" title="${who.text} ${this.#problem || who.detail}"><b>${who.text}</b><small>${this.#problem || who.detail}</small></span>
          ${who.asked
            ? html`<button type="button" class="primary" data-do="grant">Give</button><button type="button" class="plain" data-do="refuse">Keep</button>`
            : button("control", who.verb, control, who.kind === "free" || who.kind === "program" ? "primary" : "plain", "T")}
          ${button("home", "Home", home, "plain")}
        </div>
        ${lead ? html`<div class="lease lead-line">${button("lead", leader?.following ? "Hold" : "Follow the leader", lead, leader?.following ? "primary" : "plain", "E")}
          <small>${lead.enabled ? (leader?.following ? "Hold the leader still, then press: the arm stays." : leader?.driven ? "The leader drives to the arm's pose, slowly: take hold of it." : "The arm drives to the leader's pose, slowly.") : lead.reason}</small></div>` : ""}`,
    );
  }

  /** @param {{text: string, about: string}} said */
  #said({ text, about }) {
    if (about !== "drive") return;
    this.#problem = text;
    this.#paint();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#problem = "";
      this.#paint();
    }, 6000);
  }

  /** @param {Event} event */
  async #clicked(event) {
    const target = event.target instanceof Element ? event.target.closest("button") : null;
    const what = target?.dataset.do;
    target?.blur();
    if (what === "grant" || what === "refuse") {
      const reply = await ask({ type: "lease.answer", grant: what === "grant" });
      if (!reply.ok) problem(reply);
    } else if (what === "control" && store.state?.lease.mine) await perform({ type: "lease.release" }, "drive");
    else if (what) await act(/** @type {import("../core/actions.js").Action} */ (what));
  }
}

/** @param {string} what @param {string} label @param {{enabled: boolean, reason: string}} verdict @param {string} tone @param {string} [key] */
function button(what, label, verdict, tone, key) {
  return html`<button type="button" class="${tone}" data-do="${what}" aria-disabled="${String(!verdict.enabled)}" title="${verdict.reason || label}">
    ${label}${key ? html` <kbd>${key}</kbd>` : ""}</button>`;
}

customElements.define("lease-card", LeaseCard);
