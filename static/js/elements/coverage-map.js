// The workspace to scale: clusters, squares of a layer, marks, the hand's paths; a press opens, a drag selects.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { areaOf, glyphOf, markRadius, markWords, strength, tileOf, viewOf } from "../model/coverage.js";
import { glyphDefinitions } from "./coverage-legend.js";

/** @typedef {import("../model/coverage.js").Answer} Answer */
/** @typedef {import("../model/coverage.js").Cluster} Cluster */
/** @typedef {{dataset: string, index: number, x_cm: number[], y_cm: number[]}} Path */
/** @typedef {{x_cm: number, y_cm: number, yaw_deg: number, words: string}} Ghost */

const CLICK_PX = 5;

export class CoverageMap extends StudioElement {
  /** @type {{x: number, y: number, px: number, py: number} | null} */
  #from = null;
  #dragged = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    this.addEventListener("pointermove", (event) => this.#move(event), { signal });
    this.addEventListener("pointerup", (event) => this.#up(event), { signal });
    this.addEventListener("pointercancel", () => this.#forget(), { signal });
    this.addEventListener("dragstart", (event) => event.preventDefault(), { signal });
    this.addEventListener("click", (event) => this.#dragged && event.preventDefault(), { signal, capture: true });
  }

  /** @param {Answer} answer @param {{picture: boolean, paths: Path[], area: import("../model/coverage.js").Area | null, ghost: Ghost | null}} over */
  show(answer, over) {
    const { survey, bounds } = answer;
    const view = viewOf(bounds);
    const radius = markRadius(view.width, survey.marks.x_cm.length);
    render(
      this,
      html`<svg viewBox="${view.x} ${view.y} ${view.width} ${view.height}" role="group" aria-label="${survey.marks.of} placements on the table, seen from above">
        <defs>${glyphDefinitions()}
          <pattern id="held-out" width="1.4" height="1.4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V1.4" class="hatch"/></pattern></defs>
        ${over.picture ? pictureMarkup(answer, view) : ""}
        ${ruler(view)}
        ${answer.workspace.length ? html`<polygon class="workspace" points="${answer.workspace.map(([x, y]) => `${-y},${-x}`).join(" ")}"/>` : ""}
        ${answer.goal ? html`<circle class="goal" cx="${-answer.goal.y_cm}" cy="${-answer.goal.x_cm}" r="${answer.goal.radius_cm}"><title>${answer.goal.name}</title></circle>` : ""}
        <path class="arm" d="M-2 1.4h4v-2.4l-2 -2.6l-2 2.6Z"><title>The arm's base</title></path>
        ${survey.layer === "progress" ? "" : cellsMarkup(survey)}
        ${survey.clusters.map((cluster) => tileMarkup(cluster, survey))}
        <g class="paths">${over.paths.map((path) => pathMarkup(path))}</g>
        <g class="marks">${survey.marks.x_cm.map((_, i) => markMarkup(survey, i, radius))}</g>
        ${survey.clusters.map((cluster) => countMarkup(cluster, survey))}
        ${over.ghost ? ghostMarkup(over.ghost) : ""}
        <rect class="brush" ${over.area ? rectangle(over.area) : html`width="0" height="0"`}/>
      </svg>`,
    );
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    this.#dragged = false;
    this.#from = { ...this.#place(event), px: event.clientX, py: event.clientY };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#from) return;
    if (!this.#dragged && Math.hypot(event.clientX - this.#from.px, event.clientY - this.#from.py) < CLICK_PX) return;
    if (!this.#dragged) this.setPointerCapture(event.pointerId);
    this.#dragged = true;
    const area = areaOf(this.#from, this.#place(event));
    const brush = this.querySelector(".brush");
    for (const [name, value] of Object.entries(box(area))) brush?.setAttribute(name, String(value));
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const from = this.#from;
    this.#from = null;
    if (!from || !this.#dragged) return;
    this.dispatchEvent(new CustomEvent("coverage-brush", { bubbles: true, detail: areaOf(from, this.#place(event)) }));
  }

  #forget() {
    this.#from = null;
  }

  /** @param {PointerEvent} event */
  #place(event) {
    const svg = /** @type {SVGSVGElement} */ (this.querySelector("svg"));
    const matrix = svg?.getScreenCTM()?.inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix ?? undefined);
    return { x: point.x, y: point.y };
  }
}

/** @param {Answer} answer @param {ReturnType<typeof viewOf>} view */
function pictureMarkup({ survey, bounds }, view) {
  const query = new URLSearchParams({ x0: String(bounds.x_from_cm), x1: String(bounds.x_to_cm), y0: String(bounds.y_from_cm), y1: String(bounds.y_to_cm) });
  return html`<image class="ground" href="/api/coverage/picture/${encodeURIComponent(survey.datasets[0])}?${query}" x="${view.x}" y="${view.y}" width="${view.width}" height="${view.height}" preserveAspectRatio="none"/>`;
}

/** Ten centimetres, so that the map is read to scale. @param {ReturnType<typeof viewOf>} view */
function ruler(view) {
  const [x, y] = [view.x + 2, view.y + view.height - 2];
  return html`<g class="ruler"><path d="M${x} ${y - 0.8}v0.8h10v-0.8"/><text x="${x + 5}" y="${y - 1.1}">10 cm</text></g>`;
}

/** @param {import("../model/coverage.js").Survey} survey */
function cellsMarkup({ cells, scale, layer }) {
  const size = cells.size_cm;
  return html`<g class="cells" data-layer="${layer}">${cells.i.map((i, n) => {
    const value = cells.value[n];
    const [x, y] = [-(cells.j[n] + 1) * size, -(i + 1) * size];
    const words = `${cells.count[n]} takes here; ${valueWords(value, scale)}`;
    if (layer === "operator")
      return html`<g class="cell" data-name="${(value ?? 0) % 6}"><rect x="${x}" y="${y}" width="${size}" height="${size}"><title>${words}</title></rect><text x="${x + size / 2}" y="${y + size / 2 + 0.45}">${(scale.names[value ?? 0] ?? "?").slice(0, 1)}</text></g>`;
    return html`<rect class="cell" x="${x}" y="${y}" width="${size}" height="${size}" fill-opacity="${strength(value, scale).toFixed(2)}"><title>${words}</title></rect>`;
  })}</g>`;
}

/** @param {number | null} value @param {import("../model/coverage.js").Scale} scale */
export function valueWords(value, scale) {
  if (value === null) return `${scale.words}: unknown`;
  if (scale.names.length) return `${scale.words}: ${scale.names[value] ?? "unknown"}`;
  return `${scale.words}: ${Math.round(value * 10) / 10} ${scale.unit}`;
}

/** @param {Cluster} cluster @param {import("../model/coverage.js").Survey} survey */
function tileMarkup(cluster, survey) {
  const tile = tileOf(cluster);
  const filled = tile.height * tile.share;
  const edges = html`x="${tile.x}" y="${tile.y}" width="${tile.width}" height="${tile.height}"`;
  return html`<g class="tile" data-cluster="${cluster.name}">
    <title>${cluster.words ?? clusterWords(cluster)}</title>
    <rect class="tile-ground" ${edges}/>
    ${survey.layer === "progress" ? html`<rect class="tile-fill" x="${tile.x}" y="${tile.y + tile.height - filled}" width="${tile.width}" height="${filled}"/>` : ""}
    ${cluster.held_out ? html`<rect class="tile-held" ${edges} fill="url(#held-out)"/>` : ""}
    <rect class="tile-edge" ${edges}/>
  </g>`;
}

/** @param {Cluster} cluster */
function clusterWords(cluster) {
  const held = cluster.held_out ? "; held out for validation" : "";
  return `Cluster ${cluster.name}: ${cluster.filled} of ${cluster.planned} planned takes are there${held}; ${cluster.recorded} recorded, ${cluster.accepted} accepted, ${cluster.rejected} rejected`;
}

/** @param {Cluster} cluster @param {import("../model/coverage.js").Survey} survey */
function countMarkup(cluster, survey) {
  const tile = tileOf(cluster);
  const count = survey.layer === "progress" ? `${cluster.filled}/${cluster.planned}` : layerCount(cluster, survey);
  return html`<g class="tile-count"><text class="name" x="${tile.x + 0.6}" y="${tile.y + 2}">${cluster.name}</text>
    ${cluster.held_out ? html`<text class="name" x="${tile.x + 0.6}" y="${tile.y + tile.height - 0.7}">held out</text>` : ""}
    <text class="count" x="${tile.x + tile.width - 0.6}" y="${tile.y + 2.1}">${count}</text></g>`;
}

/** @param {Cluster} cluster @param {import("../model/coverage.js").Survey} survey */
function layerCount(cluster, { scale }) {
  if (cluster.value === null) return "-";
  if (scale.names.length) return scale.names[cluster.value] ?? "-";
  return `${Math.round(cluster.value)}${scale.unit === "%" ? " %" : scale.unit === "days" ? " d" : ""}`;
}

/** @param {Path} path */
function pathMarkup({ x_cm, y_cm, index }) {
  return html`<polyline points="${x_cm.map((x, i) => `${(-y_cm[i]).toFixed(1)},${(-x).toFixed(1)}`).join(" ")}"><title>The hand's path, episode ${index + 1}</title></polyline>`;
}

/** @param {import("../model/coverage.js").Survey} survey @param {number} i @param {number} radius */
function markMarkup({ marks, datasets }, i, radius) {
  const href = marks.urls?.[i] ?? `/datasets/${encodeURIComponent(datasets[marks.dataset[i]])}/episodes/${marks.index[i]}`;
  const outcome = marks.outcomes[marks.outcome[i]] || "unknown";
  return html`<a href="${href}" tabindex="-1" draggable="false" class="mark" data-outcome="${outcome}" data-verdict="${marks.verdict[i]}" ${marks.newest === i ? html`data-newest` : ""}><use href="#glyph-${glyphOf(marks, i)}" transform="translate(${(-marks.y_cm[i]).toFixed(2)} ${(-marks.x_cm[i]).toFixed(2)}) scale(${radius.toFixed(3)})"/><title>${marks.words?.[i] ?? markWords(marks, i, datasets)}</title></a>`;
}

/** Where the next take's object goes. @param {Ghost} ghost */
function ghostMarkup(ghost) {
  return html`<g class="ghost" transform="translate(${-ghost.y_cm} ${-ghost.x_cm}) rotate(${-ghost.yaw_deg - 90})"><title>${ghost.words}</title><rect x="-2" y="-1.5" width="4" height="3" rx="0.4"/><path d="M-3.4 0h6.8"/></g>`;
}

/** @param {import("../model/coverage.js").Area} area */
const box = (area) => ({ x: -area.y1, y: -area.x1, width: area.y1 - area.y0, height: area.x1 - area.x0 });

/** @param {import("../model/coverage.js").Area} area */
function rectangle(area) {
  const { x, y, width, height } = box(area);
  return html`x="${x}" y="${y}" width="${width}" height="${height}"`;
}

customElements.define("coverage-map", CoverageMap);
