// Numbers for people: always with a unit, "-" where the value is unknown.

export const UNKNOWN = "-";

/** @param {number | null | undefined} value @returns {value is number} */
const known = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {number | null | undefined} seconds "9.8 s", "2 min 05 s" */
export function formatSeconds(seconds) {
  if (!known(seconds)) return UNKNOWN;
  if (seconds < 60) return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return rest ? `${Math.floor(whole / 60)} min ${String(rest).padStart(2, "0")} s` : `${whole / 60} min`;
}

/** @param {number | null | undefined} seconds "48 s", "5 min 10 s", from 0.1 h on "0.37 h", from ten hours on "12 h" */
export function formatHours(seconds) {
  if (!known(seconds)) return UNKNOWN;
  const hours = seconds / 3600;
  if (hours < 0.1) return formatSeconds(Math.round(seconds));
  return `${hours < 10 ? hours.toFixed(2) : Math.round(hours)} h`;
}

/** @param {number | null | undefined} bytes decimal units, as disks are sold */
export function formatBytes(bytes) {
  if (!known(bytes)) return UNKNOWN;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** @param {number | null | undefined} value "3,580" */
export function formatCount(value) {
  return known(value) ? Math.round(value).toLocaleString("en") : UNKNOWN;
}

/** @param {number | null | undefined} value @param {number} digits @param {string} unit */
export function formatNumber(value, digits, unit = "") {
  return known(value) ? value.toFixed(digits) + (unit && ` ${unit}`) : UNKNOWN;
}

/** @param {string | null | undefined} iso an ISO time; local date and time "2026-11-20 13:05" */
export function formatTime(iso) {
  const date = iso ? new Date(iso) : null;
  if (!date || Number.isNaN(date.getTime())) return UNKNOWN;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {string} iso an ISO time; the local time of day "13:05:09" */
export function formatClock(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
}

/** @param {number | null | undefined} minutes "1,840 min" */
export function formatMinutes(minutes) {
  return known(minutes) ? `${formatCount(Math.floor(minutes))} min` : UNKNOWN;
}

/** Rows in which some camera showed an old picture again. @param {number} repeated @param {number} rows */
export function repeatedRows(repeated, rows) {
  return `${formatCount(repeated)} of ${plural(rows, "row")} repeated`;
}

/** @param {number} count @param {string} one @param {string} many */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
