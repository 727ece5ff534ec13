// WCAG AA, computed from static/css/tokens.css: 4.5 for text, 3 for large signs and the edges of controls.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../../static/css/tokens.css", import.meta.url), "utf8");

/** @param {string} selector @returns {Record<string, string>} */
function tokens(selector) {
  const begin = css.indexOf(`${selector} {`);
  assert.notEqual(begin, -1, selector);
  const body = css.slice(begin, css.indexOf("}", begin));
  return Object.fromEntries([...body.matchAll(/--([a-z0-9-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

/** @param {string} hex */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const dark = tokens(":root");
const themes = { dark, light: { ...dark, ...tokens(':root[data-theme="light"]') } };
const GROUNDS = ["ground", "surface", "raised"];
const TEXTS = ["text", "text-quiet", "accent", "green-text", "amber-text", "red-text"];
const PAIRS = [
  ["on-accent", "accent"], ["on-grey", "grey"], ["on-green", "green"], ["on-amber", "amber"], ["on-red", "red"],
  ["on-stop", "stop"], ["on-sim", "sim"], ["on-real", "real"],
];

for (const [name, theme] of Object.entries(themes)) {
  test(`${name}: text reads on every ground`, () => {
    for (const text of TEXTS) {
      for (const ground of GROUNDS) {
        const ratio = contrast(theme[text], theme[ground]);
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${name}: states and signs read`, () => {
    for (const [text, ground] of PAIRS) {
      const ratio = contrast(theme[text], theme[ground]);
      assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });

  test(`${name}: edges of controls and plotted lines are seen`, () => {
    for (const line of ["control-line", "plot-1", "plot-2", "plot-3", "plot-4", "plot-5", "plot-6"]) {
      for (const ground of ["ground", "surface"]) {
        const ratio = contrast(theme[line], theme[ground]);
        assert.ok(ratio >= 3, `${line} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });
}

test("both themes define every colour of the light one", () => {
  const light = tokens(':root[data-theme="light"]');
  for (const name of Object.keys(light)) assert.ok(dark[name], name);
  assert.ok(Object.keys(light).length > 20);
});
