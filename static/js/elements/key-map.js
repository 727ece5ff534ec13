// The driving keys as they lie under the hands; the pressed ones light up.

import { StudioElement } from "../core/element.js";
import { driver } from "../core/driver.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import "./scene-controls.js";

/** @typedef {{cap: string, name: string, held: string, row: number, column: number}} Key */

/** Columns 1-4 lie under the left hand, 6-8 under the right one. @type {Key[]} */
const TOOL = [
  { cap: "1", name: "tilt -", held: "d1", row: 1, column: 1 },
  { cap: "2", name: "tilt +", held: "d2", row: 1, column: 2 },
  { cap: "3", name: "turn -", held: "d3", row: 1, column: 3 },
  { cap: "4", name: "turn +", held: "d4", row: 1, column: 4 },
  { cap: "Q", name: "up", held: "up", row: 2, column: 1 },
  { cap: "A", name: "down", held: "down", row: 3, column: 1 },
  { cap: "I", name: "ahead", held: "ahead", row: 1, column: 7 },
  { cap: "J", name: "left", held: "left", row: 2, column: 6 },
  { cap: "K", name: "back", held: "back", row: 2, column: 7 },
  { cap: "L", name: "right", held: "right", row: 2, column: 8 },
  { cap: ",", name: "close", held: "close", row: 3, column: 7 },
  { cap: ".", name: "open", held: "open", row: 3, column: 8 },
];

/** @type {Key[]} */
const JOINT = [
  { cap: "I", name: "joint +", held: "ahead", row: 1, column: 7 },
  { cap: "K", name: "joint -", held: "back", row: 2, column: 7 },
  { cap: ",", name: "close", held: "close", row: 3, column: 7 },
  { cap: ".", name: "open", held: "open", row: 3, column: 8 },
];

class KeyMap extends StudioElement {
  #mode = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    driver.addEventListener("change", () => this.#paint(), { signal });
    store.watch(["rig", "lease"], () => this.#paint(), signal);
  }

  #paint() {
    const { joints } = driver;
    const mode = driver.mode + driver.joint + driver.side + joints.length;
    if (mode !== this.#mode) {
      this.#mode = mode;
      render(this, driver.mode === "tool" ? toolMap() : jointMap(joints.map((joint) => joint.name.replace(`${driver.side}_`, ""))));
    }
    for (const key of this.querySelectorAll("[data-name]")) {
      key.toggleAttribute("down", driver.held.has(/** @type {HTMLElement} */ (key).dataset.name ?? ""));
    }
  }
}

/** @param {Key} key */
function cap(key) {
  return html`<span class="cap" data-name="${key.held}" style="grid-area:${key.row}/${key.column}"><b>${key.cap}</b><small>${key.name}</small></span>`;
}

function toolMap() {
  return html`<div class="map">${TOOL.map(cap)}<scene-controls class="map-scene"></scene-controls></div>`;
}

/** @param {string[]} names */
function jointMap(names) {
  const joint = (/** @type {string} */ name, /** @type {number} */ index) =>
    html`<span class="cap joint" data-chosen="${String(index === driver.joint)}"><b>${index + 1}</b><small>${name.replaceAll("_", " ")}</small></span>`;
  return html`<div class="map"><div class="map-joints">${names.slice(0, 6).map(joint)}</div>${JOINT.map(cap)}<scene-controls class="map-below"></scene-controls></div>`;
}

customElements.define("key-map", KeyMap);
