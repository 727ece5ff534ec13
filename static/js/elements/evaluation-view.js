// One evaluation: success by part and cluster, beside the density of the data; who beats whom; failures; what to record next.

import { api } from "../core/api.js";
import { attempt, tellProblem } from "../core/attempt.js";
import { every, StudioElement } from "../core/element.js";
import { keepEntered } from "../core/entered.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { ask, store } from "../core/studio.js";
import { brokenWords, delayPlots, executionWords, failureWords, intervalWords, scoreWords, successAnswer } from "../model/evaluations.js";
import { formatCount, formatNumber, plural, UNKNOWN } from "../model/format.js";
import { CoverageMap } from "./coverage-map.js";
import "./job-list.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/evaluations.js").Detail} Detail */
/** @typedef {import("../model/evaluations.js").EntrantResult} EntrantResult */
/** @typedef {import("../model/evaluations.js").Score} Score */
/** @typedef {import("../model/coverage.js").Answer} Answer */

const AGAIN_MS = 3000;
const PLAIN = { picture: false, paths: [], area: null, ghost: null };

class EvaluationView extends StudioElement {
  #seen = "";
  #key = "";
  /** @type {Detail | null} */
  #detail = null;
  /** @type {Answer | null} */
  #ground = null;
  #load = oneByOne(() => this.#look());

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<job-list about="${this.#name}"></job-list><p class="form-problem" role="alert" hidden></p><div class="evaluation" data-part="body"><p class="quiet">Loading</p></div>`);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("change", (event) => this.#chosen(event), { signal });
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#detail?.summary.state === "done" || this.#load(), signal);
  }

  get #name() {
    return this.getAttribute("evaluation") ?? "";
  }

  get #url() {
    return `/api/evaluations/${encodeURIComponent(this.#name)}`;
  }

  async #look() {
    try {
      /** @type {Detail} */
      const detail = await api(this.#url);
      const seen = JSON.stringify(detail);
      if (seen === this.#seen) return;
      this.#seen = seen;
      this.#detail = detail;
      this.#key ||= detail.results.entrants[0]?.key ?? "";
      await this.#paint(detail);
    } catch (error) {
      tellProblem(this, /** @type {Error} */ (error).message);
    }
  }

  /** @param {Detail} detail */
  async #paint(detail) {
    const body = find(this, "[data-part=body]", HTMLElement);
    const parts = html`${head(detail)}${next(detail)}${maps(detail, this.#key)}${clusters(detail, this.#key)}${delays(detail)}${comparisons(detail)}${failures(detail)}${broken(detail)}${removal(detail)}`;
    keepEntered(body, () => render(body, parts)); // what was unfolded stays so while trials come in
    const plots = this.querySelector("run-plots");
    if (plots instanceof RunPlots) plots.show(delayPlots(detail.results.delays));
    await this.#drawMaps(detail);
  }

  /** @param {Detail} detail */
  async #drawMaps(detail) {
    try {
      this.#ground ??= /** @type {Answer} */ (await api(`/api/coverage?dataset=${encodeURIComponent(detail.summary.dataset)}&layer=density`));
      if (detail !== this.#detail) return; // another one came while the ground was asked for, and draws itself
      find(this, "coverage-map[data-map=density]", CoverageMap).show(this.#ground, PLAIN);
      find(this, "coverage-map[data-map=success]", CoverageMap).show(successAnswer(this.#ground, detail, this.#key), PLAIN);
    } catch (error) {
      setText(find(this, "[data-part=map-problem]", HTMLElement), /** @type {Error} */ (error).message);
    }
  }

  /** @param {Event} event */
  #chosen(event) {
    if (!(event.target instanceof HTMLSelectElement) || !this.#detail) return;
    this.#key = event.target.value;
    this.#paint(this.#detail);
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || !this.#detail) return;
    const { record, resume, delete: wants, no, yes } = button.dataset;
    if (wants !== undefined || no !== undefined) find(this, "[data-part=really]", HTMLElement).hidden = no !== undefined;
    if (resume !== undefined) await this.#try(() => api(`${this.#url}/resume`, { method: "POST" }));
    if (record !== undefined) await this.#try(() => this.#recordNext([...new Set((this.#detail?.results.record_next ?? []).flatMap((one) => one.clusters))]));
    if (yes !== undefined) await this.#try(async () => {
      await api(this.#url, { method: "DELETE" });
      location.href = "/deploy";
    });
  }

  /** The dataset becomes the one recorded into, then its queue begins with these clusters. @param {string[]} clusters */
  async #recordNext(clusters) {
    const reply = await ask({ type: "record.setup", dataset: this.#detail?.summary.dataset ?? null, task: null, operator: null, practice: null, max_take_s: null });
    if (!reply.ok) throw new Error(reply.text);
    await api(`${this.#url}/record-next`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ clusters }) });
    location.href = "/record";
  }

  /** @param {() => Promise<unknown>} work */
  #try(work) {
    return attempt(this, work, () => this.#load());
  }
}

/** @param {Detail} detail */
function head({ summary, results, evaluation, trials }) {
  const operator = summary.judge === "operator" && summary.done < summary.planned;
  const policy = encodeURIComponent(evaluation.entrants[0]?.policy ?? "");
  const tried = results.entrants.some((one) => one.new.trials || one.new.broken);
  return html`<div class="list-head"><span class="run-state">${summary.done} of ${plural(summary.planned, "trial")}${summary.sim ? ", SIM" : ", REAL"}; judged by ${summary.judge === "simulator" ? "the simulator" : "a person"}</span>
      ${operator && html`<a class="primary" href="/deploy/run?evaluation=${encodeURIComponent(summary.name)}&policy=${policy}">Run the next trial</a>`}
      ${summary.judge === "simulator" && summary.state === "stopped" && html`<button type="button" class="primary" data-resume data-right="evaluate">Run the rest</button>`}
      <a class="plain" href="/api/evaluations/${encodeURIComponent(summary.name)}/report">Report to print</a>
      ${summary.eval_dataset && trials.some((one) => one.episode) && html`<a class="plain" href="/datasets/${encodeURIComponent(summary.eval_dataset)}">Its episodes</a>`}</div>
    <div class="table-card"><table><thead><tr><th>Policy</th><th>Training clusters</th><th>Held out</th>${tried && html`<th>New places</th>`}<th>All</th><th class="number">Latency p50</th><th class="number">To a success</th><th class="number">Starved</th></tr></thead>
    <tbody>${results.entrants.map((one) => html`<tr><td><b>${one.title}</b><small>${executionWords(one)}</small></td>${cell(one.training)}${cell(one.held_out)}${tried && cell(one.new)}${cell(one.all)}
      ${latency(one)}<td class="number nowrap">${formatNumber(one.duration_s, 1, "s")}</td><td class="number nowrap">${formatCount(one.starved_steps)}<small>of ${plural(one.steps, "step")}</small></td></tr>`)}</tbody></table></div>
    <p class="quiet">Success: ${summary.success_rule} Time limit ${evaluation.protocol.limit_s} s a trial.</p>
    ${results.findings.map((one) => html`<p class="run-finding">${one}</p>`)}`;
}

/** An emulated device's is the stated one, and says so. @param {EntrantResult} one */
function latency(one) {
  if (one.delay_ms !== null) return html`<td class="number nowrap">${formatCount(one.delay_ms)} ms<small>injected</small></td>`;
  return html`<td class="number nowrap">${formatNumber(one.latency_p50_ms, 0, "ms")}${one.latency_p95_ms !== null && html`<small>p95 ${formatNumber(one.latency_p95_ms, 0, "ms")}</small>`}</td>`;
}

/** @param {Score} score */
function cell(score) {
  const rest = brokenWords(score);
  return html`<td class="nowrap">${scoreWords(score)}${score.trials > 0 && html`<small>${intervalWords(score)}</small>`}${rest && html`<small>${rest}</small>`}</td>`;
}

/** @param {Detail} detail */
function next({ results }) {
  if (!results.record_next.length) return "";
  const names = [...new Set(results.record_next.flatMap((one) => one.clusters))];
  return html`<section class="card run-verdict"><div class="list-head"><h2>Record next</h2><button type="button" class="plain" data-record data-right="order">Put ${names.length > 1 ? "clusters" : "cluster"} ${names.join(", ")} first in the operator's queue</button></div>
    <ol class="record-next">${results.record_next.map((one) => html`<li>${one.words}</li>`)}</ol>${results.entrants.length > 1 && results.record_next_for && html`<p class="quiet">Where ${results.record_next_for} fails, which does best of those tried.</p>`}</section>`;
}

/** @param {Detail} detail @param {string} key */
function maps({ summary, results }, key) {
  const choice = results.entrants.length > 1 ? html`<select aria-label="Policy on the map">${results.entrants.map((one) => html`<option value="${one.key}" ${one.key === key ? "selected" : ""}>${one.title}</option>`)}</select>` : "";
  return html`<div class="map-pair"><figure class="card"><figcaption><b>What was recorded</b> <span class="quiet">density of ${summary.dataset}</span></figcaption><coverage-map data-map="density"></coverage-map><p class="quiet">A mark is where an episode began. The fuller a square, the more began there.</p></figure>
    <figure class="card"><figcaption><b>What succeeds</b> ${choice}</figcaption><coverage-map data-map="success"></coverage-map><p class="quiet">A mark is a trial: green succeeded, amber partly, red failed. The fuller a cluster, the more of its trials succeeded.</p></figure></div><p class="quiet" data-part="map-problem"></p>`;
}

/** @param {Detail} detail @param {string} key */
function clusters({ results }, key) {
  const one = results.entrants.find((entrant) => entrant.key === key);
  if (!one?.clusters.length) return "";
  return html`<h2>By cluster${results.entrants.length > 1 ? `, ${one.title}` : ""}</h2><div class="table-card"><table><thead><tr><th>Cluster</th><th>Part</th><th class="number">Recorded</th><th class="number">Learnt from</th><th>Success</th><th>95 % interval</th><th class="number">Taken over</th></tr></thead>
    <tbody>${one.clusters.filter((cluster) => cluster.score.trials || cluster.score.broken || cluster.recorded).map((cluster) => html`<tr><td>${cluster.name || "outside"}</td><td>${cluster.part.replace("_", " ")}</td><td class="number">${cluster.recorded}</td><td class="number">${cluster.used ?? UNKNOWN}</td>
      <td class="nowrap">${cluster.score.trials > 0 && html`<meter min="0" max="1" low="0.5" high="0.8" optimum="1" value="${cluster.score.share ?? 0}"></meter> `}${scoreWords(cluster.score)}</td><td class="nowrap">${intervalWords(cluster.score)}</td><td class="number">${cluster.taken_over}</td></tr>`)}</tbody></table></div>`;
}

/** The range as a picture, and the counts behind it. @param {Detail} detail */
function delays({ results }) {
  if (!delayPlots(results.delays).length) return "";
  return html`<h2>Over a range of delays</h2><run-plots></run-plots><div class="table-card"><table><thead><tr><th>Policy and strategy</th><th class="number">Injected</th><th>Success</th><th>95 % interval</th></tr></thead>
    <tbody>${results.delays.map((one) => html`<tr><td>${one.line}</td><td class="number nowrap">${formatCount(one.delay_ms)} ms</td><td class="nowrap">${scoreWords(one.score)}</td><td class="nowrap">${intervalWords(one.score)}</td></tr>`)}</tbody></table></div>`;
}

/** @param {Detail} detail */
function comparisons({ results }) {
  if (!results.comparisons.length) return "";
  const title = /** @type {Record<string, string>} */ (Object.fromEntries(results.entrants.map((one) => [one.key, one.title])));
  return html`<h2>Against each other, at the same places</h2><div class="table-card"><table><thead><tr><th>First</th><th>Second</th><th class="number">Both</th><th class="number">Only first</th><th class="number">Only second</th><th class="number">Neither</th><th>Difference, 95 %</th></tr></thead>
    <tbody>${results.comparisons.map((one) => html`<tr><td>${title[one.first] ?? one.first}<small>differs in ${one.contrast === "several" ? "several things" : one.contrast}</small></td><td>${title[one.second] ?? one.second}</td><td class="number">${one.both}</td><td class="number">${one.only_first}</td><td class="number">${one.only_second}</td><td class="number">${one.neither}</td>
      <td class="wide-words">${one.difference === null ? UNKNOWN : `${points(one.difference)} (${points(one.low)} to ${points(one.high)})`}<small>${one.words}</small></td></tr>`)}</tbody></table></div>`;
}

/** @param {number | null} share in percentage points, signed */
function points(share) {
  return share === null ? UNKNOWN : `${share > 0 ? "+" : ""}${Math.round(100 * share)} pts`;
}

/** @param {Detail} detail */
function failures({ results }) {
  if (!results.failures.length) return "";
  return html`<h2>How it failed</h2><div class="failures">${results.failures.map((group) => html`<details class="run-more" ${group === results.failures[0] ? html`open` : ""}><summary>${failureWords(group)}</summary>${clips(group.clips)}</details>`)}</div>`;
}

/** @param {import("../model/evaluations.js").Clip[]} all */
function clips(all) {
  const without = all.filter((one) => !one.url);
  return html`<p class="run-links">${all.filter((one) => one.url).map((one) => html`<a class="plain" href="${one.url}">Trial ${one.number}, ${one.cluster ? `cluster ${one.cluster}` : "outside"}</a>`)}</p>
    ${without.length > 0 && html`<p class="quiet">Not recorded, so without a clip: ${without.length > 1 ? "trials" : "trial"} ${without.map((one) => one.number).join(", ")}.</p>`}`;
}

/** @param {Detail} detail */
function broken({ results }) {
  if (!results.broken.length) return "";
  return html`<details class="run-more"><summary>${plural(results.broken.length, "trial")} broke off and ${results.broken.length === 1 ? "counts" : "count"} as neither</summary><ul class="remedies">${results.broken.map((one) => html`<li>Trial ${one.number}, ${one.entrant}, cluster ${one.cluster || "none"}: ${one.ended}. ${one.problem}</li>`)}</ul></details>`;
}

/** @param {Detail} detail */
function removal({ summary }) {
  if (summary.state === "running" || summary.state === "queued") return "";
  return html`<div class="run-delete"><button type="button" class="plain" data-delete data-right="evaluate">Delete…</button><span data-part="really" hidden>Delete the evaluation? The episodes of its trials stay. <button type="button" class="danger" data-yes data-right="evaluate">Delete it</button><button type="button" class="plain" data-no>Keep it</button></span></div>`;
}

customElements.define("evaluation-view", EvaluationView);
