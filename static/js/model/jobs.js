// A job in words: what it is doing, how it ended, what may be done about it.

import { formatCount, formatNumber, formatSeconds } from "./format.js";

/** @typedef {import("../core/messages.js").JobSummary} JobSummary */
/** @typedef {{word: string, tone: "grey" | "green" | "amber" | "red", glyph: string}} Sign */

/** @type {Record<JobSummary["state"], Sign>} */
const SIGNS = {
  queued: { word: "Waiting", tone: "grey", glyph: "○" },
  running: { word: "Running", tone: "amber", glyph: "▶" },
  done: { word: "Done", tone: "green", glyph: "✓" },
  failed: { word: "Failed", tone: "red", glyph: "✕" },
  cancelled: { word: "Cancelled", tone: "grey", glyph: "–" },
};

/** @param {JobSummary} job @returns {Sign} */
export function sign(job) {
  return job.cancelling ? { word: "Ending", tone: "amber", glyph: "▶" } : SIGNS[job.state];
}

/** @param {JobSummary} job */
export function ended(job) {
  return job.state !== "queued" && job.state !== "running";
}

/** The one sentence under the name. @param {JobSummary} job */
export function sentence(job) {
  if (ended(job)) return [job.text, job.todo].filter(Boolean).join(" ");
  if (job.cancelling) return "It clears up what it had begun.";
  if (job.state === "queued") return job.waits || "Starts in a moment.";
  return job.text || "Starting";
}

/** Share, count, rate and time left, each only where it is known. @param {JobSummary} job @returns {string[]} */
export function figures(job) {
  if (job.state !== "running") return [];
  const unit = job.unit ? ` ${job.unit}` : "";
  const found = [];
  if (job.fraction !== null) found.push(`${Math.floor(job.fraction * 100)} %`);
  if (job.step !== null) found.push(job.steps ? `${formatCount(job.step)} of ${formatCount(job.steps)}${unit}` : `${formatCount(job.step)}${unit}`);
  if (job.rate !== null) found.push(`${formatNumber(job.rate, job.rate < 10 ? 1 : 0)}${unit || " steps"}/s`);
  if (job.left_s !== null) found.push(`${formatSeconds(Math.ceil(job.left_s))} left`);
  return found;
}

/** The jobs of one dataset, model or run: what runs and waits, and what ended after `since`. @param {JobSummary[]} jobs @param {string} about @param {string} since an ISO time */
export function jobsAbout(jobs, about, since) {
  return jobs.filter((job) => (!about || job.about.includes(about)) && (!ended(job) || job.ended_at >= since));
}
