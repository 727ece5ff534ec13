// The marks' colours stay apart for eyes without green or red cones (Machado et al. 2009, severity 1), in both themes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../../static/css/tokens.css", import.meta.url), "utf8");
const EYES = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
};
const OUTCOMES = ["mark-success", "mark-partial", "mark-failure"];
const LEAST = 18; // CIE76; 2.3 is just noticeable
const LEAST_ON_GROUND = 30;

/** @param {string} selector @param {string} name */
function token(selector, name) {
  const begin = css.indexOf(`${selector} {`);
  const found = css.slice(begin, css.indexOf("}", begin)).match(new RegExp(`--${name}:\\s*(#[0-9a-f]{6});`));
  assert.ok(found, name);
  return found[1];
}

/** @param {string} hex @param {number[]} eye @returns {number[]} CIE L*a*b* as that eye sees it */
function lab(hex, eye) {
  const linear = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = [0, 3, 6].map((row) => Math.min(1, Math.max(0, eye[row] * linear[0] + eye[row + 1] * linear[1] + eye[row + 2] * linear[2])));
  const [x, y, z] = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089].map((v) =>
    v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116,
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** @param {number[]} a @param {number[]} b */
const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

test("the simulated eye is checked itself: it takes pure red and a dark green for nearly one", () => {
  const [red, green] = ["#b35c00", "#6e7b00"];
  assert.ok(distance(lab(red, EYES.usual), lab(green, EYES.usual)) > 40);
  assert.ok(distance(lab(red, EYES.deuteranopia), lab(green, EYES.deuteranopia)) < 18);
});

for (const [theme, selector] of [["dark", ":root"], ["light", ':root[data-theme="light"]']]) {
  for (const [name, eye] of Object.entries(EYES)) {
    test(`${theme}: outcomes are told apart by eyes with ${name}`, () => {
      const seen = OUTCOMES.map((outcome) => lab(token(selector, outcome), eye));
      for (let i = 0; i < seen.length; i += 1) {
        for (let j = 0; j < i; j += 1) assert.ok(distance(seen[i], seen[j]) >= LEAST, `${OUTCOMES[i]} and ${OUTCOMES[j]}: ${distance(seen[i], seen[j]).toFixed(1)}`);
        const ground = distance(seen[i], lab(token(selector, "surface"), eye));
        assert.ok(ground >= LEAST_ON_GROUND, `${OUTCOMES[i]} on the ground: ${ground.toFixed(1)}`);
      }
    });
  }
}
