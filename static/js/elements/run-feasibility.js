// Whether the policy is fast enough: one picture, green, amber or red, what would turn it green, and the yes that red needs.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { yes } from "../core/yes.js";
import { store } from "../core/studio.js";
import { active, colourSign, emulatedWords, feasibilityFigures, spans } from "../model/policyrun.js";

class RunFeasibility extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["policy"], () => this.#paint(), signal);
    yes.addEventListener("change", () => this.#paint(), { signal });
    this.addEventListener("change", (event) => event.target instanceof HTMLInputElement && yes.say(event.target.checked), { signal });
  }

  #paint() {
    const policy = store.state?.policy;
    const found = policy?.feasibility ?? null;
    const text = JSON.stringify([policy?.phase, found, policy?.choice, yes.given, active(policy?.run)]);
    if (text === this.#shown) return;
    this.#shown = text;
    if (!policy || !found) {
      render(this, html`<div class="feasible"><b>Is it fast enough?</b><p class="quiet">${policy?.phase === "measuring" || policy?.phase === "opening" ? "A few looks are timed." : "Open a policy: it is timed before anything moves."}</p></div>`);
      return;
    }
    const sign = colourSign(found);
    render(this, html`<div class="feasible" data-level="${sign.level}"><span class="light" aria-hidden="true"></span><div>
      <p class="feasible-head"><b>${sign.word}</b>${found.emulated && html`<span class="tag emulated">EMULATED: ${emulatedWords(found.emulated)}</span>`}</p>
      ${found.measured ? picture(spans(found, policy.choice.threshold, policy.choice.mode), sign.level) : html`<p class="quiet">Timing a few looks.</p>`}
      <dl class="feasible-figures">${feasibilityFigures(found).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${found.sentences.map((sentence) => html`<p>${sentence}</p>`)}
      ${found.remedies.length > 0 && html`<p class="quiet">Green with:</p><ul class="remedies">${found.remedies.map((one) => html`<li>${one}</li>`)}</ul>`}
      ${found.colour === "red" && found.measured && !active(policy.run) ? html`<label class="check"><input type="checkbox" data-right="drive" ${yes.given ? "checked" : ""}> Start it in spite of that</label>` : ""}</div></div>`);
  }
}

/** @param {import("../model/policyrun.js").Span[]} found @param {string} level */
function picture(found, level) {
  const end = Math.max(...found.map((one) => one.to)) * 1.02 || 1;
  const share = (/** @type {number} */ value) => `${((100 * value) / end).toFixed(2)}%`;
  const rows = found.filter((one) => one.kind !== "p50");
  const half = found.find((one) => one.kind === "p50");
  return html`<div class="feasible-picture" data-level="${level}" role="img" aria-label="${rows.map((one) => one.label).join("; ")}">${rows.map(
    (one) => html`<span>${one.label}</span><span class="span-track"><i class="span" data-kind="${one.kind}" style="width:${share(one.to)}"></i>${one.kind === "p95" && half ? html`<i class="span" data-kind="p50" style="width:${share(half.to)}"></i>` : ""}</span>`,
  )}</div>`;
}

customElements.define("run-feasibility", RunFeasibility);
