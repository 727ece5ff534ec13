// Beside the pictures: what the episode is, what the checks found, what people said, and the buttons to say more.

import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { operators, remember, remembered } from "../core/preferences.js";
import { formatSeconds, formatTime } from "../model/format.js";
import { opinionWords, placementWords, REASONS, verdictWords } from "../model/review.js";
import { outcomeMark } from "./episode-table.js";
import "./trim-button.js";

/** @typedef {import("../model/review.js").Reviews} Reviews */
/** @typedef {import("../model/datasets.js").EpisodeDetail} EpisodeDetail */

export class ReviewPanel extends StudioElement {
  /** @type {EpisodeDetail | null} */
  #episode = null;
  #rejecting = false;
  #trimOffered = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, markup());
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    const reviewer = find(this, "[data-part=reviewer]", HTMLInputElement);
    reviewer.value = remembered("reviewer") ?? operators()[0] ?? "";
    if (reviewer.value) remember("reviewer", reviewer.value);
    reviewer.addEventListener("change", () => remember("reviewer", reviewer.value.trim() || null), { signal });
    for (const form of this.querySelectorAll("form")) {
      form.addEventListener("submit", (event) => this.#submitted(event, form), { signal });
    }
  }

  get rejecting() {
    return this.#rejecting;
  }

  /** @param {EpisodeDetail} episode */
  show(episode) {
    this.#episode = episode;
    this.rejectWith(false);
    render(find(this, "[data-part=facts]", HTMLElement), facts(episode));
    render(find(this, "[data-part=said]", HTMLElement), html`<p class="quiet">Loading</p>`);
  }

  /** @param {Reviews} reviews */
  said(reviews) {
    const fps = this.#episode?.fps ?? 30;
    render(find(this, "[data-part=said]", HTMLElement), said(reviews, fps));
    render(find(this, "[data-part=checks]", HTMLElement), checks(reviews, Boolean(this.#episode && Object.keys(this.#episode.studio).length)));
    this.#offerTrim(reviews.standing.trim);
    for (const one of this.querySelectorAll("[data-rate-episode]")) {
      one.setAttribute("aria-pressed", String(Number(one.getAttribute("data-rate-episode")) === reviews.standing.rating));
    }
    for (const name of ["accept", "reject"]) {
      const mine = name === "accept" ? "accepted" : "rejected";
      find(this, `[data-act=${name}]`, HTMLElement).setAttribute("aria-pressed", String(reviews.standing.verdict === mine));
    }
  }

  /** A proposal to trim can be carried out at once; the job's card stays while the proposal does. @param {[number, number] | null} trim */
  #offerTrim(trim) {
    const episode = this.#episode;
    const dataset = this.closest("[dataset]")?.getAttribute("dataset") ?? "";
    const offer = trim && episode ? `${episode.index} ${trim}` : "";
    if (offer === this.#trimOffered) return;
    this.#trimOffered = offer;
    render(
      find(this, "[data-part=trim]", HTMLElement),
      trim && episode
        ? html`<trim-button dataset="${dataset}" index="${episode.index}" from="${trim[0]}" to="${trim[1]}" rows="${episode.rows}"></trim-button>`
        : html``,
    );
  }

  /** In what the episode differs from others of its cluster and kind. @param {readonly string[]} reasons */
  unlike(reasons) {
    const card = find(this, "[data-part=unlike]", HTMLElement);
    card.hidden = !reasons.length;
    render(card, html`<h2>Unlike the others</h2><ul class="check-reasons">${reasons.map((text) => html`<li>${text}</li>`)}</ul>`);
  }

  /** Opens or closes the reasons. @param {boolean} open */
  rejectWith(open) {
    this.#rejecting = open;
    find(this, "[data-part=reasons]", HTMLElement).hidden = !open;
    if (!open) find(this, "[name=reason]", HTMLInputElement).value = "";
  }

  /** The focus goes into the free text of that form. @param {"reason" | "comment"} name */
  write(name) {
    find(this, `[name=${name}]`, HTMLInputElement).focus();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.type === "submit") return;
    if (button.dataset.reason !== undefined) this.#say({ act: "reason", reason: button.dataset.reason });
    else if (button.dataset.rateEpisode) this.#say({ act: "rate", rating: Number(button.dataset.rateEpisode) });
    else if (button.dataset.undo) this.#say({ act: "take-back", id: button.dataset.undo });
    else if (button.dataset.act) this.#say({ act: button.dataset.act });
    button.blur();
  }

  /** @param {Event} event @param {HTMLFormElement} form */
  #submitted(event, form) {
    event.preventDefault();
    const field = find(form, "input", HTMLInputElement);
    const text = field.value.trim();
    field.value = "";
    field.blur();
    if (field.name === "reason") this.#say({ act: "reason", reason: text });
    else if (text) this.#say({ act: "said", comment: text });
  }

  /** @param {object} detail */
  #say(detail) {
    this.dispatchEvent(new CustomEvent("say", { detail }));
  }
}

function markup() {
  return html`<section class="card verdict-card" aria-label="Verdict">
      <div class="verdict-buttons">
        <button type="button" data-act="accept" data-right="judge" class="verdict accept" aria-pressed="false">✓ Accept <kbd>A</kbd></button>
        <button type="button" data-act="reject" data-right="judge" class="verdict reject" aria-pressed="false">✕ Reject <kbd>X</kbd></button>
      </div>
      <div data-part="reasons" class="reasons" hidden>
        <p class="quiet">Why? Press its number, <kbd>X</kbd> again for no reason, or <kbd>Esc</kbd>.</p>
        <ol>${REASONS.map((reason, i) => html`<li><button type="button" class="plain" data-reason="${reason}" data-right="judge"><kbd>${i + 1}</kbd> ${reason}</button></li>`)}</ol>
        <form><label><kbd>T</kbd> <input name="reason" data-right="judge" maxlength="200" placeholder="Another reason" aria-label="Another reason" autocomplete="off"></label><button type="submit" class="plain" data-right="judge">Reject</button></form>
      </div>
      <div class="rating" role="group" aria-label="Rating, keys 1 to 5">Rating ${[1, 2, 3, 4, 5].map((n) => html`<button type="button" data-rate-episode="${n}" data-right="judge" aria-pressed="false" aria-label="${n} of 5">${n}</button>`)}</div>
      <form class="comment"><label><kbd>C</kbd> <input name="comment" data-right="judge" maxlength="1000" placeholder="Comment" aria-label="Comment" autocomplete="off"></label></form>
      <div class="small-acts"><button type="button" class="plain" data-act="undo" data-right="judge">Undo <kbd>U</kbd></button><button type="button" class="plain" data-act="band" data-right="judge" title="Mark a recovery here; drag its ends on the time line">Recovery <kbd>R</kbd></button><button type="button" class="plain" data-act="in" data-right="judge" title="Propose to keep from here">In <kbd>I</kbd></button><button type="button" class="plain" data-act="out" data-right="judge" title="Propose to keep up to here">Out <kbd>O</kbd></button></div>
      <label class="reviewing-as">Reviewing as <input data-part="reviewer" maxlength="80" placeholder="your name" autocomplete="name"></label>
      <div data-part="trim"></div>
    </section>
    <section class="card" data-part="unlike" aria-label="Unlike the others" hidden></section>
    <section class="card" data-part="checks" aria-label="Checks"></section>
    <section class="card" data-part="said" aria-label="Opinions" aria-live="polite"></section>
    <section class="card" data-part="facts" aria-label="Facts"></section>`;
}

/** @param {Reviews} reviews @param {boolean} known */
function checks(reviews, known) {
  const words = { fail: "Checks: failed", warn: "Checks: look closer", unsure: "Checks: nothing found", ok: "Checks: nothing found" };
  const title = words[/** @type {keyof typeof words} */ (reviews.checks_level)] ?? (known ? "Not checked" : "Checks unknown");
  return html`<h2 class="check-head" data-level="${reviews.checks_level}">${title}</h2>${reviews.checks.length ? html`<ul class="check-reasons">${reviews.checks.map((text) => html`<li>${text}</li>`)}</ul>` : ""}`;
}

/** @param {Reviews} reviews @param {number} fps */
function said({ standing, opinions }, fps) {
  return html`<h2 class="verdict-head" data-verdict="${standing.verdict}">${verdictWords(standing.verdict)}${standing.disputed ? html` <small>opinions differ</small>` : ""}</h2>
    ${opinions.length ? "" : html`<p class="quiet">Nobody has said anything yet.</p>`}
    <ul class="opinions">${[...opinions].reverse().map(
      (opinion) => html`<li data-taken-back="${String(opinion.taken_back)}"><p>${opinion.taken_back ? html`<s>${opinionWords(opinion, fps)}</s>` : opinionWords(opinion, fps)}</p>
        <small>${opinion.reviewer}, ${formatTime(opinion.at)}${opinion.taken_back ? ", taken back" : ""}</small>${opinion.taken_back ? "" : html`<button type="button" class="link" data-undo="${opinion.id}" data-right="judge">take back</button>`}</li>`,
    )}</ul>`;
}

/** @param {EpisodeDetail} episode */
function facts(episode) {
  const known = Object.keys(episode.studio).length > 0;
  const say = (/** @type {string} */ name) => (known ? String(episode.studio[name] ?? "") : "") || "unknown";
  const place = placementWords(episode.studio);
  const kind = episode.kind || "unknown";
  const position = episode.studio.position;
  /** @type {[string, unknown][]} */
  const rows = [
    ["Label", episode.outcome ? outcomeMark(episode.outcome) : "unknown"],
    ["Kind", kind === "recovery" && episode.studio.recovery_cause ? `recovery: ${String(episode.studio.recovery_cause).replaceAll("_", " ")}` : kind],
    ["Cluster", say("cluster")],
    ["Position", typeof position === "number" && position >= 0 ? `${position + 1}` : "unknown"],
    ["Target", place.target],
    ["Placed", html`${place.placed}${place.off ? html`<small>${place.off}</small>` : ""}`],
    ["Length", `${formatSeconds(episode.duration_s)}, ${episode.rows} frames`],
    ["Operator", episode.operator || "unknown"],
    ["Driven by", [episode.driver, episode.input].filter(Boolean).join(", ") || "unknown"],
    ["Recorded", episode.recorded_at ? formatTime(episode.recorded_at) : "unknown"],
    ["Task", episode.task || "unknown"],
    ["In LeRobot", `index ${episode.index}`],
  ];
  return html`<h2>Facts</h2><dl class="review-facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd class="${value === "unknown" ? "quiet" : ""}">${value}</dd></div>`)}</dl>`;
}

customElements.define("review-panel", ReviewPanel);
