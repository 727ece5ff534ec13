// The banner: SIM or REAL, the state in one word, timer, count and the next key, in the same place on every page.

import { act } from "../core/actions.js";
import { StudioElement, every } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { play } from "../core/sound.js";
import { store } from "../core/studio.js";
import { yes } from "../core/yes.js";
import { banner, counted, keyParts } from "../model/banner.js";
import { UNKNOWN } from "../model/format.js";
import { runBanner } from "../model/policyrun.js";

/** @typedef {import("../model/banner.js").Kind} Kind */

/** Whether this is the page where policies are run. */
const RUNS = document.querySelector("run-bar") !== null;

class StudioBanner extends StudioElement {
  /** @type {Kind | null} */
  #kind = null;
  #take = 0;
  #countdown = "";
  #take_at = 0;
  #next = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["rig", "recorder", "guidance"], () => this.#paint(), signal);
    if (RUNS) {
      store.watch(["policy"], () => this.#paint(), signal);
      yes.addEventListener("change", () => this.#paint(), { signal });
    }
    every(100, () => this.#tickTimer(), signal);
    find(this, "[data-part=reset]", HTMLButtonElement).addEventListener("click", () => act("reset"), { signal });
  }

  #paint() {
    const now = RUNS ? runBanner(banner(store.view), store.state?.policy, yes.given) : banner(store.view);
    const first = this.#kind === null || this.#kind === "offline";
    if (now.kind !== this.#kind && !first) this.#sound(/** @type {Kind} */ (this.#kind), now.kind);
    this.#kind = now.kind;
    this.dataset.kind = now.kind;
    this.toggleAttribute("doubtful", now.doubtful);
    document.body.dataset.kind = now.kind;
    this.#part("word", now.word);
    this.#part("detail", now.detail);
    this.#timer(now.timer);
    if (now.next !== this.#next) {
      this.#next = now.next;
      const parts = keyParts(now.next).map((part) => (part.key ? html`<kbd>${part.key}</kbd>` : html`<span>${part.text}</span>`));
      render(find(this, "[data-part=next]", HTMLElement), html`${parts}`);
    }
    // Away from STOP on purpose: a second, hurried press on STOP must never be a reset.
    find(this, "[data-part=reset]", HTMLElement).hidden = !store.connected || store.state?.rig.phase !== "stopped";
    this.#sign();
    this.#count();
  }

  #sign() {
    const simulated = store.state?.rig.simulated;
    const sign = find(this, "[data-part=sign]", HTMLElement);
    setText(sign, simulated === undefined ? UNKNOWN : simulated ? "SIM" : "REAL");
    sign.dataset.rig = simulated === undefined ? "unknown" : simulated ? "sim" : "real";
    sign.title = simulated ? "A simulated arm: nothing real moves" : "A real arm: it can hurt people and things";
  }

  #count() {
    const recorder = store.state?.recorder;
    const { text, label: next } = counted(store.state);
    this.#part("count", text);
    this.#part("episode", recorder && !store.connected ? "saved, last known" : next);
  }

  /** @param {string | null} text */
  #timer(text) {
    const recorder = store.state?.recorder;
    this.#take = recorder?.take?.elapsed_s ?? 0;
    this.#take_at = performance.now();
    const timer = find(this, "[data-part=timer]", HTMLElement);
    timer.hidden = text === null;
    setText(timer, text ?? "");
    if (this.#kind !== "countdown") this.#countdown = "";
    else if (text && text !== this.#countdown) {
      this.#countdown = text;
      play("tick");
    }
  }

  /** Between two messages of the server the timer runs on by itself, at most half a second. */
  #tickTimer() {
    if (!store.connected || store.state?.recorder.phase !== "recording") return;
    const ahead = Math.min(0.5, (performance.now() - this.#take_at) / 1000);
    const state = store.state;
    const take = state.recorder.take;
    if (!take) return;
    const shown = { ...state, recorder: { ...state.recorder, take: { ...take, elapsed_s: this.#take + ahead } } };
    this.#part("timer", banner({ connected: true, state: shown }).timer ?? "");
  }

  /** @param {string} name @param {string} text */
  #part(name, text) {
    setText(find(this, `[data-part=${name}]`, HTMLElement), text);
  }

  /** @param {Kind} before @param {Kind} now */
  #sound(before, now) {
    if (now === "recording" || now === "practice") play("start");
    else if (now === "saved") play("saved");
    else if (now === "fault") play("fault");
    else if (now === "stopped") play("estop");
    else if (before === "recording" || before === "practice") play("stop");
  }
}

customElements.define("studio-banner", StudioBanner);
