// The marks' glyphs: shape is the kind, inside the outcome, sign the verdict; colour only says it again.

import { html } from "../core/html.js";

const KINDS = /** @type {const} */ (["nominal", "recovery"]);
const OUTCOMES = /** @type {const} */ (["success", "partial", "failure", "unknown"]);
const VERDICTS = /** @type {const} */ (["none", "accepted", "rejected"]);

const OUTLINES = { nominal: "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0Z", recovery: "M0 -1.25L1.25 0L0 1.25L-1.25 0Z" };
const HALVES = { nominal: "M0 -1a1 1 0 0 0 0 2Z", recovery: "M0 -1.25L-1.25 0L0 1.25Z" };

/** Every glyph once, of radius 1 about its middle. */
export function glyphDefinitions() {
  return KINDS.flatMap((kind) => OUTCOMES.flatMap((outcome) => VERDICTS.map((verdict) => html`<g id="glyph-${kind}-${outcome}-${verdict}" class="glyph ${outcome}">${glyph(kind, outcome, verdict)}</g>`)));
}

/** @param {typeof KINDS[number]} kind @param {typeof OUTCOMES[number]} outcome @param {typeof VERDICTS[number]} verdict */
function glyph(kind, outcome, verdict) {
  const inside = {
    success: html`<path class="full" d="${OUTLINES[kind]}"/>`,
    partial: html`<path class="empty" d="${OUTLINES[kind]}"/><path class="full bare" d="${HALVES[kind]}"/>`,
    failure: html`<path class="empty" d="${OUTLINES[kind]}"/><path class="line" d="M-.6 -.6L.6 .6M.6 -.6L-.6 .6"/>`,
    unknown: html`<path class="empty" d="${OUTLINES[kind]}"/>`,
  }[outcome];
  const sign = { none: "", accepted: html`<circle class="dot" r=".42"/>`, rejected: html`<path class="sign" d="M-1.7 0H1.7"/>` }[verdict];
  return html`${inside}${sign}`;
}

/** @param {string} name @param {string} words */
const entry = (name, words) => html`<li><svg viewBox="-2 -2 4 4" aria-hidden="true"><use href="#glyph-${name}"/></svg>${words}</li>`;

/** What the marks mean; it uses the map's own glyphs. */
export function legend() {
  return html`<ul class="legend" aria-label="What the marks mean">
    ${entry("nominal-unknown-none", "nominal")}${entry("recovery-unknown-none", "recovery")}
    ${entry("nominal-success-none", "success")}${entry("nominal-partial-none", "partial")}${entry("nominal-failure-none", "failure")}
    ${entry("nominal-success-accepted", "accepted")}${entry("nominal-success-rejected", "rejected")}
    <li><svg viewBox="0 0 4 4" aria-hidden="true"><rect width="4" height="4" fill="url(#held-out)"/></svg>held out</li></ul>`;
}
