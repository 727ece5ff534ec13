// The plan's clusters: small beside the pictures, large on its own sheet, where a press pins a cluster.

import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render } from "../core/html.js";
import { perform, store } from "../core/studio.js";
import { gate } from "../model/gate.js";
import { miniMap } from "../model/minimap.js";

/** @typedef {import("../model/minimap.js").Map} Map */
/** @typedef {import("../model/minimap.js").Tile} Tile */

/** @param {Map} map @param {boolean} large */
export function mapMarkup(map, large) {
  const id = large ? "held-large" : "held-small";
  return html`<svg class="cluster-map" viewBox="${map.viewBox}" role="${large ? "group" : "img"}" aria-label="Clusters and their episodes">
    <defs><pattern id="${id}" width="1.6" height="1.6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V1.6" class="hatch"/></pattern></defs>
    <circle class="goal" cx="${map.goal.x}" cy="${map.goal.y}" r="${map.goal.r}"/>
    <path class="arm" d="M${map.arm.x - 2} ${map.arm.y + 1.4}h4v-2.4l-2 -2.6l-2 2.6Z"/>
    ${map.tiles.map((tile) => tileMarkup(tile, id, large))}
  </svg>`;
}

/** @param {Tile} tile @param {string} id @param {boolean} large */
function tileMarkup(tile, id, large) {
  const [x, y] = [tile.x + tile.width / 2, tile.y + tile.height / 2];
  const role = large ? html` role="button" tabindex="0" data-pin="${tile.name}"` : "";
  return html`<g class="tile" data-cluster="${tile.name}"${role} ${tile.current ? html`data-current` : ""} ${tile.done ? html`data-done` : ""} ${tile.pinned ? html`data-pinned` : ""}>
    <title>${tile.title}</title>
    <rect x="${tile.x + 0.4}" y="${tile.y + 0.4}" width="${tile.width - 0.8}" height="${tile.height - 0.8}" rx="0.8"/>
    ${tile.heldOut ? html`<rect class="held" x="${tile.x + 0.4}" y="${tile.y + 0.4}" width="${tile.width - 0.8}" height="${tile.height - 0.8}" rx="0.8" fill="url(#${id})"/>` : ""}
    ${large ? html`<text class="tile-name" x="${tile.x + 1}" y="${tile.y + 2.6}">${tile.name}</text>` : ""}
    <text class="tile-count" x="${x}" y="${y + 1.6}">${tile.count}</text>
    ${tile.first === null ? "" : html`<text class="tile-first" x="${tile.x + tile.width - 1}" y="${tile.y + tile.height - 1}">${ordinal(tile.first + 1)}</text>`}
    ${tile.pinned ? html`<circle class="pin" cx="${tile.x + tile.width - 1.6}" cy="${tile.y + 1.6}" r="1.1"/>` : ""}
    ${tile.done ? html`<path class="tile-done" d="M${x - 1.5} ${tile.y + tile.height - 2.1}l1 1l2 -2.2"/>` : ""}
  </g>`;
}

/** @param {number} n "1st" */
function ordinal(n) {
  return `${n}${["th", "st", "nd", "rd"][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? "th"}`;
}

class ClusterDialog extends StudioElement {
  #shown = "";
  #mode = "pin";

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<dialog class="sheet wide" aria-label="Clusters">
        <header><h2>Clusters</h2><form method="dialog"><button class="plain">Close <kbd>Esc</kbd></button></form></header>
        <div class="cluster-modes"><div class="segments" role="group" aria-label="What a press does">
            <button type="button" data-mode="pin" data-right="guide" aria-pressed="true">Stay in it</button>
            <button type="button" data-mode="first" data-right="order" aria-pressed="false">Put it first</button></div>
          <p class="quiet">The number is what is recorded. Hatched: held out for validation. Ticked: done. Dot: pinned. <b>1st</b>: a lead's order.</p></div>
        <div data-part="map"></div></dialog>`,
    );
    const dialog = find(this, "dialog", HTMLDialogElement);
    addEventListener("studio-open", (event) => {
      if (/** @type {CustomEvent} */ (event).detail !== "cluster-dialog" || dialog.open) return;
      dialog.showModal();
      this.#paint();
    }, { signal });
    dialog.addEventListener("close", backToPage, { signal });
    dialog.addEventListener("click", (event) => (event.target === dialog ? dialog.close() : this.#pressed(event)), { signal });
    dialog.addEventListener("keydown", (event) => event.key === "Enter" && this.#pressed(event), { signal });
    store.watch(["guidance"], () => this.#paint(), signal);
  }

  #paint() {
    const map = store.state && miniMap(store.state.guidance);
    const text = JSON.stringify(map);
    if (text === this.#shown || !map || !find(this, "dialog", HTMLDialogElement).open) return;
    this.#shown = text;
    render(find(this, "[data-part=map]", HTMLElement), mapMarkup(map, true));
  }

  /** @param {Event} event */
  #pressed(event) {
    const mode = event.target instanceof Element ? event.target.closest("[data-mode]")?.getAttribute("data-mode") : null;
    if (mode) this.#choose(mode);
    const tile = event.target instanceof Element ? event.target.closest("[data-pin]") : null;
    const cluster = tile?.getAttribute("data-pin");
    if (!cluster || !gate(store.view, "pin").enabled) return;
    if (this.#mode === "first") this.#putFirst(cluster);
    else perform({ type: "target.pin", cluster: tile?.hasAttribute("data-pinned") ? "" : cluster }, "record");
  }

  /** @param {string} mode */
  #choose(mode) {
    this.#mode = mode;
    for (const button of this.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-mode") === mode));
    }
  }

  /** The lead's order: a press puts a cluster at its end, or takes it out. @param {string} cluster */
  #putFirst(cluster) {
    const first = store.state?.guidance.queue.first ?? [];
    const clusters = first.includes(cluster) ? first.filter((name) => name !== cluster) : [...first, cluster];
    perform({ type: "target.prioritise", clusters }, "record");
  }
}

customElements.define("cluster-dialog", ClusterDialog);
