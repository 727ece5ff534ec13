// One export: what was chosen and why, what it cost, each stage alone, and how it gets onto the device.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { deviceEstimate, errorPlots, errorWords, familyWord, formatMs, laneWord, mixWords, sensitivity, stepLight, toleranceWords, whyWords } from "../model/exports.js";
import { formatBytes, formatCount, formatNumber, formatTime, plural } from "../model/format.js";
import { formatInterval, formatRate } from "../model/runs.js";
import "./copy-command.js";
import { ParetoPlot } from "./pareto-plot.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/exports.js").Detail} Detail */
/** @typedef {import("../model/exports.js").Report} Report */
/** @typedef {import("../model/exports.js").Mix} Mix */

class ExportView extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    try {
      /** @type {Detail} */
      const detail = await api(this.#url);
      if (signal.aborted) return;
      this.#paint(detail);
      this.addEventListener("click", (event) => this.#clicked(event), { signal });
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }

  get #url() {
    return `/api/exports/${encodeURIComponent(this.getAttribute("export") ?? "")}`;
  }

  /** @param {Detail} detail */
  #paint(detail) {
    const { summary, report } = detail;
    if (summary.problem) {
      render(this, html`<section class="card run-verdict"><p class="form-problem" role="alert">This export cannot be run. ${summary.problem}</p></section>${removal(detail)}`);
      return;
    }
    if (!report.chosen) {
      render(this, html`<section class="card run-verdict"><p>It has no report that can be read: it runs, but what it cost is not known. An evaluation tells how often it succeeds; exporting its checkpoint again measures it.</p>${nextSteps(detail)}</section>${onDevice(detail)}${removal(detail)}`);
      return;
    }
    render(
      this,
      html`${head(detail)}<pareto-plot></pareto-plot><h2>Each stage alone</h2>${stages(report)}
        ${trials(report)}<div class="export-pair"><run-plots></run-plots><div>${joints(report)}</div></div>
        ${onDevice(detail)}
        <details class="run-more"><summary>Checklist, answered by what was done</summary>${checklist(report)}</details>
        ${(report.tricks ?? []).length > 0 && html`<details class="run-more"><summary>Tricks tried, each alone</summary>${tricks(report)}</details>`}
        <details class="run-more"><summary>Every mix measured</summary>${mixes(report)}</details>
        <details class="run-more"><summary>Where it comes from</summary>${origin(detail)}</details>${removal(detail)}`,
    );
    find(this, "pareto-plot", ParetoPlot).show(report);
    find(this, "run-plots", RunPlots).show(errorPlots(report));
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { delete: ask, no, yes } = button.dataset;
    if (ask !== undefined || no !== undefined) find(this, "[data-part=really]", HTMLElement).hidden = no !== undefined;
    if (yes === undefined) return;
    try {
      await api(this.#url, { method: "DELETE" });
      location.href = "/deploy";
    } catch (error) {
      const line = find(this, ".run-delete .form-problem", HTMLElement);
      line.hidden = false;
      setText(line, /** @type {Error} */ (error).message);
    }
  }
}

/** @param {Detail} detail */
function head(detail) {
  const { summary, report, device } = detail;
  const { chosen } = report;
  const [p50, p95, p99] = chosen.latency_ms.chunk;
  const estimate = deviceEstimate(device, summary.family, report);
  return html`<section class="card run-verdict">
    <div class="run-rates"><p><b>${formatMs(p50)}</b><span>a chunk here, p50; p95 ${formatMs(p95)}, p99 ${formatMs(p99)}</span></p>
      <p><b>${formatNumber(chosen.speedup, 1)} ×</b><span>as fast as float32</span></p>
      <p><b>${formatBytes(chosen.size)}</b><span>${Math.round(100 * chosen.size_share)} % of float32</span></p>
      <p><b>${formatNumber(chosen.worst_p95, 2, report.units[chosen.worst_joint] ?? "")}</b><span>error at ${chosen.worst_joint.replaceAll("_", " ")}, p95; allowed ${toleranceWords(report.within)}</span></p>
      ${chosen.gripper_ms !== null && html`<p><b>${formatMs(chosen.gripper_ms)}</b><span>gripper apart from PyTorch's</span></p>`}</div>
    <p><b>${mixWords(chosen.name)}</b></p><p>${whyWords(report)}</p>
    ${estimate && html`<p class="run-finding">${estimate}</p>`}
    <p class="quiet">${plural(report.moments, "moment")} of held-out episodes, ${plural(chosen.chunks, "timed chunk")} a mix after warm-up, on ${report.machine.processor || "this machine"}, ${plural(report.machine.cores, "core")}. PyTorch takes ${formatMs(report.torch_ms)}; float32 agrees with it to ${report.parity.toExponential(0).replace("-", "−")} of its size.${chosen.gripper_ms === null ? " The gripper does not move in these moments: its timing is not known." : ""}</p>${nextSteps(detail)}</section>`;
}

/** What comes after an export: it is scored, and put on the arm. @param {Detail} detail */
function nextSteps({ summary }) {
  const policy = encodeURIComponent(`exports/${summary.name}`);
  return html`<p class="run-links"><a class="primary" href="/deploy?policy=${policy}">Evaluate it</a><a class="plain" href="/deploy/run?policy=${policy}">Run it on the arm</a></p>`;
}

/** @param {Report} report */
function stages(report) {
  const rows = sensitivity(report);
  if (!rows.length) return html`<p class="quiet">No stage bore a lower precision: float32 was all there was.</p>`;
  return html`<div class="table-card"><table><thead><tr><th>Stage</th><th>Precision</th><th class="number">Stage p50</th><th class="number">p95</th><th class="number">p99</th>
    <th class="number">Whole, MB</th><th class="number">Memory</th><th>Error alone, p95</th></tr></thead><tbody>
    ${rows.map(({ stage, precision, lane, every, mix }) => stageRow(report, stage, `${precision}${lane === "onnxruntime" ? "" : `, ${laneWord(lane)}`}${every > 1 ? `, every ${every}` : ""}`, mix, stage))}
    ${stageRow(report, "all together", "the choice", report.chosen, "chunk")}</tbody></table></div>
    ${report.refused.length > 0 && html`<p class="quiet">Refused: ${report.refused.map((one) => `${one.stage} ${mixWords(one.precision)} (${one.why})`).join("; ")}</p>`}`;
}

/** @param {Report} report @param {string} name @param {string} precision @param {Mix} mix @param {string} timed */
function stageRow(report, name, precision, mix, timed) {
  const [p50, p95, p99] = mix.latency_ms[timed] ?? [];
  const beyond = mix.worst_p95 > report.within;
  return html`<tr data-chosen="${timed === "chunk"}"><td class="nowrap">${name}</td><td>${precision}</td><td class="number">${formatMs(p50)}</td><td class="number">${formatMs(p95)}</td><td class="number">${formatMs(p99)}</td>
    <td class="number">${formatNumber(mix.size / 1e6, 1)}</td><td class="number">${formatNumber(mix.memory_mb, 0, "MB")}</td>
    <td class="nowrap ${beyond ? "bad" : ""}">${beyond ? "✕ " : "✓ "}${errorWords(mix.worst_p95, report.units[mix.worst_joint] ?? "", mix.worst_joint)}</td></tr>`;
}

/** Success in closed loop, where it was run. @param {Report} report */
function trials(report) {
  const rows = report.success?.rows ?? [];
  if (!rows.length) return html`<p class="quiet">Not run in closed loop: how often it succeeds is not known. An evaluation tells.</p>`;
  return html`<h2>In closed loop, in the simulator</h2><div class="table-card"><table><thead><tr><th>Which</th><th>Mix</th><th>Success</th><th>95 % interval</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr><td>${row.role}</td><td>${mixWords(row.mix)}</td><td class="nowrap">${formatRate(row)}</td><td class="nowrap">${formatInterval(row)}</td></tr>`)}</tbody></table></div>`;
}

/** @param {Report} report */
function tricks(report) {
  return html`<div class="table-card"><table><thead><tr><th>Trick</th><th class="number">A chunk</th><th class="number">Error, p95</th><th></th></tr></thead>
    <tbody>${(report.tricks ?? []).map((one) => html`<tr data-chosen="${String(one.taken)}"><td>${one.words}<small>${one.kind}</small></td><td class="number">${formatMs(one.typical_ms)}</td>
      <td class="number">${formatNumber(one.worst_p95, 2)}</td><td>${one.refused || (one.taken ? "taken" : "not taken")}</td></tr>`)}</tbody></table></div>`;
}

/** @param {Report} report */
function joints(report) {
  return html`<div class="table-card"><table><thead><tr><th>Joint, chosen mix</th><th class="number">Mean</th><th class="number">p95</th><th class="number">Most</th></tr></thead>
    <tbody>${Object.entries(report.chosen.joints).map(([name, one]) => {
      const unit = report.units[name] ?? "";
      return html`<tr><td>${name.replaceAll("_", " ")}</td><td class="number">${formatNumber(one.mean, 3, unit)}</td><td class="number">${formatNumber(one.p95, 3, unit)}</td><td class="number">${formatNumber(one.max, 3, unit)}</td></tr>`;
    })}</tbody></table></div>`;
}

/** @param {Detail} detail */
function onDevice({ summary, folder, device }) {
  const parts = summary.device === "here" ? "" : `Meant for ${device.title}: ${device.processor}${device.accelerator && device.accelerator !== "none" ? `, ${device.accelerator}` : ""}. ${device.source}`;
  return html`<h2>On the device</h2><p>Copy the folder, install numpy and the stages' runtimes, and replay what was recorded here: the check prints parity and latency there. ${parts}</p>
    <copy-command>${`scp -r ${folder} DEVICE:\nssh DEVICE 'cd ${summary.name} && pip install numpy onnxruntime && python -m runner --check'`}</copy-command>`;
}

/** @param {Report} report */
function checklist(report) {
  return html`<ol class="findings checklist">${report.preflight.map((step) => html`<li data-level="${stepLight(step.state)}"><span class="light" aria-hidden="true"></span><div><b>${step.title}</b><span class="visually-hidden"> (${step.state})</span><small>${mixWords(step.words)}</small></div></li>`)}</ol>`;
}

/** @param {Report} report */
function mixes(report) {
  const sorted = report.mixes.toSorted((a, b) => a.latency_ms.chunk[0] - b.latency_ms.chunk[0]);
  return html`<div class="table-card"><table><thead><tr><th>Mix</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th><th class="number">MB</th><th class="number">Memory</th><th class="number">Relative L2</th><th>Error, p95</th></tr></thead>
    <tbody>${sorted.map((mix) => {
      const [p50, p95, p99] = mix.latency_ms.chunk;
      return html`<tr data-chosen="${String(mix.name === report.chosen.name)}"><td>${mixWords(mix.name)}</td><td class="number">${formatMs(p50)}</td><td class="number">${formatMs(p95)}</td><td class="number">${formatMs(p99)}</td><td class="number">${formatNumber(mix.size / 1e6, 1)}</td>
        <td class="number">${formatNumber(mix.memory_mb, 0, "MB")}</td><td class="number">${formatNumber(mix.relative, 3)}</td><td class="nowrap ${mix.worst_p95 > report.within ? "bad" : ""}">${errorWords(mix.worst_p95, report.units[mix.worst_joint] ?? "", mix.worst_joint)}</td></tr>`;
    })}</tbody></table></div>`;
}

/** @param {Detail} detail */
function origin({ summary, report, stages: placed, bytes }) {
  const episodes = report.origin.episodes ?? {};
  const listed = (/** @type {{episode: number, cluster: string}[] | undefined} */ ones) => (ones ?? []).map((one) => `${one.episode}${one.cluster ? ` (${one.cluster})` : ""}`).join(", ") || "not said";
  const counted = Object.entries(report.audits).map(([name, one]) => `${mixWords(name)}: ${sum(one.found)} of ${sum(one.asked)}`).join("; ");
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`).join(", ");
  /** @type {[string, string][]} */
  const facts = [
    ["Policy", `${familyWord(summary.family)}${summary.run ? ` of ${summary.run}, step ${formatCount(summary.step)}` : ""}`],
    ["Stages", placed.map((one) => `${one.name}: ${laneWord(one.lane)}, ${plural(one.threads, "thread")}, ${formatBytes(one.size)}`).join("; ")],
    ["Folder", formatBytes(bytes)],
    ["Calibrated on episodes", listed(episodes.calibration)],
    ["Measured on episodes", listed(episodes.held_out)],
    ["Operators converted, of those asked", counted || "none asked"],
    ["Weights, SHA-256 begins with", String(report.origin.weights_sha256 ?? "").slice(0, 16) || "not said"],
    ["Exported", formatTime(summary.exported_at)],
    ["Versions", versions],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((total, one) => total + one, 0);

/** @param {Detail} detail */
function removal({ bytes }) {
  return html`<div class="run-delete"><button type="button" class="plain" data-delete data-right="export">Delete, frees ${formatBytes(bytes)}…</button>
    <span data-part="really" hidden>Delete the export with its report? <button type="button" class="danger" data-yes data-right="export">Delete it</button><button type="button" class="plain" data-no>Keep it</button></span><p class="form-problem" role="alert" hidden></p></div>`;
}

customElements.define("export-view", ExportView);
