import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECK_EVERY_MS, ClockOffset, freshness, Rate, STALE_AFTER_MS } from "../../../static/js/model/age.js";

test("silence is seen within 300 ms, the timer's own step included", () => {
  assert.ok(STALE_AFTER_MS + CHECK_EVERY_MS < 300);
  assert.equal(freshness(1000, 10, 1000 + STALE_AFTER_MS - 11).stale, false);
  assert.deepEqual(freshness(1000, 10, 1400), { stale: true, stamp: "STALE 0.4 s", age: "-" });
});

test("a picture that arrives old is stale at once", () => {
  assert.equal(freshness(1000, 400, 1000).stale, true);
});

test("before the first picture nothing looks live, and an unknown age is shown as unknown", () => {
  assert.deepEqual(freshness(null, null, 5), { stale: true, stamp: "NO PICTURE", age: "-" });
  assert.equal(freshness(1000, null, 1010).age, "-");
});

test("the clock is taken from the ping with the shortest round trip", () => {
  const clock = new ClockOffset();
  assert.equal(clock.age(0, 0), null);
  clock.add(100, 140, 1_000_120e6);
  assert.ok(Math.abs((clock.offset_ms ?? 0) - 1_000_000) < 1e-6);
  clock.add(200, 300, 1_000_290e6);
  assert.ok(Math.abs((clock.offset_ms ?? 0) - 1_000_000) < 1e-6, "a slow ping does not spoil it");
  clock.add(400, 401, 1_000_410.5e6);
  assert.ok(Math.abs((clock.offset_ms ?? 0) - 1_000_010) < 1e-6, "a faster one improves it");
  assert.equal(clock.age(1_000_500, 500), 10);
  assert.equal(clock.age(1_000_600, 500), 0, "never younger than now");
});

test("an old measurement does not stay for ever while the clocks drift", () => {
  const clock = new ClockOffset();
  clock.add(0, 1, 500e6);
  for (let i = 1; i < 80; i += 1) clock.add(i * 1000, i * 1000 + 4, (i * 1000 + 600) * 1e6);
  assert.ok(Math.abs((clock.offset_ms ?? 0) - 598) < 1e-6);
});

test("the rate is measured over two seconds, and unknown without pictures", () => {
  const rate = new Rate();
  assert.equal(rate.value(0), null);
  for (let i = 0; i <= 90; i += 1) rate.add(i * (1000 / 30));
  assert.ok(Math.abs((rate.value(3000) ?? 0) - 30) < 0.01);
  assert.equal(rate.value(9000), null);
});
