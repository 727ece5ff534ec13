// The next target on the live picture: where the object goes, where it is seen, where it lay before.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { brackets, centre, drawn, path, RING, tick, viewBox, way } from "../model/overlay.js";

/** @typedef {import("../core/messages.js").GuidanceState} GuidanceState */
/** @typedef {import("../core/messages.js").TargetState} TargetState */

class TargetOverlay extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["guidance", "recorder"], () => this.#paint(), signal);
  }

  get #camera() {
    return this.closest("live-camera")?.getAttribute("name") ?? "";
  }

  #paint() {
    const guidance = store.connected ? store.state?.guidance : null;
    const phase = store.state?.recorder.phase;
    // While a take runs the picture is the policy's, and nothing is drawn on it.
    const between = phase === "idle" || phase === "countdown";
    const mine = guidance?.target && guidance.camera === this.#camera && guidance.width > 0 && between;
    const text = mine ? JSON.stringify([guidance.target, guidance.width, guidance.height, guidance.goal_px]) : "";
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = !mine;
    if (mine && guidance.target) render(this, picture(guidance, guidance.target));
    else this.replaceChildren();
  }
}

/** @param {GuidanceState} guidance @param {TargetState} target */
function picture({ width, height, goal_px }, target) {
  const state = target.state === "in_place" ? "in-place" : target.state;
  return html`<svg viewBox="${viewBox(width, height)}" preserveAspectRatio="xMidYMid meet" data-state="${state}" role="img" aria-label="${target.request}">
    <defs>
      <pattern id="held-out" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V9" class="hatch"/></pattern>
      <marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="5" markerHeight="5" orient="auto"><path d="M0 0L10 5L0 10Z" class="arrow-head"/></marker>
    </defs>
    ${cluster(target)}
    ${target.ghosts_px.map((outline, i) => html`<path class="ghost" d="${path(outline)}" style="opacity:${(0.75 - 0.1 * Math.min(5, i)).toFixed(2)}"/>`)}
    ${target.place_needed ? mark(target) : goal(goal_px)}
  </svg>`;
}

/** @param {TargetState} target */
function cluster({ cluster_px, cluster: name, held_out, target_px }) {
  if (cluster_px.length < 4) return "";
  const [x, y] = centre(cluster_px);
  const rows = cluster_px.map((corner) => corner[1]);
  // Its name stands on the side that the mark leaves free.
  const above = centre(target_px)[1] > y && Math.min(...rows) > 26;
  return html`${held_out ? html`<path d="${path(cluster_px)}" fill="url(#held-out)"/>` : ""}
    <path class="casing" d="${brackets(cluster_px)}"/><path class="cluster" d="${brackets(cluster_px)}"/>
    <text class="cluster-name" x="${x}" y="${above ? Math.min(...rows) - 7 : Math.max(...rows) + 17}">${held_out ? `${name} held out` : name}</text>`;
}

/** A recovery that begins at the goal, or in the claws over it, has its mark there. @param {[number, number][]} rim */
function goal(rim) {
  const d = path(rim);
  return d && html`<g class="mark" data-part="goal"><path class="casing" d="${d}"/><path class="ring" d="${d}"/></g>`;
}

/** The mark itself, what is seen, and the way between. @param {TargetState} target */
function mark(target) {
  const to = drawn(target.target_px);
  if (!to) return "";
  const seen = target.seen ? drawn(target.seen.outline_px) : null;
  const moving = seen && target.state === "move";
  const between = moving ? way(seen, to) : "";
  const [x, y] = to.centre;
  return html`<g class="mark" data-part="target">
      <circle class="casing" cx="${x}" cy="${y}" r="${RING * to.radius}"/><circle class="ring" cx="${x}" cy="${y}" r="${RING * to.radius}"/>
      <path class="casing" d="${to.path}"/><path class="outline" data-outline d="${to.path}"/>
      <path class="casing thin" d="${tick(to)}"/><path class="tick" d="${tick(to)}"/>
    </g>
    ${moving ? html`<g class="seen"><path class="casing" d="${seen.path}"/><path class="outline" d="${seen.path}"/><path class="tick" d="${tick(seen)}"/></g>` : ""}
    ${between ? html`<path class="casing" d="${between}"/><path class="way" d="${between}" marker-end="url(#arrow)"/>` : ""}
    ${target.state === "in_place" ? html`<path class="done-casing" d="${check(to)}"/><path class="done" d="${check(to)}"/>` : ""}`;
}

/** A tick of approval beside the mark: green is not only a colour. @param {import("../model/overlay.js").Drawn} to */
function check({ centre: [x, y], radius }) {
  const [left, top, s] = [x + 1.5 * radius, y - 2.1 * radius, 0.9 * radius];
  return `M${left} ${top + 0.45 * s}l${0.35 * s} ${0.4 * s}l${0.7 * s} ${-0.9 * s}`;
}

customElements.define("target-overlay", TargetOverlay);
