// The review page: one episode after the other, by keyboard, without loading a page in between.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";
import { EpisodePool } from "../core/pool.js";
import { remembered } from "../core/preferences.js";
import { addBand, bandsOf } from "../model/bands.js";
import { isTyping } from "../model/keys.js";
import { lastOwn, neighbour, ORDERS, pressOf, progress, trimmed, unlikeFirst, verdictWords } from "../model/review.js";
import { EpisodePlots } from "./episode-plots.js";
import { ReplayCard } from "./replay-card.js";
import { ReviewPanel } from "./review-panel.js";
import { ReviewPlayer } from "./review-player.js";

/** @typedef {import("../core/pool.js").Loaded} Loaded */
/** @typedef {import("../model/review.js").Reviews} Reviews */

class EpisodeView extends StudioElement {
  #pool = new EpisodePool("");
  /** @type {import("../model/review.js").Entry[]} */
  #entries = [];
  /** @type {Loaded | null} */
  #shown = null;
  /** @type {Reviews | null} */
  #reviews = null;
  /** What was said since the page was opened, newest last. @type {{index: number, id: string, words: string}[]} */
  #said = [];
  /** Reviews are sent one after the other. @type {Promise<void>} */
  #sending = Promise.resolve();
  #wanted = 0;
  #askedQueue = newest();
  /** The page's first queue, until it is there. @type {Promise<unknown> | null} */
  #queue = null;

  get #dataset() {
    return this.getAttribute("dataset") ?? "";
  }

  get #reviewer() {
    return remembered("reviewer") || "local";
  }

  /** @param {AbortSignal} signal */
  async start(signal) {
    this.#pool = new EpisodePool(this.#dataset);
    render(this, markup(this.#dataset));
    this.#listen(signal);
    const index = Number(this.getAttribute("index"));
    const showing = this.#go(index, "replace");
    this.#queue = this.#loadQueue();
    await this.#queue;
    this.#queue = null;
    await showing;
    this.#preload();
    this.#player.line.causes = await causesOf(this.#dataset);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    addEventListener("keydown", (event) => this.#key(event), { signal });
    addEventListener("popstate", () => this.#go(Number(location.pathname.split("/").pop()), "stay"), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("change", (event) => this.#picked(event), { signal });
    this.#player.addEventListener("time", (event) => this.#plots.at(/** @type {CustomEvent} */ (event).detail), { signal });
    this.#plots.addEventListener("seek", (event) => this.#player.seek(Math.floor(/** @type {CustomEvent} */ (event).detail * this.#player.clock.fps + 1e-6)), { signal });
    this.#player.line.addEventListener("bands", (event) => this.#say({ spans: /** @type {CustomEvent} */ (event).detail }, "recovery marked"), { signal });
    this.#panel.addEventListener("say", (event) => this.#act(/** @type {CustomEvent} */ (event).detail), { signal });
  }

  get #player() {
    return find(this, "review-player", ReviewPlayer);
  }

  get #panel() {
    return find(this, "review-panel", ReviewPanel);
  }

  get #plots() {
    return find(this, "[data-part=signals]", EpisodePlots);
  }

  // ---- going from one to the next ----

  /** @returns {Promise<boolean>} whether it is still the order that is wanted */
  async #loadQueue() {
    const stands = this.#askedQueue();
    const asked = new URLSearchParams(location.search);
    if (!asked.has("order")) asked.set("order", remembered("review-order") ?? (asked.has("episodes") || asked.has("uuids") ? "recorded" : "unreviewed"));
    find(this, "[name=order]", HTMLSelectElement).value = asked.get("order") ?? "unreviewed";
    const path = `/api/datasets/${encodeURIComponent(this.#dataset)}`;
    const unlike = asked.get("order") === "outliers";
    if (unlike) asked.set("order", "recorded");
    try {
      const { entries } = await api(`${path}/reviews/queue?${asked}`);
      const ordered = unlike ? unlikeFirst(entries, await this.#outliers(path, stands)) : entries;
      if (!stands()) return false;
      this.#entries = ordered;
    } catch (error) {
      if (!stands()) return false;
      this.#problem(error);
    }
    this.#paintQueue();
    return true;
  }

  /** Measured a second at a time; how far it is stands in the receipt. @param {string} path @param {() => boolean} stands */
  async #outliers(path, stands) {
    for (;;) {
      const found = await api(`${path}/outliers`);
      if (!stands()) return [];
      if (found.measured >= found.episodes) {
        this.#receipt(`${found.outliers.length} of ${found.judged} episodes are unlike the others${found.few ? `; ${found.few} have too few of their like to be judged` : ""}.`);
        return found.outliers;
      }
      this.#receipt(`Measuring movements: ${found.measured} of ${found.episodes} episodes.`);
    }
  }

  /** @param {number} index @param {"replace" | "push" | "stay"} history */
  async #go(index, history) {
    this.#wanted = index;
    performance.mark("episode-asked");
    try {
      const loaded = await this.#pool.get(index);
      if (this.#wanted !== index) return;
      this.#show(loaded, history);
      await loaded.deck.pictured;
      performance.measure("first-picture", "episode-asked");
      if (this.#wanted !== index) return;
      this.dataset.pictured = String(index);
      this.#preload();
      const signals = await loaded.signals;
      if (this.#shown !== loaded) return;
      this.#player.mark(signals);
      this.#plots.show(signals);
      this.#heard(await loaded.reviews, loaded);
    } catch (error) {
      if (this.#wanted === index) this.#problem(error);
    }
  }

  /** @param {Loaded} loaded @param {"replace" | "push" | "stay"} history */
  #show(loaded, history) {
    this.#shown = loaded;
    this.#reviews = null;
    delete this.dataset.pictured;
    const path = `/datasets/${encodeURIComponent(this.#dataset)}/episodes/${loaded.index}${location.search}`;
    if (history === "push") window.history.pushState(null, "", path);
    document.title = `Episode ${loaded.index + 1}, ${this.#dataset} - Understudy`;
    setText(find(this, "h1 span", HTMLElement), `Episode ${loaded.index + 1}`);
    this.#player.show(loaded);
    this.#panel.show(loaded.episode);
    find(this, "replay-card", ReplayCard).show(loaded, this.#pool.path);
    this.#panel.unlike(this.#entries.find(({ index }) => index === loaded.index)?.unlike ?? []);
    const other = neighbour(this.#entries, loaded.index, -1) ?? neighbour(this.#entries, loaded.index, 1);
    find(this, "[data-part=compare]", HTMLAnchorElement).href = `/datasets/${encodeURIComponent(this.#dataset)}/compare?a=${loaded.index}&b=${other?.index ?? loaded.index}`;
    this.#paintQueue();
  }

  #preload() {
    const shown = this.#shown;
    if (!shown) return;
    const near = [neighbour(this.#entries, shown.index, 1), neighbour(this.#entries, shown.index, -1)].flatMap((entry) => (entry && entry.index !== shown.index ? [entry.index] : []));
    this.#pool.keep([shown.index, this.#wanted, ...near]);
    for (const index of near) this.#pool.get(index).catch(() => {});
  }

  /** @param {1 | -1} by @param {number} [from] the episode after which to go */
  #turn(by, from = this.#wanted) {
    if (this.#queue) return void this.#queue.then(() => this.#turn(by, from)); // what comes next is not known yet
    const next = this.#shown && neighbour(this.#entries, from, by);
    if (!next) this.#receipt(by > 0 ? "That was the last of this queue." : "That is the first of this queue.");
    else this.#go(next.index, "push");
  }

  /** @param {Reviews} reviews @param {Loaded} loaded */
  #heard(reviews, loaded) {
    const entry = this.#entries.find(({ index }) => index === loaded.index);
    if (entry) Object.assign(entry, { verdict: reviews.standing.verdict, disputed: reviews.standing.disputed, rating: reviews.standing.rating });
    this.#paintQueue();
    loaded.reviews = Promise.resolve(reviews);
    if (this.#shown !== loaded) return;
    this.#reviews = reviews;
    this.#panel.said(reviews);
    this.#player.line.trim = reviews.standing.trim;
    if (reviews.standing.spans) this.#player.line.bands = reviews.standing.spans;
    else {
      const cause = String(loaded.episode.studio.recovery_cause ?? "");
      loaded.signals.then(({ recovery }) => this.#reviews === reviews && (this.#player.line.bands = bandsOf(recovery, cause))).catch(() => {});
    }
  }

  // ---- saying something ----

  /**
   * Sends what is said about the shown episode; it counts for that one also when the page has gone on.
   * @param {object} body @param {string} words for the receipt
   */
  #say(body, words) {
    const loaded = this.#shown;
    if (!loaded) return;
    this.#sending = this.#sending.then(async () => {
      try {
        const { key } = await loaded.reviews;
        const reviews = await api(`${this.#pool.path}/${loaded.index}/reviews`, post({ key, reviewer: this.#reviewer, ...body }));
        this.#said.push({ index: loaded.index, id: reviews.opinions[reviews.opinions.length - 1].id, words });
        this.#heard(reviews, loaded);
        this.#receipt(`Episode ${loaded.index + 1}: ${words}. U takes it back.`);
      } catch (error) {
        this.#problem(error, `Episode ${loaded.index + 1} was not reviewed. `);
      }
    });
  }

  #undo() {
    this.#sending = this.#sending.then(async () => {
      const last = this.#said.pop();
      const own = this.#reviews && lastOwn(this.#reviews.opinions, this.#reviewer);
      if (last) await this.#takeBack(last.index, last.id, last.words);
      else if (own && this.#shown) await this.#takeBack(this.#shown.index, own.id, verdictWords(own.verdict).toLowerCase());
      else this.#receipt("There is nothing of yours to take back here.");
    });
  }

  /** @param {number} index @param {string} id @param {string} words */
  async #takeBack(index, id, words) {
    try {
      const reviews = await api(`${this.#pool.path}/${index}/reviews/${id}/undo`, post({ reviewer: this.#reviewer }));
      this.#said = this.#said.filter((one) => one.id !== id);
      const loaded = await this.#pool.get(index);
      this.#heard(reviews, loaded);
      if (this.#wanted !== index) this.#go(index, "push");
      this.#receipt(`Taken back: episode ${index + 1}, ${words}.`);
    } catch (error) {
      this.#problem(error);
    }
  }

  /** @param {any} press what a key or a button asks for */
  #act(press) {
    const player = this.#player;
    switch (press.act) {
      case "accept":
        this.#say({ verdict: "accepted" }, "accepted");
        return this.#turn(1, this.#shown?.index);
      case "reject":
        return this.#panel.rejectWith(true);
      case "reason":
        this.#say({ verdict: "rejected", reason: press.reason }, press.reason ? `rejected, ${press.reason.toLowerCase()}` : "rejected");
        this.#panel.rejectWith(false);
        return this.#turn(1, this.#shown?.index);
      case "rate":
        return this.#say({ rating: press.rating }, `rated ${press.rating} of 5`);
      case "said":
        return this.#say({ comment: press.comment }, "comment kept");
      case "comment":
        return this.#panel.write("comment");
      case "text":
        return this.#panel.write("reason");
      case "undo":
        return this.#undo();
      case "take-back":
        return void (this.#sending = this.#sending.then(() => this.#takeBack(this.#shown?.index ?? 0, press.id, "one opinion")));
      case "go":
        return this.#turn(press.by);
      case "play":
        return player.toggle();
      case "step":
        return player.step(press.frames);
      case "end":
        return player.seek(press.to === "first" ? 0 : player.clock.rows - 1);
      case "speed":
        return player.changeSpeed(press.by);
      case "loop":
        return player.toggleLoop();
      case "view":
        return player.nextView();
      case "band":
        player.line.bands = addBand(player.line.bands, player.frame, player.clock.rows, player.clock.fps);
        return this.#say({ spans: player.line.bands }, "recovery marked");
      case "in":
      case "out":
        player.line.trim = trimmed(player.line.trim, press.act, player.frame, player.clock.rows);
        return this.#say({ trim: player.line.trim }, press.act === "in" ? "keep from here" : "keep up to here");
      case "escape":
        return this.#panel.rejectWith(false);
    }
  }

  // ---- the page ----

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (document.querySelector("dialog[open]")) return;
    const active = /** @type {any} */ (document.activeElement);
    const typing = isTyping(active);
    if (typing && event.key === "Escape") return active.blur();
    const { key, shiftKey, ctrlKey, metaKey, altKey, repeat } = event;
    if (key === " " && active?.matches?.("button:focus-visible, a:focus-visible, summary:focus-visible")) return;
    const press = pressOf({ key, shiftKey, ctrlKey, metaKey, altKey, repeat, typing }, this.#panel.rejecting);
    if (!press) return;
    if (press.act !== "escape") event.preventDefault();
    this.#act(press);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-turn]") : null;
    if (button instanceof HTMLElement) {
      this.#turn(button.dataset.turn === "1" ? 1 : -1);
      button.blur();
    }
  }

  /** @param {Event} event */
  async #picked(event) {
    if (!(event.target instanceof HTMLSelectElement) || event.target.name !== "order") return;
    const asked = new URLSearchParams(location.search);
    asked.set("order", event.target.value);
    if (event.target.value === "second") asked.set("seed", String(Math.floor(performance.timeOrigin) % 100_000));
    history.replaceState(null, "", `${location.pathname}?${asked}`);
    event.target.blur();
    if (!(await this.#loadQueue())) return;
    if (this.#entries.length) this.#go(this.#entries[0].index, "push");
    else if (event.target.value === "second") this.#receipt("Nothing was decided yet, so there is nothing for a second look.");
    else if (event.target.value !== "outliers") this.#receipt("This queue is empty.");
  }

  #paintQueue() {
    const { accepted, rejected, left, total } = progress(this.#entries);
    const at = this.#entries.findIndex(({ index }) => index === this.#wanted);
    setText(find(this, "[data-part=queue]", HTMLElement), total ? `${at < 0 ? "not in this queue" : `${at + 1} of ${total}`} · ${accepted} accepted, ${rejected} rejected, ${left} to review` : "");
    for (const [turn, there] of [["1", at < 0 ? total > 0 : at + 1 < total], ["-1", at > 0]]) {
      const button = find(this, `[data-turn="${turn}"]`, HTMLButtonElement);
      button.disabled = !there;
      button.title = there ? "" : turn === "1" ? "This is the last of the queue" : "This is the first of the queue";
    }
  }

  /** @param {string} text */
  #receipt(text) {
    const place = find(this, "[data-part=receipt]", HTMLElement);
    place.classList.remove("bad");
    setText(place, text);
  }

  /** @param {unknown} error @param {string} [before] */
  #problem(error, before = "") {
    const place = find(this, "[data-part=receipt]", HTMLElement);
    place.classList.add("bad");
    setText(place, before + /** @type {Error} */ (error).message);
  }
}

/** @param {object} body @returns {RequestInit} */
const post = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** What a recovery can come from; nothing where the dataset has no plan. @param {string} dataset @returns {Promise<string[]>} */
async function causesOf(dataset) {
  try {
    const { plan } = await api(`/api/datasets/${encodeURIComponent(dataset)}/plan`);
    return (plan?.causes ?? []).map((/** @type {{name: string}} */ cause) => cause.name);
  } catch {
    return [];
  }
}

/** @param {string} dataset */
function markup(dataset) {
  return html`<header class="review-head"><h1><span></span></h1><p data-part="queue" class="quiet"></p>
      <label class="order">Order <select name="order">${Object.entries(ORDERS).map(([value, words]) => html`<option value="${value}">${words}</option>`)}</select></label>
      <div class="chips"><a class="plain" data-part="compare" title="Beside the one before it in this queue">Compare</a><button type="button" class="plain" data-turn="-1">Previous <kbd>K</kbd></button><button type="button" class="plain" data-turn="1">Next <kbd>J</kbd></button></div></header>
    <p data-part="receipt" class="review-receipt" role="status"></p>
    <div class="review"><div class="review-left"><review-player></review-player><h2 class="plots-head">Signals</h2><episode-plots data-part="signals"></episode-plots><replay-card class="card"></replay-card></div><review-panel dataset="${dataset}"></review-panel></div>`;
}

customElements.define("episode-view", EpisodeView);
