// One client id per tab, kept over reloads. The lease belongs to it, so two tabs must never share one.

const KEY = "understudy.client";
/** A page that follows another one of this tab may start before that one's lock is gone. */
const FORMER_SELF_MS = 1000;

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const id = `tab-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  sessionStorage.setItem(KEY, id);
  return id;
}

/**
 * Holds the id for as long as this page lives.
 * @param {string} id @returns {Promise<boolean>} false: another tab holds it
 */
function hold(id) {
  // Outside a secure context there are no locks; then the id is taken as it is.
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks.request(`${KEY}.${id}`, { signal: AbortSignal.timeout(FORMER_SELF_MS) }, held).catch(() => resolve(false));
  });
}

/**
 * A duplicated tab copies sessionStorage, the id with it: whoever cannot lock the id takes a new one.
 * @returns {Promise<string>}
 */
export async function clientId() {
  const id = sessionStorage.getItem(KEY) ?? fresh();
  if (await hold(id)) return id;
  const other = fresh();
  await hold(other);
  return other;
}
