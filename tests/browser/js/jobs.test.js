import assert from "node:assert/strict";
import test from "node:test";

import { ended, figures, jobsAbout, sentence, sign } from "../../../static/js/model/jobs.js";

/** @param {object} [changes] */
const job = (changes = {}) =>
  /** @type {any} */ ({
    id: "1",
    kind: "dataset.split",
    title: "Split bricks",
    state: "running",
    about: ["bricks"],
    by: "local",
    created_at: "2026-01-01T00:00:00Z",
    started_at: "",
    ended_at: "",
    text: "Copying",
    todo: "",
    code: "",
    waits: "",
    cancelling: false,
    fraction: null,
    step: null,
    steps: null,
    unit: "",
    rate: null,
    left_s: null,
    links: [],
    ...changes,
  });

test("a job says what it knows and no figure it does not know", () => {
  assert.equal(sentence(job()), "Copying");
  assert.deepEqual(figures(job()), []);
  const counted = job({ fraction: 0.239, step: 1234, steps: 5000, unit: "frames", rate: 55.4, left_s: 68.2 });
  assert.deepEqual(figures(counted), ["23 %", "1,234 of 5,000 frames", "55 frames/s", "1 min 09 s left"]);
});

test("a waiting job says for what", () => {
  assert.equal(sentence(job({ state: "queued", waits: "Waits for “Merge”." })), "Waits for “Merge”.");
  assert.equal(sign(job({ state: "queued" })).word, "Waiting");
});

test("a failure says what to do", () => {
  const failed = job({ state: "failed", text: "The disk is full.", todo: "Free space." });
  assert.equal(sentence(failed), "The disk is full. Free space.");
  assert.equal(sign(failed).tone, "red");
  assert.ok(ended(failed));
  assert.deepEqual(figures({ ...failed, fraction: 0.5 }), []);
});

test("states differ in shape and words, not only in colour", () => {
  const signs = ["queued", "running", "done", "failed", "cancelled"].map((state) => sign(job({ state })));
  assert.equal(new Set(signs.map((one) => one.word)).size, 5);
  assert.equal(new Set(signs.map((one) => one.glyph)).size, 5);
  assert.equal(sign(job({ cancelling: true })).word, "Ending");
});

test("a page shows the jobs of its dataset, and of the ended ones those it saw end", () => {
  const old = job({ id: "0", state: "done", ended_at: "2026-01-01T00:00:00Z" });
  const jobs = [job(), job({ id: "2", about: ["cups"] }), old];
  assert.deepEqual(jobsAbout(jobs, "bricks", "2026-01-02T00:00:00Z").map((one) => one.id), ["1"]);
  assert.equal(jobsAbout(jobs, "", "2025-01-01T00:00:00Z").length, 3);
});
