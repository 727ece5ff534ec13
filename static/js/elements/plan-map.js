// The clusters over the live top picture: dragged by mouse, finger or keys.

import "./live-camera.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import * as plans from "../model/plan.js";
import { outline, pictureProjection, plainProjection } from "../model/projection.js";

/** @typedef {import("../core/plandraft.js").PlanDraft} PlanDraft */
/** @typedef {import("../model/projection.js").Point} Point */
/** @typedef {{kind: "move" | "size" | "corner", name: string, offset: Point}} Drag */

const ARROWS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, 1], ArrowRight: [0, -1] };
const TICK_CM = 1.5;

class PlanMap extends StudioElement {
  /** @type {PlanDraft | null} */
  draft = null;
  #projection = plainProjection();
  #plain = false;
  /** @type {Drag | null} */
  #drag = null;
  #camera = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const draft = this.draft;
    if (!draft) return;
    render(this, html`<div class="plan-picture"></div><svg role="group" aria-label="Clusters on the table"></svg>`);
    const svg = find(this, "svg", SVGSVGElement);
    draft.addEventListener("draft", () => this.#paint(), { signal });
    draft.addEventListener("said", () => this.#paint(), { signal });
    store.watch(["cameras"], () => this.#showPicture(), signal);
    svg.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => this.#up(), { signal });
    svg.addEventListener("keydown", (event) => this.#key(event), { signal });
    svg.addEventListener("focusin", (event) => draft.select(nameOf(event.target) ?? draft.selected), { signal });
    this.#paint();
  }

  /** @returns {boolean} whether the map is drawn from above instead of over the picture */
  get plain() {
    return this.#plain || !this.draft?.known?.table;
  }

  set plain(plain) {
    this.#plain = plain;
    this.#showPicture();
    this.#paint();
  }

  /** The live picture, where the table is calibrated; it is shown once and then lives by itself. */
  #showPicture() {
    const table = this.draft?.known?.table;
    const camera = store.state?.cameras.find((one) => one.name === table?.camera);
    const wanted = camera && !this.plain ? `${camera.name}:${camera.index}` : "";
    this.toggleAttribute("plain", this.plain);
    if (wanted === this.#camera) return;
    this.#camera = wanted;
    const box = find(this, ".plan-picture", HTMLElement);
    render(box, camera && wanted ? html`<live-camera class="main" name="${camera.name}" index="${camera.index}"></live-camera>` : html``);
  }

  #paint() {
    const draft = this.draft;
    if (!draft?.plan || !draft.known) return;
    this.#showPicture();
    this.#projection = this.plain || !draft.known.table ? plainProjection() : pictureProjection(draft.known.table);
    const { width, height } = this.#projection;
    const svg = find(this, "svg", SVGSVGElement);
    const focused = this.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    render(svg, html`<defs><pattern id="held" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="held-ground"/><line x1="0" y1="0" x2="0" y2="7" class="held-line"/></pattern></defs>
      ${this.#reach()}${this.#workspace()}${draft.plan.clusters.map((one) => this.#cluster(one))}${this.#positions()}${this.#goal()}${this.#corners()}`);
    if (focused) this.#focus(focused);
  }

  #reach() {
    const ring = this.draft?.known?.reach;
    if (!ring) return "";
    const arc = (/** @type {number} */ radius) =>
      Array.from({ length: 49 }, (_, i) => {
        const angle = ((-ring.pan_deg + (i / 48) * 2 * ring.pan_deg) * Math.PI) / 180;
        return /** @type {Point} */ ([radius * Math.cos(angle), radius * Math.sin(angle)]);
      });
    return html`<polyline class="plan-reach" points="${outline(this.#projection, arc(ring.inner_cm))}"/><polyline class="plan-reach" points="${outline(this.#projection, arc(ring.outer_cm))}"/>`;
  }

  #workspace() {
    return html`<polygon class="plan-workspace" points="${outline(this.#projection, this.draft?.plan?.workspace ?? [])}"/>`;
  }

  /** @param {plans.Cluster} cluster */
  #cluster(cluster) {
    const draft = /** @type {PlanDraft} */ (this.draft);
    const held = draft.plan?.held_out.includes(cluster.name);
    const bad = plans.problemsAt(draft.said?.problems ?? [], plans.clusterKey(cluster.name)).length > 0;
    const selected = draft.selected === cluster.name;
    // The name stands in the corner that is up and left in the picture, clear of the positions.
    const [x, y] = plans.corners(cluster).map((one) => this.#projection.toPx(one)).reduce((best, one) => (one[0] + one[1] < best[0] + best[1] ? one : best));
    const recorded = draft.known?.recorded[cluster.name] ?? 0;
    const label = `Cluster ${cluster.name}${held ? ", held out" : ""}${bad ? ", has a problem" : ""}, ${recorded} recorded. Arrows move it by 1 cm, with Shift by 1 mm; H holds it out; Delete removes it.`;
    const [hx, hy] = this.#projection.toPx(plans.corners(cluster)[2]);
    return html`<g class="plan-cluster" data-name="${cluster.name}" data-held="${Boolean(held)}" data-bad="${bad}" data-selected="${selected}" tabindex="0" role="button" aria-pressed="${selected}" aria-label="${label}">
      <polygon points="${outline(this.#projection, plans.corners(cluster))}"/>
      <text x="${x + 4}" y="${y + 12}">${cluster.name}</text>
      ${recorded ? html`<text class="plan-recorded" x="${x + 4}" y="${y + 27}">${recorded} rec.</text>` : ""}
      ${selected ? html`<g class="plan-handle" data-handle="size"><circle class="plan-grip" cx="${hx}" cy="${hy}" r="22"/><rect x="${hx - 7}" y="${hy - 7}" width="14" height="14"/></g>` : ""}</g>`;
  }

  /** A dot for each position, with a tick along its yaw; those of a cluster that is being dragged come back after the check. */
  #positions() {
    const said = this.draft?.said;
    if (!said) return "";
    const moving = this.#drag?.kind === "corner" ? "" : this.#drag?.name;
    return said.positions.filter((one) => one.cluster !== moving).map((one) => {
      const yaw = (one.yaw_deg * Math.PI) / 180;
      const [x, y] = this.#projection.toPx([one.x_cm, one.y_cm]);
      const [tx, ty] = this.#projection.toPx([one.x_cm + TICK_CM * Math.cos(yaw), one.y_cm + TICK_CM * Math.sin(yaw)]);
      return html`<g class="plan-position"><line x1="${x}" y1="${y}" x2="${tx}" y2="${ty}"/><circle cx="${x}" cy="${y}" r="2.6"/></g>`;
    });
  }

  #goal() {
    const goal = this.draft?.plan?.goal;
    if (!goal) return "";
    const rim = Array.from({ length: 32 }, (_, i) => /** @type {Point} */ ([goal.x_cm + goal.radius_cm * Math.cos((i * Math.PI) / 16), goal.y_cm + goal.radius_cm * Math.sin((i * Math.PI) / 16)]));
    const [x, y] = this.#projection.toPx([goal.x_cm, goal.y_cm]);
    return html`<g class="plan-goal"><polygon points="${outline(this.#projection, rim)}"/><text x="${x}" y="${y}">${goal.name}</text></g>`;
  }

  #corners() {
    return (this.draft?.plan?.workspace ?? []).map((corner, index) => {
      const [x, y] = this.#projection.toPx(corner);
      return html`<g class="plan-corner" data-corner="${index}" tabindex="0" role="button" aria-label="Workspace corner ${index + 1}. Arrows move it by 1 cm; Delete removes it.">
        <circle class="plan-grip" cx="${x}" cy="${y}" r="20"/><circle cx="${x}" cy="${y}" r="5"/></g>`;
    });
  }

  /** @param {PointerEvent} event @returns {Point} cm on the table */
  #at(event) {
    const svg = find(this, "svg", SVGSVGElement);
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
    return this.#projection.toCm([point.x, point.y]);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const draft = this.draft;
    if (!draft?.plan || event.button > 0) return;
    const target = /** @type {Element} */ (event.target);
    const corner = target.closest("[data-corner]")?.getAttribute("data-corner");
    const name = nameOf(target);
    if (corner == null && name === null) {
      draft.select("");
      return;
    }
    event.preventDefault();
    const cluster = draft.plan.clusters.find((one) => one.name === name);
    const [x, y] = this.#at(event);
    const kind = corner != null ? "corner" : target.closest("[data-handle]") ? "size" : "move";
    this.#drag = { kind, name: corner ?? name ?? "", offset: kind === "move" && cluster ? [cluster.x_cm - x, cluster.y_cm - y] : [0, 0] };
    draft.remember();
    if (name !== null) draft.select(name);
    find(this, "svg", SVGSVGElement).setPointerCapture(event.pointerId);
    this.#focus(name ?? "");
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const [draft, drag] = [this.draft, this.#drag];
    if (!draft?.plan || !drag) return;
    const [x, y] = this.#at(event);
    const [dx, dy] = drag.offset;
    const plan =
      drag.kind === "corner" ? plans.moveCorner(draft.plan, Number(drag.name), x, y)
      : drag.kind === "size" ? plans.resizeCluster(draft.plan, drag.name, x, y)
      : plans.moveCluster(draft.plan, drag.name, x + dx, y + dy);
    draft.change(plan, { keep: false });
  }

  #up() {
    this.#drag = null;
    this.#paint();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const draft = this.draft;
    if (!draft?.plan || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    const corner = target.closest("[data-corner]")?.getAttribute("data-corner");
    const name = nameOf(target);
    const step = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
    const size = event.shiftKey ? 0.1 : 1;
    if (step && corner != null) {
      const [x, y] = draft.plan.workspace[Number(corner)];
      draft.change(plans.moveCorner(draft.plan, Number(corner), x + step[0], y + step[1]));
    } else if (step && name !== null) {
      const cluster = draft.plan.clusters.find((one) => one.name === name);
      if (cluster) draft.change(plans.moveCluster(draft.plan, name, cluster.x_cm + size * step[0], cluster.y_cm + size * step[1], 0.1));
    } else if (event.key === "Delete" && corner != null) {
      draft.change(plans.removeCorner(draft.plan, Number(corner)));
    } else if (event.key === "Delete" && name !== null) {
      draft.change(plans.removeCluster(draft.plan, name));
    } else if (event.key.toLowerCase() === "h" && name !== null) {
      draft.change(plans.toggleHeldOut(draft.plan, name));
    } else return;
    event.preventDefault();
    if (corner != null) /** @type {SVGGElement | null} */ (this.querySelector(`[data-corner="${corner}"]`))?.focus();
  }

  /** @param {string} name */
  #focus(name) {
    /** @type {SVGGElement | undefined} */
    const group = [...this.querySelectorAll("g.plan-cluster")].map((one) => /** @type {SVGGElement} */ (one)).find((one) => one.dataset.name === name);
    group?.focus({ preventScroll: true });
  }
}

/** @param {EventTarget | null} target @returns {string | null} */
function nameOf(target) {
  return target instanceof Element ? (target.closest("g.plan-cluster")?.getAttribute("data-name") ?? null) : null;
}

customElements.define("plan-map", PlanMap);
export { PlanMap };
