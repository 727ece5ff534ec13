// The shown episode on the arm: started here, followed here, and how far the arm was from what was recorded.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";
import { formatTime } from "../model/format.js";
import { trackingError } from "../model/signals.js";
import { EpisodePlots } from "./episode-plots.js";

/** @typedef {{dataset: string, index: number, phase: "ramping" | "running" | "done" | "ended", reason: string, row: number, rows: number, samples: import("../model/signals.js").ReplaySample[]}} Replay */
const ASK_MS = 250;
const WHAT_IT_DOES = "The arm ramps to the first state, then follows the episode's commands. Anybody who takes control ends it, and STOP works.";

export class ReplayCard extends StudioElement {
  /** @type {import("../core/pool.js").Loaded | null} */
  #shown = null;
  #path = "";
  /** @type {import("../model/signals.js").ReplaySample[]} */
  #samples = [];
  #signal = new AbortController().signal;
  #following = newest();

  /** @param {AbortSignal} signal */
  start(signal) {
    this.#signal = signal;
    render(
      this,
      html`<div class="replay-head"><h2>On the arm</h2><button type="button" class="plain" data-replay data-right="drive">Replay on the arm</button><button type="button" class="plain" data-end data-right="drive" hidden>End the replay</button></div>
        <p data-part="replay" class="quiet" role="status">${WHAT_IT_DOES}</p><episode-plots hidden></episode-plots>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
  }

  /** At once, so that the button never means the episode before. @param {import("../core/pool.js").Loaded} loaded @param {string} path */
  async show(loaded, path) {
    if (this.#shown?.index !== loaded.index) {
      this.#samples = [];
      find(this, "episode-plots", EpisodePlots).hidden = true;
      this.#say(WHAT_IT_DOES);
    }
    this.#shown = loaded;
    this.#path = `${path}/${loaded.index}`;
    try {
      await loaded.deck.pictured; // whoever turns the pages quickly is not asked about each
      if (this.#shown !== loaded) return;
      const running = await api("/api/replay");
      if (this.#shown !== loaded) return;
      if (running && running.index === loaded.index && ["ramping", "running"].includes(running.phase)) return void this.#follow();
      const [last] = await api(`${this.#path}/replays`);
      if (this.#shown !== loaded || !last) return;
      this.#samples = last.samples;
      setText(find(this, "[data-part=replay]", HTMLElement), `Replayed by ${last.by}, ${formatTime(last.at)}${last.reason ? `; ended: ${last.reason}` : ""}.`);
      this.#plot();
    } catch (error) {
      if (this.#shown === loaded) this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    button.blur();
    try {
      if (button.dataset.end !== undefined) await api("/api/replay/end", { method: "POST" });
      else {
        await api(`${this.#path}/replay`, { method: "POST" });
        this.#samples = [];
        await this.#follow();
      }
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  async #follow() {
    const [start, end] = ["[data-replay]", "[data-end]"].map((one) => find(this, one, HTMLButtonElement));
    const stands = this.#following();
    start.hidden = true;
    end.hidden = false;
    for (let going = true; going && !this.#signal.aborted; ) {
      /** @type {Replay} */
      const replay = await api(`/api/replay?since=${this.#samples.length}`);
      if (!stands()) return;
      if (replay.index !== this.#shown?.index) break;
      this.#samples.push(...replay.samples);
      going = replay.phase === "ramping" || replay.phase === "running";
      this.#say(phaseWords(replay));
      this.#plot();
      if (going) await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
    start.hidden = false;
    end.hidden = true;
  }

  async #plot() {
    const shown = this.#shown;
    if (!shown || !this.#samples.length) return;
    const signals = await shown.signals;
    if (this.#shown !== shown) return;
    const plots = find(this, "episode-plots", EpisodePlots);
    plots.hidden = false;
    plots.plot(signals.time_s, [trackingError(signals, this.#samples)]);
  }

  /** @param {string} text */
  #say(text) {
    setText(find(this, "[data-part=replay]", HTMLElement), text);
  }
}

/** @param {Replay} replay */
function phaseWords({ phase, reason, row, rows }) {
  return {
    ramping: "The arm goes to the episode's first state.",
    running: `Replaying: frame ${row + 1} of ${rows}.`,
    done: `Replayed to the end, ${rows} frames.`,
    ended: `Ended at frame ${Math.max(0, row + 1)} of ${rows}: ${reason}`,
  }[phase];
}

customElements.define("replay-card", ReplayCard);
