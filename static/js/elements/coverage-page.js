// The coverage page: its address is what it shows; it asks for aggregates, hands them to its parts, and follows a recording.

import "./coverage-map.js";
import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { LAYERS, queryOf, searchOf, selectionOf } from "../model/coverage.js";
import { formatCount } from "../model/format.js";
import { CoverageMap } from "./coverage-map.js";
import { legend } from "./coverage-legend.js";
import { changed, filterBar } from "./coverage-filters.js";
import { nextPlacement, putClustersFirst, recordNext, totalsMarkup, weakestMarkup } from "./coverage-side.js";
import { differencesMarkup, tables } from "./coverage-tables.js";
import { selectionMarkup } from "./coverage-selection.js";

/** @typedef {import("../model/coverage.js").Answer} Answer */
/** @typedef {import("../model/coverage.js").Area} Area */

const POLL_MS = 3000;

class CoveragePage extends StudioElement {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {Area | null} */
  #area = null;
  /** @type {import("./coverage-map.js").Path[]} */
  #paths = [];
  #picture = localStorage.getItem("understudy.coverage.picture") === "yes";
  #wantsPaths = false;
  #episodes = -1;
  /** @type {string[]} */
  #others = [];
  #asked = newest();
  #askedSelection = newest();
  #askedPaths = newest();
  #follow = oneByOne(() => this.#look());

  get #name() {
    return this.getAttribute("dataset") ?? "";
  }

  get #query() {
    return queryOf(this.#name, location.search);
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, FRAME(this.#name));
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("coverage-brush", (event) => this.#brush(/** @type {CustomEvent} */ (event).detail), { signal });
    addEventListener("keydown", (event) => event.key === "Escape" && this.#area && this.#brush(null), { signal });
    addEventListener("popstate", () => this.#load(), { signal });
    store.watch(["guidance", "recorder"], () => this.#live(), signal);
    every(POLL_MS, () => this.#follow(), signal);
    this.#load();
    this.#names();
  }

  async #names() {
    try {
      this.#others = (await api("/api/datasets")).map((/** @type {{name: string}} */ one) => one.name).filter((/** @type {string} */ name) => name !== this.#name);
    } catch {
      this.#others = [];
    }
    this.#paint();
  }

  async #load() {
    const stands = this.#asked();
    try {
      /** @type {Answer} */
      const answer = await api(`/api/coverage?${this.#query}`);
      if (!stands()) return;
      this.#answer = answer;
      setText(this.#part("problem"), "");
      this.#paint();
      if (this.#wantsPaths) await this.#loadPaths();
      await this.#select();
    } catch (error) {
      if (stands()) setText(this.#part("problem"), /** @type {Error} */ (error).message);
    }
  }

  /** A change by anybody else: asked for by a stamp, so that nothing is read while nothing changes, nor twice at once. */
  async #look() {
    if (!this.#answer || document.hidden || !store.connected) return;
    const asked = new URLSearchParams(this.#query.getAll("dataset").map((name) => ["dataset", name]));
    const { version } = await api(`/api/coverage/version?${asked}`).catch(() => ({ version: this.#answer?.version }));
    if (version !== this.#answer.version) await this.#load();
  }

  /** Of what the operators do: the next placement, and a reload as soon as a take is saved. */
  #live() {
    const saved = store.state?.recorder.saved_episodes ?? -1;
    const here = store.state?.recorder.dataset === this.#name;
    if (here && this.#episodes >= 0 && saved !== this.#episodes) this.#load();
    this.#episodes = here ? saved : -1;
    this.#paintLive();
  }

  #paint() {
    if (!this.#answer) return;
    const { survey, ground } = this.#answer;
    const query = this.#query;
    render(this.#part("layers"), layerButtons(survey.layer));
    render(this.#part("filters"), filterBar(survey, query, this.#others));
    render(this.#part("differences"), differencesMarkup(survey));
    render(this.#part("tools"), toolsMarkup(ground, this.#picture, this.#wantsPaths));
    render(this.#part("said"), saidMarkup(this.#answer));
    render(this.#part("totals"), totalsMarkup(survey));
    render(this.#part("weakest"), weakestMarkup(survey));
    render(this.#part("tables"), tables(survey));
    this.#paintMap();
    this.#paintLive();
  }

  #paintMap() {
    if (!this.#answer) return;
    const over = { picture: this.#picture && this.#answer.ground.picture, paths: this.#paths, area: this.#area, ghost: ghostOf(this.#name) };
    find(this, "coverage-map", CoverageMap).show(this.#answer, over);
  }

  #paintLive() {
    if (!this.#answer) return;
    render(this.#part("next"), nextPlacement(this.#name, this.#answer.survey));
    render(this.#part("gaps"), recordNext(this.#name, this.#answer.survey));
    const ghost = JSON.stringify(ghostOf(this.#name));
    if (ghost !== this.dataset.ghost) {
      this.dataset.ghost = ghost;
      this.#paintMap();
    }
  }

  /** @param {Area | null} area */
  async #brush(area) {
    this.#area = area;
    this.#paintMap();
    await this.#select();
  }

  async #select() {
    const stands = this.#askedSelection();
    if (!this.#area) {
      render(this.#part("selection"), html``);
      return;
    }
    const asked = selectionOf(this.#query, this.#area);
    try {
      const [answer, listing] = await Promise.all([api(`/api/coverage?${asked}`), api(`/api/coverage/episodes?${asked}&limit=200`)]);
      if (stands()) render(this.#part("selection"), selectionMarkup(answer.survey, listing));
    } catch (error) {
      if (stands()) setText(this.#part("problem"), /** @type {Error} */ (error).message);
    }
  }

  async #loadPaths() {
    const stands = this.#askedPaths();
    try {
      const found = await api(`/api/coverage/paths?${selectionOf(this.#query, this.#area)}`);
      if (!stands()) return;
      this.#paths = found.paths;
      setText(this.#part("paths-said"), found.why_none || `The hand's path of ${found.paths.length} of ${formatCount(found.of)} episodes.`);
    } catch (error) {
      if (stands()) setText(this.#part("paths-said"), /** @type {Error} */ (error).message);
    }
    this.#paintMap();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { layer, drop, first, tool } = button.dataset;
    if (layer) this.#go((query) => query.set("layer", layer));
    else if (drop) this.#go((query) => dropOne(query, drop, button.dataset.value ?? ""));
    else if (first) putClustersFirst(this.#name, first.split("\n"), button);
    else if (tool === "picture") this.#setPicture(!this.#picture);
    else if (tool === "paths") this.#setPaths(!this.#wantsPaths);
    else if (tool === "clear") this.#brush(null);
  }

  /** @param {Event} event */
  #changed(event) {
    const control = event.target;
    if (control instanceof HTMLSelectElement || control instanceof HTMLInputElement) {
      const { name, value } = control;
      if (value) this.#go((query) => changed(query, name, value));
    }
  }

  /** @param {(query: URLSearchParams) => void} change */
  #go(change) {
    const query = this.#query;
    change(query);
    history.pushState(null, "", location.pathname + searchOf(query));
    this.#load();
  }

  /** @param {boolean} on */
  #setPicture(on) {
    this.#picture = on;
    localStorage.setItem("understudy.coverage.picture", on ? "yes" : "no");
    this.#paint();
  }

  /** @param {boolean} on */
  #setPaths(on) {
    this.#askedPaths(); // what is still on its way is no longer wanted
    this.#wantsPaths = on;
    this.#paths = [];
    setText(this.#part("paths-said"), on ? "Working out the hand's paths." : "");
    this.#paint();
    if (on) this.#loadPaths();
  }

  /** @param {string} name */
  #part(name) {
    return find(this, `[data-part=${name}]`, HTMLElement);
  }
}

/** @param {string} name */
const FRAME = (name) => html`
  <header class="coverage-head">
    <nav class="trail" aria-label="Where you are"><a href="/datasets">Datasets</a><a href="/datasets/${encodeURIComponent(name)}">${name}</a></nav>
    <h1>Coverage</h1>
    <div class="segments layers" role="group" aria-label="What the map shows" data-part="layers"></div>
  </header>
  <p class="form-problem" role="alert" data-part="problem"></p>
  <div data-part="filters"></div>
  <div data-part="differences"></div>
  <div class="coverage-body">
    <div class="coverage-left">
      <coverage-map></coverage-map>
      <div class="map-foot">${legend()}<div class="map-tools" data-part="tools"></div></div>
      <p class="map-said" data-part="said"></p>
      <p class="map-said" data-part="paths-said" role="status"></p>
    </div>
    <aside class="coverage-side">
      <section class="card next" data-part="next" aria-live="polite"></section>
      <section class="card" data-part="totals"></section>
      <section class="card" data-part="gaps"></section>
      <section class="card" data-part="weakest"></section>
    </aside>
  </div>
  <div data-part="selection"></div>
  <div class="coverage-tables" data-part="tables"></div>`;

/** @param {string} shown */
const layerButtons = (shown) =>
  html`${LAYERS.map(([layer, words]) => html`<button type="button" data-layer="${layer}" aria-pressed="${String(layer === shown)}">${words}</button>`)}`;

/** @param {Answer["ground"]} ground @param {boolean} picture @param {boolean} paths */
function toolsMarkup(ground, picture, paths) {
  const why = ground.picture ? ground.words : ground.why_none;
  return html`<button type="button" class="chip" data-tool="picture" aria-pressed="${String(picture && ground.picture)}" ${ground.picture ? "" : html`disabled`} title="${why}">Picture below</button>
    <button type="button" class="chip" data-tool="paths" aria-pressed="${String(paths)}" title="Where the hand went, worked out from the recorded joints">Hand's paths</button>`;
}

/** What the map leaves out is said beside it. @param {Answer} answer */
function saidMarkup({ survey, ground }) {
  const { marks, scale, layer } = survey;
  const drawn = marks.x_cm.length;
  const said = [];
  if (!survey.known) said.push("This dataset was not recorded by the studio: places, operators, labels and checks of its episodes are unknown.");
  else if (survey.known < survey.total) said.push(`${formatCount(survey.total - survey.known)} of ${formatCount(survey.total)} episodes carry none of the studio's facts.`);
  if (drawn < marks.of) said.push(`${formatCount(drawn)} of ${formatCount(marks.of)} marks are drawn, spread evenly so that no place is left out; counts and colours are of all.`);
  if (marks.unplaced && survey.known) said.push(`Of ${formatCount(marks.unplaced)} it is not known where the object lay.`);
  if (!survey.has_plan) said.push("There is no plan, so there are no clusters to fill.");
  else if (survey.without_cluster) said.push(`${formatCount(survey.without_cluster)} lie outside every cluster.`);
  if (layer === "progress") said.push(survey.has_plan ? "Clusters fill from below with the takes that the plan asks for." : "");
  else if (scale.names.length) said.push(`${scale.words}, by initial.`);
  else if (scale.low !== null) said.push(`${scale.words}: pale ${scale.low} ${scale.unit}, full ${Math.round((scale.high ?? 0) * 10) / 10} ${scale.unit}. Squares are 2 cm wide.`);
  else said.push(`${scale.words}: nothing is known.`);
  if (!ground.picture && survey.known) said.push(ground.why_none);
  return html`${said.filter(Boolean).join(" ")}`;
}

/** @param {string} name @returns {import("./coverage-map.js").Ghost | null} */
function ghostOf(name) {
  const guidance = store.state?.guidance;
  const target = guidance?.dataset === name ? guidance.target : null;
  return target && target.place_needed ? { ...target.place, words: target.request } : null;
}

/** @param {URLSearchParams} query @param {string} key @param {string} value */
function dropOne(query, key, value) {
  const left = query.getAll(key).filter((one) => one !== value);
  query.delete(key);
  for (const one of left) query.append(key, one);
}

customElements.define("coverage-page", CoveragePage);
