// How old a picture is, and when a silent camera must look dead.

/** A picture older than this is shown as stale. The issue allows 300 ms; the timer below adds up to 50. */
export const STALE_AFTER_MS = 240;
export const CHECK_EVERY_MS = 50;

/**
 * The offset between the server's monotonic clock and performance.now(), from the ping with the
 * shortest round trip: the shorter it was, the less it can be wrong (by at most half of it).
 */
export class ClockOffset {
  /** @type {number | null} server minus client, ms */
  offset_ms = null;
  /** @type {number} */
  #best_rtt = Infinity;

  /** @param {number} sent_ms @param {number} received_ms @param {number} server_ns */
  add(sent_ms, received_ms, server_ns) {
    const rtt = received_ms - sent_ms;
    // A slow drift of the two clocks must not pin an old measurement for ever.
    this.#best_rtt *= 1.05;
    if (rtt < 0 || rtt > this.#best_rtt) return;
    this.#best_rtt = Math.max(rtt, 0.05);
    this.offset_ms = server_ns / 1e6 - (sent_ms + rtt / 2);
  }

  /** @param {number} stamp_ms on the server's clock @param {number} now_ms @returns {number | null} */
  age(stamp_ms, now_ms) {
    return this.offset_ms === null ? null : Math.max(0, now_ms + this.offset_ms - stamp_ms);
  }
}

/**
 * @typedef {{stale: boolean, stamp: string, age: string}} Freshness
 * @param {number | null} drawn_at when the last picture was drawn, performance.now() ms; null: never
 * @param {number | null} age_then its age at that moment; null: clock not compared yet
 * @param {number} now @returns {Freshness}
 */
export function freshness(drawn_at, age_then, now) {
  if (drawn_at === null) return { stale: true, stamp: "NO PICTURE", age: "-" };
  const silent = now - drawn_at;
  const age = silent + (age_then ?? 0);
  if (age > STALE_AFTER_MS) return { stale: true, stamp: `STALE ${stamp(age / 1000)}`, age: "-" };
  return { stale: false, stamp: "", age: age_then === null ? "-" : `${Math.round(age_then)} ms` };
}

/** @param {number} seconds */
function stamp(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min`;
}

/** Pictures per second over the last two seconds; null until two were drawn. */
export class Rate {
  /** @type {number[]} */
  #times = [];

  /** @param {number} now_ms */
  add(now_ms) {
    this.#times.push(now_ms);
    if (this.#times.length > 256) this.#times.shift();
  }

  /** @param {number} now_ms @returns {number | null} */
  value(now_ms) {
    while (this.#times.length && now_ms - this.#times[0] > 2000) this.#times.shift();
    const n = this.#times.length;
    return n < 2 ? null : ((n - 1) * 1000) / Math.max(1, this.#times[n - 1] - this.#times[0]);
  }
}
