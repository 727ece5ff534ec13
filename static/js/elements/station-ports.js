// Step 1: which adapter is whose. By name, or by pulling one out and seeing which goes.

import { api } from "../core/api.js";
import { every } from "../core/element.js";
import { html } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { station } from "../core/station.js";
import { changes } from "../model/station.js";
import { StationPanel } from "./station-panel.js";

const LOOK_EVERY_MS = 700;

class StationPorts extends StationPanel {
  /** @type {import("../model/station.js").Port[]} */
  #before = [];
  #watching = false;
  /** The port that was seen to go, and then to come back. */
  #found = "";
  #away = false;
  /** An older answer after a newer one would be an adapter that goes and comes back. */
  #look = oneByOne(() => this.#compare());

  /** @param {AbortSignal} signal */
  start(signal) {
    super.start(signal);
    every(LOOK_EVERY_MS, () => this.#look(), signal);
  }

  async #compare() {
    if (!station.seen) return;
    const now = await api("/api/setup/ports").catch(() => null);
    if (!now || this.signal.aborted) return;
    const { gone } = changes(this.#before.length ? this.#before : station.seen.ports, now);
    const { come } = changes(station.seen.ports, now);
    if (this.#watching && gone.length === 1) {
      this.#found = gone[0].path;
      this.#away = true;
    }
    if (this.#away && now.some((/** @type {{path: string}} */ port) => port.path === this.#found)) {
      this.#away = false;
      this.#watching = false;
    }
    this.#before = now;
    station.seen.ports = now;
    if (gone.length || come.length) this.paint();
    this.#settle();
  }

  #settle() {
    const { follower, leader } = station.draft;
    if (follower.port && !station.done.has("ports") && follower.port !== leader.port) station.finish("ports");
  }

  markup() {
    const ports = station.seen?.ports ?? [];
    return html`<div class="choices"><button type="button" class="plain" data-do="watch" aria-pressed="${String(this.#watching)}">${this.#watching ? "Waiting: pull one adapter out" : "Find by unplugging"}</button>
        <span class="quiet" role="status">${this.#words()}</span></div>
      ${ports.length
        ? html`<table class="station-table"><thead><tr><th>Adapter</th><th>USB id, serial</th><th>Now</th><th>It is the</th></tr></thead><tbody>${ports.map((port) => this.#row(port))}</tbody></table>`
        : html`<p class="empty">No adapter is plugged in. Plug an arm's USB cable in: it appears here by itself.</p>`}`;
  }

  /** @param {import("../model/station.js").Port} port */
  #row(port) {
    const { follower, leader } = station.draft;
    const role = port.path === follower.port ? "follower" : port.path === leader.port ? "leader" : "";
    const button = (/** @type {string} */ one, /** @type {string} */ label) =>
      html`<button type="button" class="plain" data-do="${one}" data-path="${port.path}" aria-pressed="${String(role === one)}">${label}</button>`;
    return html`<tr data-found="${String(port.path === this.#found)}"><td><b>${port.adapter}</b><small>${port.path}</small></td>
      <td>${[port.vendor && `${port.vendor}:${port.product}`, port.serial].filter(Boolean).join(", ") || "-"}</td><td>${port.device.replace("/dev/", "")}</td>
      <td class="nowrap">${button("follower", "Follower")} ${button("leader", "Leader")}</td></tr>`;
  }

  #words() {
    if (this.#watching) return this.#away ? "That one. Plug it in again." : "";
    return this.#found ? "The marked one was pulled out and is back. Say whose it is." : "";
  }

  /** @param {string} what @param {HTMLElement} button */
  done(what, button) {
    if (what === "watch") {
      this.#watching = !this.#watching;
      this.#found = "";
      this.#away = false;
      this.paint();
      return;
    }
    const role = /** @type {"follower" | "leader"} */ (what);
    const other = role === "follower" ? "leader" : "follower";
    const path = button.dataset.path ?? "";
    const draft = station.draft;
    draft[role].port = draft[role].port === path ? "" : path;
    if (draft[other].port === path) draft[other].port = "";
    station.keep();
    this.#settle();
  }
}

customElements.define("station-ports", StationPorts);
