// Axes of a plot: labels that differ, and a span that does not blow noise up.

/** A joint that hardly moves is drawn as one: the axis spans at least this many of its units. */
export const LEAST_SPAN = 2;
const MARGIN = 0.05;

/**
 * Labels with as many digits as the step between them needs, and no negative zero.
 * @param {readonly number[]} ticks @param {number} step @param {string} [unit]
 */
export function tickLabels(ticks, step, unit = "") {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(step.toFixed(digits)) - step) > 1e-3 * step) digits += 1;
  return ticks.map((tick) => {
    const text = tick.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text) + unit;
  });
}

/**
 * What an axis spans for values between these two.
 * @param {number | null} low @param {number | null} high null without data @returns {[number, number]}
 */
export function axisRange(low, high) {
  if (low === null || high === null) return [0, LEAST_SPAN];
  const half = Math.max(LEAST_SPAN / 2, (high - low) * (0.5 + MARGIN));
  return [(low + high) / 2 - half, (low + high) / 2 + half];
}
