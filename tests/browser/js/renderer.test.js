import assert from "node:assert/strict";
import { test } from "node:test";
import { rendererNote, rendererWords } from "../../../static/js/model/renderer.js";

test("Setup names every renderer, Record only the slow one", () => {
  const all = ["gl", "painter", "camera", "prerendered"].map((renderer) => rendererWords({ renderer }));
  assert.equal(new Set(all.filter(Boolean)).size, 4);
  assert.match(rendererNote({ renderer: "painter" }), /software painter/);
  for (const renderer of ["gl", "camera", "prerendered", ""]) assert.equal(rendererNote({ renderer }), "");
});

test("an unknown renderer is not guessed", () => {
  for (const rig of [null, undefined, {}, { renderer: "" }, { renderer: "new" }]) assert.equal(rendererWords(rig), "");
});
