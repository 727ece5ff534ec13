// The on-screen pad for tablets: every target at least 44 px, several fingers at once.

import { StudioElement } from "../core/element.js";
import { driver } from "../core/driver.js";
import { html, render } from "../core/html.js";

const GROUPS = [
  { label: "Move", cells: [null, ["ahead", "↑", "Ahead"], null, ["left", "←", "Left"], null, ["right", "→", "Right"], null, ["back", "↓", "Back"], null], columns: 3 },
  { label: "Height", cells: [["up", "↑", "Up"], null, ["down", "↓", "Down"]], columns: 1 },
  { label: "Claws", cells: [["open", "Open", "Open the claws"], null, ["close", "Close", "Close the claws"]], columns: 1 },
  { label: "Tilt, turn", cells: [["d2", "tilt +", "Tilt up"], ["d4", "turn +", "Turn left"], null, null, ["d1", "tilt -", "Tilt down"], ["d3", "turn -", "Turn right"]], columns: 2 },
];

class TouchPad extends StudioElement {
  /** @type {Map<number, string>} */
  #fingers = new Map();

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<div class="pad">${GROUPS.map(
        (group) => html`<div class="pad-group" role="group" aria-label="${group.label}">
          <div class="pad-cells" style="--columns:${group.columns}">${group.cells.map((cell) =>
            cell ? html`<button type="button" class="pad-key" data-right="drive" data-hold="${cell[0]}" aria-label="${cell[2]}">${cell[1]}</button>` : html`<span></span>`,
          )}</div><small>${group.label}</small></div>`,
      )}</div>`,
    );
    this.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.addEventListener(type, (event) => this.#up(/** @type {PointerEvent} */ (event)), { signal });
    }
    this.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    signal.addEventListener("abort", () => driver.touched.clear());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const key = event.target instanceof Element ? event.target.closest("[data-hold]") : null;
    if (!(key instanceof HTMLElement)) return;
    event.preventDefault();
    key.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, key.dataset.hold ?? "");
    this.#tell();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (this.#fingers.delete(event.pointerId)) this.#tell();
  }

  #tell() {
    driver.touched = new Set(this.#fingers.values());
    for (const key of this.querySelectorAll("[data-hold]")) {
      key.toggleAttribute("down", driver.touched.has(/** @type {HTMLElement} */ (key).dataset.hold ?? ""));
    }
  }
}

customElements.define("touch-pad", TouchPad);
