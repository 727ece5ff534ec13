// One run: how far it is, whether it gets better where it counts, which checkpoint to take and why, where to record next.

import { api } from "../core/api.js";
import { attempt, tellProblem } from "../core/attempt.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { ask, store } from "../core/studio.js";
import { formatBytes, formatCount, formatNumber, formatTime } from "../model/format.js";
import { chunkPlot, dataSentence, formatInterval, formatRate, jointErrors, metricPlots, runSign, scorePlots, versionSentence } from "../model/runs.js";
import "./copy-command.js";
import "./job-list.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/runs.js").Detail} Detail */

const AGAIN_MS = 2000;

class RunView extends StudioElement {
  #seen = "";
  #turn = 0;
  /** @type {Detail | null} */
  #detail = null;
  #load = oneByOne(() => this.#look());

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, frame(this.#name));
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    find(this, "textarea", HTMLTextAreaElement).addEventListener("change", () => this.#keepNotes({}), { signal });
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#quiet() || this.#load(), signal);
    this.#load();
  }

  /** A run that is over is asked less often: others may note, pin or score it. */
  #quiet() {
    this.#turn += 1;
    return this.#detail !== null && !["running", "queued"].includes(this.#detail.summary.state) && this.#turn % 5 !== 0;
  }

  get #name() {
    return this.getAttribute("run") ?? "";
  }

  get #url() {
    return `/api/runs/${encodeURIComponent(this.#name)}`;
  }

  async #look() {
    try {
      /** @type {Detail} */
      const detail = await api(this.#url);
      const seen = JSON.stringify(detail);
      if (seen === this.#seen) return;
      this.#seen = seen;
      const first = this.#detail === null;
      this.#detail = detail;
      this.#paint(detail, first);
    } catch (error) {
      tellProblem(this, /** @type {Error} */ (error).message);
    }
  }

  /** @param {Detail} detail @param {boolean} first */
  #paint(detail, first) {
    const { summary } = detail;
    const sign = runSign(summary.state);
    const state = this.#part("state");
    state.dataset.tone = sign.tone;
    setText(state, `${sign.glyph} ${sign.word}, ${formatCount(summary.step)} of ${formatCount(summary.steps)} steps on ${detail.described.where}`);
    const active = summary.state === "running" || summary.state === "queued";
    find(this, "[data-resume]", HTMLButtonElement).hidden = active || summary.state === "done";
    setText(find(this, "[data-resume]", HTMLButtonElement), summary.state === "described" ? "Start" : "Resume");
    find(this, "[data-score]", HTMLButtonElement).hidden = active || !detail.checkpoints.length;
    const nothing = !detail.checkpoints.length;
    this.#part("export").hidden = active || nothing;
    find(this, "[data-publish]", HTMLButtonElement).disabled = nothing;
    setText(this.#part("publish-words"), nothing ? "There is no checkpoint to publish yet." : `Step ${formatCount(detail.best || detail.checkpoints.at(-1) || 0)} with its model card goes there; sign in once with hf auth login on the studio's machine.`);
    find(this, "[data-delete]", HTMLButtonElement).disabled = active || summary.pinned;
    setText(find(this, "[data-delete]", HTMLButtonElement), summary.pinned ? "Unpin to delete" : active ? "Running, cannot be deleted" : `Delete, frees ${formatBytes(summary.bytes)}…`);
    setText(find(this, "[data-pin]", HTMLButtonElement), summary.pinned ? "Unpin" : "Pin");
    const early = !active && ["failed", "cancelled"].includes(summary.job_state);
    find(this, "job-list", HTMLElement).setAttribute("last", early ? summary.job : "");
    this.#keepLog(active || early ? "" : summary.job);
    render(this.#part("verdict"), verdict(detail));
    find(this, "[data-part=curves]", RunPlots).show(scorePlots(detail.scores));
    find(this, "[data-part=metrics]", RunPlots).show(metricPlots(detail.metrics));
    const best = detail.scores.find((row) => row.step === detail.best) ?? detail.scores.at(-1);
    const chunk = best && chunkPlot(best);
    find(this, "[data-part=chunk]", RunPlots).show(chunk ? [chunk] : []);
    render(this.#part("clusters"), clusters(detail));
    render(this.#part("joints"), joints(detail));
    render(this.#part("checkpoints"), checkpoints(detail));
    render(this.#part("elsewhere"), elsewhere(detail));
    if (first) {
      render(this.#part("facts"), facts(detail));
      find(this, "textarea", HTMLTextAreaElement).value = detail.notes.notes;
    }
  }

  /** What its newest job said stays to be read; while it runs, or ended early, the card above has it. @param {string} job */
  #keepLog(job) {
    const box = this.#part("log");
    find(this, "[data-part=log-of]", HTMLDetailsElement).hidden = !job;
    if (box.dataset.job === job) return;
    box.dataset.job = job;
    render(box, job ? html`<job-card job="${job}"></job-card>` : html``);
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || !this.#detail || button.closest("job-card")) return; // its "End it" is not our "Delete it"
    const { resume, score, pin, best, delete: ask, yes, no } = button.dataset;
    if (resume !== undefined) await this.#post("resume");
    if (button.dataset.publish !== undefined) await this.#publish();
    if (score !== undefined) await this.#post("score");
    if (pin !== undefined) await this.#keepNotes({ pinned: !this.#detail.notes.pinned });
    if (best !== undefined) await this.#keepNotes({ best: Number(best) });
    if (ask !== undefined || no !== undefined) find(this, ".run-delete [data-part=really]", HTMLElement).hidden = no !== undefined;
    if (yes !== undefined) await this.#delete();
    if (button.dataset.record !== undefined) await this.#recordNext(this.#detail);
  }

  /** The operator's queue begins with the weak clusters. @param {Detail} detail */
  async #recordNext(detail) {
    await this.#try(async () => {
      for (const command of /** @type {const} */ ([
        { type: "record.setup", dataset: detail.summary.dataset },
        { type: "target.prioritise", clusters: detail.weak.slice(0, 4).map((weak) => weak.name) },
      ])) {
        const reply = await ask(/** @type {any} */ (command));
        if (!reply.ok) throw new Error(reply.text);
      }
      location.href = "/record";
    });
  }

  /** @param {string} what */
  async #post(what) {
    await this.#try(() => api(`${this.#url}/${what}`, { method: "POST" }));
  }

  /** The best checkpoint and its card go to the Hub. */
  async #publish() {
    const body = JSON.stringify({ repo_id: find(this, "input[name=repo]", HTMLInputElement).value.trim(), private: find(this, "input[name=private]", HTMLInputElement).checked });
    await this.#try(() => api(`${this.#url}/publish`, { method: "POST", headers: { "Content-Type": "application/json" }, body }));
  }

  /** @param {Partial<Detail["notes"]>} change */
  async #keepNotes(change) {
    const kept = this.#detail?.notes ?? { notes: "", pinned: false, best: 0 };
    const body = JSON.stringify({ ...kept, notes: find(this, "textarea", HTMLTextAreaElement).value, ...change });
    await this.#try(() => api(`${this.#url}/notes`, { method: "PUT", headers: { "Content-Type": "application/json" }, body }));
  }

  async #delete() {
    await this.#try(async () => {
      await api(this.#url, { method: "DELETE" });
      location.href = "/train";
    });
  }

  /** @param {() => Promise<unknown>} work */
  #try(work) {
    return attempt(this, work, () => this.#load());
  }

  /** @param {string} name */
  #part(name) {
    return find(this, `[data-part=${name}]`, HTMLElement);
  }
}

/** @param {string} name */
function frame(name) {
  return html`<div class="list-head"><span class="run-state" data-part="state"></span>
      <button type="button" class="primary" data-resume data-right="train" hidden>Resume</button>
      <button type="button" class="plain" data-score data-right="train" hidden>Score again</button>
      <a class="primary" data-part="export" href="/deploy?run=${encodeURIComponent(name)}" hidden>Export for a device</a>
      <a class="plain" href="/api/runs/${encodeURIComponent(name)}/card">Model card</a>
      <button type="button" class="plain" data-pin data-right="train">Pin</button></div>
    <p class="form-problem" role="alert" hidden></p>
    <job-list about="${name}"></job-list>
    <section class="card run-verdict" data-part="verdict"></section>
    <run-plots data-part="curves"></run-plots>
    <section data-part="clusters"></section>
    <h2>While training</h2><run-plots data-part="metrics"></run-plots>
    <details class="run-more"><summary>Action errors</summary><run-plots data-part="chunk"></run-plots><div data-part="joints"></div></details>
    <details class="run-more"><summary>Checkpoints</summary><div data-part="checkpoints"></div></details>
    <details class="run-more"><summary>What went in, and how to repeat it</summary><div data-part="facts"></div></details>
    <details class="run-more" data-part="log-of" hidden><summary>The log</summary><div data-part="log"></div></details>
    <details class="run-more"><summary>Publish on the Hugging Face Hub</summary><div class="run-publish">
      <label>Repository<input name="repo" maxlength="200" autocomplete="off" spellcheck="false" placeholder="account/${name}"></label>
      <label class="check"><input type="checkbox" name="private" checked>Private</label>
      <button type="button" class="plain" data-publish data-right="train">Publish</button><p class="quiet" data-part="publish-words"></p></div></details>
    <label class="run-notes">Notes<textarea data-right="train" rows="3" maxlength="20000" placeholder="What you tried, what you saw"></textarea></label>
    <div class="run-delete"><button type="button" class="plain" data-delete data-right="train">Delete…</button>
      <span data-part="really" hidden>Delete the run with all its checkpoints? <button type="button" class="danger" data-yes data-right="train">Delete it</button><button type="button" class="plain" data-no>Keep it</button></span></div>
    <div data-part="elsewhere"></div>`;
}

/** @param {Detail} detail */
function verdict(detail) {
  const row = detail.scores.find((one) => one.step === detail.best);
  return html`${row && html`<div class="run-rates"><p><b>${formatRate(row.training)}</b><span>training clusters, ${formatInterval(row.training)}</span></p>
      <p><b>${formatRate(row.held_out)}</b><span>held-out cluster, ${formatInterval(row.held_out)}</span></p><p><b>${formatCount(detail.best)}</b><span>best step</span></p></div>`}
    <p>${detail.why}</p>${detail.findings.map((finding) => html`<p class="run-finding">${finding}</p>`)}
    ${detail.weak.length > 0 && html`<p class="run-links"><button type="button" class="plain" data-record data-right="order">Record in ${detail.weak.length > 1 ? "clusters" : "cluster"} ${detail.weak.slice(0, 4).map((weak) => weak.name).join(", ")} next</button></p>`}`;
}

/** @param {Detail} detail */
function clusters(detail) {
  const row = detail.scores.find((one) => one.step === detail.best);
  if (!row?.clusters?.length) return html``;
  return html`<h2>By cluster, step ${formatCount(row.step)}</h2><div class="table-card"><table><thead><tr><th>Cluster</th><th class="number">Episodes</th><th>Success</th><th>95 % interval</th></tr></thead>
    <tbody>${row.clusters.map((one) => html`<tr><td>${one.name || "without cluster"}${one.held_out && html` <small>held out</small>`}</td><td class="number">${formatCount(detail.described.clusters[one.name] ?? 0)}</td>
      <td class="nowrap"><meter min="0" max="1" low="0.5" high="0.8" optimum="1" value="${one.trials ? one.successes / one.trials : 0}"></meter> ${formatRate(one)}</td><td class="nowrap">${formatInterval(one)}</td></tr>`)}</tbody></table></div>`;
}

/** @param {Detail} detail */
function joints(detail) {
  const row = detail.scores.find((one) => one.step === detail.best) ?? detail.scores.at(-1);
  const rows = jointErrors(row);
  if (!rows.length) return html`<p class="quiet">No checkpoint has been scored yet.</p>`;
  const grip = row?.error?.held_out ?? row?.error?.training;
  return html`<div class="table-card"><table><thead><tr><th>Joint</th><th class="number">Training frames</th><th class="number">Held-out frames</th></tr></thead>
    <tbody>${rows.map((one) => html`<tr><td>${one.joint}</td><td class="number">${one.training}</td><td class="number">${one.held_out}</td></tr>`)}</tbody></table></div>
    ${grip && html`<p class="quiet">Gripper: ${formatNumber(grip.gripper_late_s, 2, "s")} late (median); it missed ${grip.gripper_missed} of ${grip.gripper_seen} movements.</p>`}`;
}

/** @param {Detail} detail */
function checkpoints(detail) {
  if (!detail.checkpoints.length) return html`<p class="quiet">None saved yet.</p>`;
  return html`<div class="table-card"><table><thead><tr><th class="number">Step</th><th>Training clusters</th><th>Held-out cluster</th><th class="number">Latency, p50</th><th><span class="visually-hidden">Take</span></th></tr></thead>
    <tbody>${detail.checkpoints.map((step) => {
      const row = detail.scores.find((one) => one.step === step);
      const mine = detail.notes.best === step;
      return html`<tr data-chosen="${String(step === detail.best)}"><td class="number">${formatCount(step)}${step === detail.best && html`<small>taken</small>`}</td><td>${formatRate(row?.training)}</td><td>${formatRate(row?.held_out)}</td><td class="number">${formatNumber(row?.latency_ms, 0, "ms")}</td>
        <td>${mine ? html`<button type="button" class="plain" data-best="0" data-right="train">Chosen by hand: undo</button>` : html`<button type="button" class="plain" data-best="${step}" data-right="train">${step === detail.best ? "Always take this one" : "Take this one instead"}</button>`}</td></tr>`;
    })}</tbody></table></div>`;
}

/** What deleting it means for the other machine it was trained on. @param {Detail} detail */
function elsewhere({ left_elsewhere: left }) {
  return left.words ? html`<p class="quiet">${left.words}</p><copy-command>${left.command}</copy-command>` : html``;
}

/** @param {Detail} detail */
function facts(detail) {
  const { described } = detail;
  return html`<div class="run-facts"><p>${dataSentence(described)} Dataset ${detail.summary.dataset}. ${versionSentence(described)} Begun ${formatTime(detail.summary.created_at)} by ${detail.by}, on ${described.where}${described.begins_from && `, from ${described.begins_from}`}.</p>${described.view.map((words) => html`<p>${words}</p>`)}</div><copy-command>${described.command}</copy-command>`;
}

customElements.define("run-view", RunView);
