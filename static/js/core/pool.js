// Episodes that are shown or will be next: their videos are open and stand on the first frame before anybody asks.

import { api } from "./api.js";
import { Deck } from "./deck.js";

/**
 * @typedef {{index: number, episode: import("../model/datasets.js").EpisodeDetail, deck: Deck,
 *   signals: Promise<import("../model/datasets.js").Signals>, reviews: Promise<import("../model/review.js").Reviews>}} Loaded
 */

export class EpisodePool {
  /** @type {Map<number, Promise<Loaded>>} */
  #loaded = new Map();

  /** @param {string} dataset */
  constructor(dataset) {
    this.path = `/api/datasets/${encodeURIComponent(dataset)}/episodes`;
  }

  /** @param {number} index @returns {Promise<Loaded>} */
  get(index) {
    const known = this.#loaded.get(index);
    if (known) return known;
    const loading = this.#load(index);
    this.#loaded.set(index, loading);
    loading.catch(() => this.#loaded.delete(index));
    return loading;
  }

  /** Keep these and let go of all others. @param {readonly number[]} indexes */
  keep(indexes) {
    for (const [index, loading] of this.#loaded) {
      if (indexes.includes(index)) continue;
      this.#loaded.delete(index);
      loading.then(({ deck }) => deck.close()).catch(() => {});
    }
  }

  /** @param {number} index @returns {Promise<Loaded>} */
  async #load(index) {
    const path = `${this.path}/${index}`;
    const [signals, reviews] = [api(`${path}/signals`), api(`${path}/reviews`)];
    for (const later of [signals, reviews]) later.catch(() => {}); // whoever awaits them hears of it
    const episode = await api(path);
    return { index, episode, deck: new Deck(episode), signals, reviews };
  }
}
