// Signing in. It opens no socket; STOP works before anybody is known.

import { STOP_KEY } from "../model/keys.js";

const next = document.body.dataset.next || "/record";

/** @param {string} path @param {Record<string, string>} body @param {HTMLElement} problem */
async function enter(path, body, problem) {
  problem.hidden = true;
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (answer.ok) {
      location.assign(next);
      return;
    }
    const told = await answer.json().catch(() => null);
    problem.textContent = told ? [told.title, told.todo].filter(Boolean).join(" ") : `The studio answered ${answer.status}.`;
  } catch {
    problem.textContent = "No connection to the studio.";
  }
  problem.hidden = false;
}

for (const form of document.querySelectorAll("form[data-form]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".form-problem");
    const button = form.querySelector("button");
    if (!(form instanceof HTMLFormElement) || !(problem instanceof HTMLElement) || !button) return;
    button.disabled = true;
    const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    await enter(`/api/${form.dataset.form}`, body, problem);
    button.disabled = false;
  });
}

async function stop() {
  const said = document.querySelector("[data-part=stop]");
  let text = "did not arrive: use the switch";
  try {
    const answer = await fetch("/api/stop", { method: "POST", keepalive: true });
    if (answer.ok) text = "arm is stopped";
    else text = (await answer.json()).title;
  } catch {
    // the text says it
  }
  if (said) said.textContent = text;
}

const button = document.querySelector(".stop");
button?.addEventListener("pointerdown", () => stop());
button?.closest("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  stop();
});
addEventListener("keydown", (event) => {
  if (event.key === STOP_KEY) stop();
});

// A QR code that was scanned brings its code behind the #: it is sent to no server but by this.
const scanned = new URLSearchParams(location.hash.slice(1)).get("pair");
const code = document.querySelector("input[name=code]");
if (scanned && code instanceof HTMLInputElement) {
  history.replaceState(null, "", location.pathname + location.search);
  code.value = scanned;
  code.form?.requestSubmit();
}
