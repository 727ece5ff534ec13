import assert from "node:assert/strict";
import test from "node:test";

import { mergeForm, mergeInWords, NAME_PATTERN, partsInWords, publishForm, splitForm, trimInWords } from "../../../static/js/model/edits.js";

/** @returns {{asked: string[], started: [string, any][], start: any, ask: any}} */
function studio(/** @type {any} */ answer) {
  /** @type {string[]} */
  const asked = [];
  /** @type {[string, any][]} */
  const started = [];
  return {
    asked,
    started,
    start: async (/** @type {string} */ kind, /** @type {any} */ body) => void started.push([kind, body]),
    ask: async (/** @type {string} */ path) => {
      asked.push(path);
      return answer;
    },
  };
}

test("a split says what it would make before it is started", async () => {
  const { start, ask, asked, started } = studio([{ part: "train", name: "b-train", episodes: 8 }]);
  const form = splitForm("b", start, ask);
  /** @type {string[]} */
  const said = [];
  form.changed?.({ by: "held_out", without_rejected: false }, (note) => said.push(note));
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(asked, ["/api/datasets/b/parts?by=held_out&without_rejected=false"]);
  assert.match(said[0] ?? "", /b-train \(8\)/);
  await form.send({ by: "verdict", without_rejected: true });
  assert.deepEqual(started, [["dataset.split", { dataset: "b", by: "verdict", without_rejected: true }]]);
});

test("a merge names what differs, and offers to encode only where that mends it", () => {
  assert.match(mergeInWords([], 12), /12 episodes/);
  assert.match(mergeInWords([{ words: "b is av1, a is h264", mendable: true }], 1), /encoded again/);
  const both = [{ words: "codec", mendable: true }, { words: "b has 20 fps", mendable: false }];
  assert.match(mergeInWords(both, 1), /cannot be merged: b has 20 fps\./);
});

test("a merge keeps the order: this dataset first", async () => {
  const { start, ask, started } = studio(null);
  await mergeForm("a", ["b", "c"], start, ask).send({ others: ["c"], name: "d", encode_again: false });
  assert.deepEqual(started[0]?.[1].datasets, ["a", "c"]);
});

test("a publication goes to the Hub or to a URL, by what was typed", async () => {
  const { start, started } = studio(null);
  const form = publishForm("a", [], start);
  const base = { version: "", licence: "mit", with_reviews: false, private: true };
  await form.send({ ...base, target: "me/bricks" });
  await form.send({ ...base, target: "s3://bucket/bricks" });
  assert.deepEqual(started.map(([kind]) => kind), ["dataset.publish.hub", "dataset.publish.url"]);
  assert.equal(started[1]?.[1].url, "s3://bucket/bricks");
  assert.equal("private" in started[1]?.[1], false);
});

test("names are those that the server takes", () => {
  const pattern = new RegExp(`^(?:${NAME_PATTERN})$`, "v");
  for (const good of ["bricks", "b-1", "a.b_c"]) assert.ok(pattern.test(good), good);
  for (const bad of ["", ".a", "a/b", "a..b", "ä"]) assert.ok(!pattern.test(bad), bad);
  assert.match(partsInWords([{ part: "x", name: "n", episodes: 2 }]), /n \(2\)/);
});

test("a trim says what it cuts off, or why it cannot", () => {
  assert.deepEqual(trimInWords(12, 240, 300), { enabled: true, words: "Cuts off 12 at the start and 60 at the end of 300 frames. The old episode stays in the trash." });
  assert.match(trimInWords(0, 240, 300).words, /^Cuts off 60 at the end/);
  for (const [from, to] of [[0, 300], [10, 11], [-1, 20], [5, 301], [NaN, 20]]) {
    const said = trimInWords(/** @type {number} */ (from), /** @type {number} */ (to), 300);
    assert.equal(said.enabled, false);
    assert.ok(said.words);
  }
});
