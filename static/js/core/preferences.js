// What this browser remembers: theme, sound, speed, input, hints, gamepad maps. Nothing the studio depends on.

const PREFIX = "understudy.";

/** @param {string} key @returns {string | null} */
export function remembered(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string | null} value null forgets it */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // A browser that stores nothing still works; it only forgets.
  }
  dispatchEvent(new CustomEvent("studio-preference", { detail: { key } }));
}

/** Names of operators used here before, newest first. @returns {string[]} */
export function operators() {
  try {
    const names = JSON.parse(remembered("operators") ?? "[]");
    return Array.isArray(names) ? names.filter((name) => typeof name === "string" && name) : [];
  } catch {
    return [];
  }
}

/** @param {string} name */
export function addOperator(name) {
  if (!name) return;
  remember("operators", JSON.stringify([name, ...operators().filter((other) => other !== name)].slice(0, 8)));
}
