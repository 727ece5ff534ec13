// A pipeline in words: how each step stands, how long it took, which one is next, and what may be done about it.

import { formatClock, formatSeconds } from "./format.js";

/** @typedef {{name: string, plan: string, gate: string, state: string, words: string, todo: string, began_at: string, ended_at: string, url: string}} Step */
/** @typedef {{pipeline: {name: string, dataset: string, preset: string, by: string, created_at: string}, steps: Step[], state: string, job: string}} Pipeline */
/** @typedef {{glyph: string, level: "" | "now" | "ok" | "warn" | "block", word: string}} Sign */

/** @type {Record<string, Sign>} */
const SIGNS = {
  waiting: { glyph: "○", level: "", word: "waits" },
  running: { glyph: "▶", level: "now", word: "now" },
  done: { glyph: "✓", level: "ok", word: "done" },
  stopped: { glyph: "▲", level: "warn", word: "gate closed" },
  failed: { glyph: "✕", level: "block", word: "failed" },
};

/** A step that is under way while nothing is at work was cut off with its process. @param {Step} step @param {string} state of the whole @returns {Sign} */
export function stepSign(step, state) {
  if (step.state === "running" && state === "stopped") return { glyph: "✕", level: "block", word: "broken off" };
  return SIGNS[step.state] ?? { glyph: "○", level: "", word: step.state };
}

/** How the whole stands, in a word and what it is about. @param {Pipeline} one @returns {Sign} */
export function pipelineSign({ steps, state }) {
  const at = nextStep(steps);
  const done = steps.filter((step) => step.state === "done").length;
  const so = `${done} of ${steps.length} done`;
  if (state === "done") return { glyph: "✓", level: "ok", word: "Done" };
  if (state === "running") return { glyph: "▶", level: "now", word: `Running, ${so}` };
  if (state === "queued") return { glyph: "○", level: "", word: `Waits for its turn, ${so}` };
  if (at?.state === "stopped") return { glyph: "▲", level: "warn", word: `Gate of “${at.name}” closed` };
  if (at?.state === "running") return { glyph: "✕", level: "block", word: `“${at.name}” was broken off` };
  if (at?.state === "failed") return { glyph: "✕", level: "block", word: `“${at.name}” failed` };
  return { glyph: "○", level: "", word: `Stopped, ${so}` };
}

/** The first step that is not done. @param {Step[]} steps */
export function nextStep(steps) {
  return steps.find((step) => step.state !== "done");
}

/** "32 min 10 s", "since 10:51"; nothing before it began. @param {Step} step */
export function stepTime(step) {
  if (!step.began_at) return "";
  if (!step.ended_at) return `since ${formatClock(step.began_at).slice(0, 5)}`;
  return formatSeconds(Math.round((Date.parse(step.ended_at) - Date.parse(step.began_at)) / 1000));
}

/** What going on would do, in a sentence; "" while it runs and when it is done. @param {Pipeline} one */
export function goingOn({ steps, state }) {
  if (state !== "stopped" && state !== "described") return "";
  const at = nextStep(steps);
  if (!at) return "";
  return at.state === "waiting" ? `Goes on with “${at.name}”.` : `Does “${at.name}” again; what is done stays done.`;
}

/** Which are shown whole: what runs, and the newest few that wait for a person. @param {Pipeline[]} all newest first @returns {Set<string>} */
export function openOnes(all) {
  const under = all.filter((one) => one.state === "running" || one.state === "queued");
  const stuck = all.filter((one) => one.state !== "done" && !under.includes(one));
  return new Set([...under, ...stuck.slice(0, under.length ? 1 : 2), ...(under.length || stuck.length ? [] : all.slice(0, 1))].map((one) => one.pipeline.name));
}
