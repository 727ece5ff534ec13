// Of several questions on their way only the newest one's answer may be shown: answers come in any order.

/**
 * @returns {() => () => boolean} called with each question; what it gives says later whether that is still the newest
 *
 * ```js
 * #asked = newest();
 * const stands = this.#asked();
 * const answer = await api(path);
 * if (stands()) this.#show(answer);
 * ```
 */
export function newest() {
  let last = 0;
  return () => {
    const mine = ++last;
    return () => mine === last;
  };
}
