// What the run does now: queue, ages, rates, seams, latency by stage; a warning has its sentence.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { formatMs } from "../model/exports.js";
import { plural } from "../model/format.js";
import { active, byWords, emulatedWords, runFigures } from "../model/policyrun.js";

class RunFigures extends StudioElement {
  #shown = "";
  #run = 0;

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["policy"], () => this.#paint(), signal);
  }

  #paint() {
    const policy = store.state?.policy;
    const run = policy?.run ?? null;
    const text = JSON.stringify([run, policy?.latency]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = !run;
    if (!run) return;
    if (active(run) && run.number !== this.#run) this.closest(".side")?.scrollTo({ top: 0 }); // what it does now is what is watched
    this.#run = run.number;
    const share = run.figures.horizon ? run.figures.queue / run.figures.horizon : 0;
    const head = run.phase === "ended" ? `The last run: ${run.reason || "ended"}` : "Now";
    render(this, html`<h2>${head}</h2>${run.emulated && html`<p><span class="tag emulated">EMULATED: ${emulatedWords(run.emulated)}</span></p>`}
      ${run.phase !== "ended" && run.reason && html`<p class="run-finding" role="status">${run.reason}</p>`}
      <div class="queue-bar" role="img" aria-label="${run.figures.queue} of ${run.figures.horizon} actions queued"><span style="width:${(100 * share).toFixed(0)}%"></span></div>
      <dl class="run-live">${runFigures(run).map((one) => html`<div data-warn="${String(one.warn)}"><dt>${one.label}</dt><dd>${one.warn ? "▲ " : ""}${one.value}</dd><small>${one.note}</small></div>`)}</dl>
      ${run.figures.warnings.map((one) => html`<p class="run-finding">${one}</p>`)}
      ${run.figures.latency.length > 0 && html`<table class="run-latency"><thead><tr><th>Latency here</th><th class="number">p50</th><th class="number">p95</th><th class="number">Looks</th></tr></thead><tbody>${run.figures.latency.map((one) => html`<tr><td>${one.stage || "a whole look"}</td><td class="number">${formatMs(one.p50_ms)}</td><td class="number">${formatMs(one.p95_ms)}</td><td class="number">${one.looks}</td></tr>`)}</tbody></table>`}
      <p class="quiet">${run.strategy.replaceAll("_", " ")}; by ${byWords(run.by)}; ${plural(run.takeovers, "takeover")}${run.dataset ? `; ${plural(run.episodes, "episode")} in ${run.dataset}` : ""}</p>`);
  }
}

customElements.define("run-figures", RunFigures);
