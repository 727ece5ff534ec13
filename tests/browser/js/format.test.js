import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatCount, formatHours, formatMinutes, formatNumber, formatSeconds, formatTime, plural, repeatedRows } from "../../../static/js/model/format.js";

test("unknown is a dash, never zero or NaN", () => {
  for (const format of [formatSeconds, formatHours, formatBytes, formatCount, formatMinutes]) {
    for (const value of [null, undefined, NaN, Infinity]) assert.equal(format(value), "-");
  }
  assert.equal(formatNumber(null, 1, "fps"), "-");
  assert.equal(formatTime(null), "-");
  assert.equal(formatTime("yesterday"), "-");
});

test("numbers carry their unit", () => {
  assert.equal(formatSeconds(9.84), "9.8 s");
  assert.equal(formatSeconds(125), "2 min 05 s");
  assert.equal(formatSeconds(120), "2 min");
  assert.equal(formatHours(1320), "0.37 h");
  assert.equal(formatHours(72000), "20 h");
  assert.equal(formatHours(48.2), "48 s");
  assert.equal(formatHours(310), "5 min 10 s");
  assert.equal(repeatedRows(29, 98), "29 of 98 rows repeated");
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(999_600), "1.0 MB");
  assert.equal(formatBytes(48_200_000), "48 MB");
  assert.equal(formatCount(43180), "43,180");
  assert.equal(formatMinutes(808.9), "808 min");
  assert.equal(formatNumber(29.94, 1, "fps"), "29.9 fps");
  assert.equal(plural(1, "frame"), "1 frame");
  assert.equal(plural(0, "frame"), "0 frames");
});
