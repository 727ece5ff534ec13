// The first-run hint: one step at a time, ticked off by what the arm does. Dismissed once, gone for good.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { forgetPlacement, lastPlacement } from "../core/placement.js";
import { remember, remembered } from "../core/preferences.js";
import { store } from "../core/studio.js";
import { keyParts } from "../model/banner.js";
import { BEGINNING, finished, holdsBag, progressed, steps } from "../model/hint.js";
import { refusal } from "../model/rights.js";

class FirstHint extends StudioElement {
  #progress = BEGINNING;
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    if (remembered("hint") === "done") return;
    store.watch(["rig", "lease", "guidance"], () => this.#advance(), signal);
    store.onArm(() => this.#advance(), signal);
    this.addEventListener(
      "click",
      (event) => {
        if (event.target instanceof Element && event.target.closest("button")) this.#done();
      },
      { signal },
    );
  }

  #advance() {
    if (remembered("hint") === "done") return;
    const rig = store.state?.rig;
    // Where a plan leads, its own line says what to do.
    this.hidden = Boolean(refusal(store.state, "drive")) || !rig?.simulated || rig.phase === "stopped" || Boolean(store.state?.guidance.target);
    const put = lastPlacement();
    this.#progress = progressed(this.#progress, {
      mine: Boolean(store.state?.lease.mine),
      pose: this.#pose(),
      bag: put && { x: 10 * put.x_cm, y: 10 * put.y_cm },
      success: rig?.outcome === "success",
    });
    // Where a bag that somebody carried lies next, nobody has told this page.
    if (rig?.demonstrating || holdsBag(this.#progress)) forgetPlacement();
    const shown = `${this.#progress.known} ${this.#progress.step}`;
    if (shown !== this.#shown) this.#paint(shown);
  }

  /** @returns {import("../model/hint.js").Pose | null} */
  #pose() {
    const { arm, state } = store;
    const gripper = state?.rig.joints.findIndex((joint) => joint.unit === "percent") ?? -1;
    if (!arm || arm.tool_mm.length < 3 || gripper < 0) return null;
    return { x: arm.tool_mm[0], y: arm.tool_mm[1], z: arm.tool_mm[2], grip: arm.position[gripper], wanted: arm.target[gripper] };
  }

  /** @param {string} shown */
  #paint(shown) {
    this.#shown = shown;
    const step = this.#progress.step;
    const all = steps(this.#progress);
    const current = finished(this.#progress) ? null : all[step];
    const keys = current ? keyParts(current.keys).filter((part) => part.key) : [];
    render(
      this,
      html`<div class="hint">
        <span class="hint-dots" aria-hidden="true">${all.map((_, i) => html`<i data-on="${String(i < step)}"></i>`)}</span>
        <span class="hint-text">${current ? html`<b>${step + 1}.</b> ${current.text} ${keys.map((part) => html`<kbd>${part.key}</kbd>`)}` : "That is the whole task. Now record it: press Space."}</span>
        <button type="button" class="plain" title="Do not show this again">${current ? "Hide" : "Done"}</button>
      </div>`,
    );
  }

  #done() {
    remember("hint", "done");
    this.hidden = true;
  }
}

customElements.define("first-hint", FirstHint);
