// What this page knows: the whole state on connect, then one section at a time. null means unknown.

/** @typedef {import("./messages.js").StudioState} StudioState */
/** @typedef {import("./messages.js").ArmSample} ArmSample */
/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {import("../model/gate.js").View} View */
/** @typedef {keyof StudioState | "connection"} Section */

export class Store {
  /** @type {StudioState | null} */
  state = null;
  /** @type {ArmSample | null} */
  arm = null;
  connected = false;
  /** @type {Date | null} when the connection was lost */
  lost_at = null;
  #events = new EventTarget();

  /** @returns {View} */
  get view() {
    return { connected: this.connected, state: this.state };
  }

  /** @param {ServerMessage} message */
  take(message) {
    if (message.type === "hello") {
      this.state = message.state;
      this.#tell(...Object.keys(message.state));
    } else if (message.type === "changed" && this.state) {
      this.state = { ...this.state, [message.section]: message.value };
      this.#tell(message.section);
    } else if (message.type === "arm") {
      this.arm = message;
      this.#tell("arm");
    }
  }

  /** @param {boolean} connected */
  connection(connected) {
    if (this.connected === connected && (connected || this.lost_at)) return;
    this.connected = connected;
    this.lost_at = connected ? null : new Date();
    if (!connected) this.arm = null;
    this.#tell("connection");
  }

  /**
   * Calls `paint` now, and once after each message that changed one of the sections or the connection.
   * @param {Section[]} sections @param {() => void} paint @param {AbortSignal} signal
   */
  watch(sections, paint, signal) {
    let due = false;
    const schedule = () => {
      if (due) return;
      due = true;
      queueMicrotask(() => {
        due = false;
        if (!signal.aborted) paint();
      });
    };
    for (const name of [...sections, "connection"]) this.#events.addEventListener(name, schedule, { signal });
    paint();
  }

  /** @param {(sample: ArmSample) => void} heard @param {AbortSignal} signal */
  onArm(heard, signal) {
    this.#events.addEventListener("arm", () => this.arm && heard(this.arm), { signal });
  }

  /** @param {...string} names */
  #tell(...names) {
    for (const name of names) this.#events.dispatchEvent(new Event(name));
  }
}
