// The plan at a glance: clusters with their counts, episode N of M, time left, the shares; and what may be asked of it.

import { act } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { gate } from "../model/gate.js";
import { miniMap } from "../model/minimap.js";
import { episodeWords, shareBars, timeWords } from "../model/progress.js";
import { mapMarkup } from "./cluster-map.js";

/** @typedef {import("../core/messages.js").GuidanceState} GuidanceState */
/** @typedef {import("../model/gate.js").Action} Action */
/** @typedef {import("../model/progress.js").Bar} Bar */

class GuidePanel extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["guidance", "recorder", "rig", "lease"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
  }

  #paint() {
    const guidance = store.connected ? (store.state?.guidance ?? null) : null;
    const text = guidance ? this.#facts(guidance) : "";
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = !guidance;
    this.dataset.plan = guidance?.plan ? "yes" : "no";
    if (guidance) render(this, guidance.plan ? planned(guidance) : unplanned(guidance));
  }

  /** What is painted, and nothing that changes with every look of the camera. @param {GuidanceState} guidance */
  #facts(guidance) {
    const { plan, clusters, progress, queue, station, hands_free, home_after_stop, off, target } = guidance;
    const verdicts = BUTTONS.map(({ action }) => gate(store.view, action));
    return JSON.stringify([plan?.version, clusters, progress, queue, station, hands_free, home_after_stop, off, target?.cluster, verdicts, gate(store.view, "plan")]);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    button.blur();
    if (button.dataset.open) return;
    if (button.dataset.do) act(/** @type {Action} */ (button.dataset.do));
  }
}

/** @type {{action: Action, key: string}[]} */
const BUTTONS = [
  { action: "place", key: "B" },
  { action: "word", key: "G" },
  { action: "skip", key: "X" },
  { action: "earlier", key: "Z" },
  { action: "pin", key: "C" },
  { action: "hands_free", key: "H" },
  { action: "homing", key: "" },
];

/** @param {GuidanceState} guidance */
function unplanned(guidance) {
  const may = gate(store.view, "plan");
  return html`<div class="no-plan"><p title="${guidance.off}">No plan yet: takes are recorded without targets.</p>
    <button type="button" class="primary" data-do="plan" aria-disabled="${String(!may.enabled)}" title="${may.reason || guidance.off}">Make the default plan</button></div>`;
}

/** @param {GuidanceState} guidance */
function planned(guidance) {
  const map = miniMap(guidance);
  const { progress, queue, station } = guidance;
  return html`<div class="guide-top">
      <button type="button" class="map-button" data-open="cluster-dialog" title="All clusters; press to pin one">${map ? mapMarkup(map, false) : ""}</button>
      <div class="guide-facts">
        ${progress ? html`<b data-part="plan-episode">${episodeWords(progress)}</b><span data-part="plan-time">${timeWords(progress, station)}</span>` : ""}
        ${station ? html`<span class="station">Station ${station.replace("/", " of ")}</span>` : ""}
        ${progress ? html`<div class="shares" role="group" aria-label="Recovery share, planned ${Math.round(100 * progress.share.planned)} %"><small>Recoveries, ${Math.round(100 * progress.share.planned)} % planned, by</small>${shareBars(progress.share).map(bar)}</div>` : ""}
      </div>
    </div>
    <div class="guide-buttons">
      ${guidance.simulated ? button("place", "Place it for me", "B") : button("word", "It lies at the mark", "G")}
      ${button("skip", "Skip", "X")}${button("earlier", "Back", "Z")}
      ${button("pin", queue.pinned ? "Unpin" : "Pin", "C", Boolean(queue.pinned), queue.pinned ? `Staying in cluster ${queue.pinned}` : "Stay in this cluster")}
      ${button("hands_free", "Hands-free", "H", guidance.hands_free, "In place for one second starts the countdown")}
      ${button("homing", "Home after take", "", guidance.home_after_stop, "The arm drives home, ramped, when a take has ended")}
    </div>`;
}

/** @param {Action} action @param {string} label @param {string} key @param {boolean | null} [pressed] @param {string} [title] */
function button(action, label, key, pressed = null, title = label) {
  const may = gate(store.view, action);
  const state = pressed === null ? "" : html`aria-pressed="${String(pressed)}"`;
  return html`<button type="button" class="plain" data-do="${action}" ${state} aria-disabled="${String(!may.enabled)}" title="${may.reason || title}">${label}${key ? html` <kbd>${key}</kbd>` : ""}</button>`;
}

/** @param {Bar} one */
function bar({ label, percent, planned, text, level }) {
  const scale = Math.max(50, 2 * planned);
  const width = percent === null ? 0 : Math.min(100, (100 * percent) / scale);
  return html`<div class="share" data-level="${level}" data-share="${label}"><span>${label}</span>
    <span class="share-bar" aria-hidden="true"><i style="width:${width.toFixed(1)}%"></i><u style="left:${((100 * planned) / scale).toFixed(1)}%"></u></span>
    <b>${text}${level === "behind" ? " ▼" : ""}</b></div>`;
}

customElements.define("guide-panel", GuidePanel);
