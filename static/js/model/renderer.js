// By what the pictures are made, in words. An older server does not say it: then nothing is said here either.

/** @typedef {Partial<import("../core/messages.js").RigState> & {renderer?: string}} Rig */

/** @type {Record<string, string>} */
const WORDS = {
  gl: "drawn with OpenGL",
  painter: "drawn by the software painter: no OpenGL here",
  camera: "taken by cameras",
  prerendered: "rendered beforehand",
};

/** @param {Rig | null | undefined} rig @returns {string} "" where it is unknown */
export function rendererWords(rig) {
  return WORDS[rig?.renderer ?? ""] ?? "";
}

/** What Record says of it: only what may surprise. @param {Rig | null | undefined} rig */
export function rendererNote(rig) {
  return rig?.renderer === "painter" ? "Drawn by the software painter: no OpenGL here" : "";
}
