// Setup: what the arm, the cameras and the machine are and do now.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { remember, remembered } from "../core/preferences.js";
import { store } from "../core/studio.js";
import { formatNumber, plural, UNKNOWN } from "../model/format.js";
import { rendererWords } from "../model/renderer.js";

/** @param {[string, unknown][]} pairs */
function rows(pairs) {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

class RigFacts extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["rig"], () => this.#paint(), signal);
  }

  #paint() {
    const rig = store.connected ? (store.state?.rig ?? null) : null;
    if (!rig) {
      render(this, html`<p class="quiet">Unknown: no connection.</p>`);
      return;
    }
    render(
      this,
      html`${rows([
          ["Rig", html`${rig.name} <span class="tag" data-rig="${rig.simulated ? "sim" : "real"}">${rig.simulated ? "SIM" : "REAL"}</span>`],
          ["Arm, as LeRobot calls it", rig.robot_type || UNKNOWN],
          ["State", [rig.phase, rig.reason].filter(Boolean).join(": ")],
          ["Control", `${formatNumber(rig.control_hz, 0)} Hz, recording ${rig.fps} fps`],
          ["Control lateness", html`<span title="99th percentile of the last seconds">${formatNumber(rig.lateness_p99_ms, 2, "ms")} p99, ${plural(rig.missed, "tick")} missed since start</span>`],
          ["Real-time priority", rig.realtime ? "yes" : "no: the system does not permit it"],
        ])}
        <details><summary>Joints</summary><table><thead><tr><th>Joint</th><th class="number">Range</th><th class="number">Speed</th><th class="number">Home</th></tr></thead>
          <tbody>${rig.joints.map((joint) => {
            const unit = joint.unit === "deg" ? "°" : "%";
            return html`<tr><td>${joint.name.replaceAll("_", " ")}</td><td class="number">${joint.lower} to ${joint.upper} ${unit}</td><td class="number">${joint.max_speed} ${unit}/s</td><td class="number">${joint.home} ${unit}</td></tr>`;
          })}</tbody></table></details>`,
    );
  }
}

class CameraFacts extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["cameras", "rig"], () => this.#paint(), signal);
  }

  #paint() {
    const cameras = store.connected ? (store.state?.cameras ?? null) : null;
    const made = rendererWords(store.state?.rig);
    const text = JSON.stringify([cameras, made]);
    if (text === this.#shown) return;
    this.#shown = text;
    if (!cameras) render(this, html`<p class="quiet">Unknown: no connection.</p>`);
    else if (!cameras.length) render(this, html`<p class="quiet">No camera.</p>`);
    else {
      render(
        this,
        rows([
          ...cameras.map((camera) => /** @type {[string, unknown]} */ ([
            camera.name,
            camera.lost
              ? html`<b class="bad">lost</b> ${camera.reason}`
              : `${camera.width} x ${camera.height}, ${formatNumber(camera.measured_fps, 1)} of ${camera.fps} fps`,
          ])),
          ["Pictures", made || UNKNOWN],
        ]),
      );
    }
  }
}

class MachineFacts extends StudioElement {
  /** @param {AbortSignal} _signal */
  async start(_signal) {
    render(this, html`<p class="quiet">Examining this machine, about 2 s</p>`);
    try {
      /** @type {{findings: {name: string, verdict: "has" | "lacks", detail: string, cost: string, todo: string}[]}} */
      const report = await api("/api/doctor");
      render(
        this,
        html`<ul class="findings">${report.findings.map(
          (finding) => html`<li data-level="${finding.verdict === "has" ? "ok" : "warn"}"><span class="light" role="img" aria-label="${finding.verdict}"></span>
            <div><b>${finding.name}</b> ${finding.detail}${finding.cost ? html`<small>${finding.cost} ${finding.todo}</small>` : ""}</div></li>`,
        )}</ul>`,
      );
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

class HintToggle extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain"></button>`);
    const button = find(this, "button", HTMLButtonElement);
    const paint = () => setText(button, remembered("hint") === "done" ? "First-run hint: off" : "First-run hint: on");
    button.addEventListener("click", () => remember("hint", remembered("hint") === "done" ? null : "done"), { signal });
    addEventListener("studio-preference", paint, { signal });
    paint();
  }
}

customElements.define("rig-facts", RigFacts);
customElements.define("camera-facts", CameraFacts);
customElements.define("machine-facts", MachineFacts);
customElements.define("hint-toggle", HintToggle);
