// What every element of ours shares: a signal that ends its listeners when it leaves the page.

export class StudioElement extends HTMLElement {
  #leaving = new AbortController();

  connectedCallback() {
    this.#leaving = new AbortController();
    this.start(this.#leaving.signal);
  }

  disconnectedCallback() {
    this.#leaving.abort();
  }

  /** @param {AbortSignal} _signal */
  start(_signal) {}
}

/**
 * A timer that ends with the signal.
 * @param {number} ms @param {() => void} tick @param {AbortSignal} signal
 */
export function every(ms, tick, signal) {
  const timer = setInterval(tick, ms);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
