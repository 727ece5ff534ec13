// One client id per tab, kept over reloads. The lease belongs to it, so two tabs must never share one.

const KEY = "understudy.client";

function fresh() {
  const id = `tab-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("")}`;
  sessionStorage.setItem(KEY, id);
  return id;
}

/**
 * A duplicated tab copies sessionStorage, the id with it: ask the other tabs, and take a new id if one answers.
 * @returns {Promise<string>}
 */
export async function clientId() {
  let id = sessionStorage.getItem(KEY) ?? fresh();
  const channel = new BroadcastChannel("understudy.tabs");
  const born = performance.timeOrigin;
  let taken = false;
  channel.addEventListener("message", (event) => {
    if (event.data.id !== id) return;
    if (event.data.what === "claim" && event.data.born > born) channel.postMessage({ what: "taken", id, born });
    if (event.data.what === "taken" && event.data.born < born) taken = true;
  });
  channel.postMessage({ what: "claim", id, born });
  await new Promise((resolve) => setTimeout(resolve, 25));
  if (taken) id = fresh();
  return id;
}
