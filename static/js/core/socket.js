// A WebSocket that comes back by itself. Commands carry an id, and their answer is a promise.

import { leaveIfSignedOut } from "./session.js";

/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {import("./messages.js").ReplyMessage} ReplyMessage */
/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {ClientMessage extends infer C ? C extends {type: string} ? Omit<C, "id"> : never : never} Command */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
/** A dead link is noticed by its silence; on a living one a busy studio may take this long. */
const ANSWER_MS = 30_000;
const LOOK_MS = 500;
/**
 * The server sends the arm 30 times a second; so many looks in a row that heard nothing mean that the link is dead. Looks
 * are counted, not time: a page that stood still for seconds finds what came meanwhile, and its link is whole.
 */
const SILENT_LOOKS = 6;

/** @param {string} path @param {string} client */
export function socketUrl(path, client) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${path}?client=${encodeURIComponent(client)}`;
}

export class Backoff {
  #wait = FIRST_WAIT_MS;

  next() {
    const wait = this.#wait * (0.8 + 0.4 * Math.random());
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 1.7);
    return wait;
  }

  reset() {
    this.#wait = FIRST_WAIT_MS;
  }
}

/** @param {number} id @param {string} text @param {string} todo @returns {ReplyMessage} */
const failure = (id, text, todo) => ({ type: "reply", id, ok: false, code: "connection", text, todo });

export class StudioSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #backoff = new Backoff();
  #last_id = 0;
  #silent = 0;
  /** @type {Map<number, (reply: ReplyMessage) => void>} */
  #waiting = new Map();

  /**
   * @param {string} client
   * @param {(message: ServerMessage) => void} on_message
   * @param {(open: boolean) => void} on_open
   */
  constructor(client, on_message, on_open) {
    this.client = client;
    this.on_message = on_message;
    this.on_open = on_open;
  }

  start() {
    this.#connect();
    setInterval(() => this.#check(), LOOK_MS);
    // A laptop that wakes up should not wait for the rest of a back-off.
    addEventListener("online", () => this.#socket ?? this.#connect());
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Sends a command and waits for its reply. Never rejects: a lost connection is a reply that says so.
   * @param {Command} command @returns {Promise<ReplyMessage>}
   */
  ask(command) {
    const id = ++this.#last_id;
    if (!this.open) return Promise.resolve(failure(id, "No connection to the studio.", "It reconnects by itself."));
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settle(id, failure(id, "The studio did not answer.", "Look at the state and try again.")),
        ANSWER_MS,
      );
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#socket?.send(JSON.stringify({ ...command, id }));
    });
  }

  /** Sends without wanting an answer. @param {Command} command @returns {boolean} whether it went out */
  tell(command) {
    if (!this.open) return false;
    this.#socket?.send(JSON.stringify(command));
    return true;
  }

  #connect() {
    const socket = new WebSocket(socketUrl("/ws/studio", this.client));
    this.#socket = socket;
    this.#silent = 0;
    let was_open = false;
    socket.onopen = () => {
      was_open = true;
      this.#backoff.reset();
    };
    socket.onmessage = (event) => {
      this.#silent = 0;
      const message = /** @type {ServerMessage} */ (JSON.parse(event.data));
      if (message.type === "hello") this.on_open(true);
      if (message.type === "reply" && message.id) this.#settle(message.id, message);
      else this.on_message(message);
    };
    socket.onclose = (event) => {
      leaveIfSignedOut(event.code, was_open);
      this.#lost(socket);
    };
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.on_open(false);
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, failure(id, "The connection was lost before the answer.", "Look at the state after reconnecting."));
    }
    setTimeout(() => this.#socket ?? this.#connect(), this.#backoff.next());
  }

  #check() {
    const socket = this.#socket;
    if (!socket || ++this.#silent <= SILENT_LOOKS) return;
    // A link that died without a word: do not wait for TCP to notice.
    socket.onclose = null;
    socket.close();
    this.#lost(socket);
  }

  /** @param {number} id @param {ReplyMessage} reply */
  #settle(id, reply) {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }
}
