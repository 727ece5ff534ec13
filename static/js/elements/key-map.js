// The driving keys as they lie under the hands; the pressed ones light up.

import { StudioElement } from "../core/element.js";
import { driver } from "../core/driver.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";

/** Rows of keys: code, cap, name in tool mode. */
const LEFT = [
  [["Digit1", "1", "tilt -", "d1"], ["Digit2", "2", "tilt +", "d2"], ["Digit3", "3", "turn -", "d3"], ["Digit4", "4", "turn +", "d4"]],
  [["KeyQ", "Q", "up", "up"]],
  [["KeyA", "A", "down", "down"]],
];
const RIGHT = [
  [null, ["KeyI", "I", "ahead", "ahead"], null],
  [["KeyJ", "J", "left", "left"], ["KeyK", "K", "back", "back"], ["KeyL", "L", "right", "right"]],
  [null, ["Comma", ",", "close", "close"], ["Period", ".", "open", "open"]],
];

class KeyMap extends StudioElement {
  #mode = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    driver.addEventListener("change", () => this.#paint(), { signal });
    store.watch(["rig", "lease"], () => this.#paint(), signal);
  }

  #paint() {
    const joints = store.state?.rig.joints ?? [];
    const mode = driver.mode + driver.joint + joints.length;
    if (mode !== this.#mode) {
      this.#mode = mode;
      render(this, driver.mode === "tool" ? toolMap() : jointMap(joints.map((joint) => joint.name)));
    }
    for (const key of this.querySelectorAll("[data-name]")) {
      key.toggleAttribute("down", driver.held.has(/** @type {HTMLElement} */ (key).dataset.name ?? ""));
    }
  }
}

/** @param {(string | null)[] | string[] | null} key */
function cap(key) {
  if (!key) return html`<span class="cap gap"></span>`;
  const [, label, name, held] = key;
  return html`<span class="cap" data-name="${held}"><b>${label}</b><small>${name}</small></span>`;
}

function toolMap() {
  return html`<div class="map">
      <div class="map-hand">${LEFT.map((row) => html`<div class="map-row">${row.map(cap)}</div>`)}</div>
      <div class="map-hand">${RIGHT.map((row) => html`<div class="map-row">${row.map(cap)}</div>`)}</div>
    </div>`;
}

/** @param {string[]} names */
function jointMap(names) {
  return html`<div class="map">
      <div class="map-hand joints">${names.map(
        (name, index) => html`<span class="cap joint" data-chosen="${String(index === driver.joint)}"><b>${index + 1}</b><small>${name.replaceAll("_", " ")}</small></span>`,
      )}</div>
      <div class="map-hand">
        <div class="map-row">${cap(["KeyI", "I", "joint +", "ahead"])}</div>
        <div class="map-row">${cap(["KeyK", "K", "joint -", "back"])}</div>
        <div class="map-row">${cap(["Comma", ",", "close", "close"])}${cap(["Period", ".", "open", "open"])}</div>
      </div>
    </div>`;
}

customElements.define("key-map", KeyMap);
