// The page's one studio: socket, store and clock, started by the page's entry file and used by its elements.

import { ClockOffset } from "../model/age.js";
import { clientId } from "./identity.js";
import { StudioSocket } from "./socket.js";
import { Store } from "./store.js";

/** @typedef {import("./socket.js").Command} Command */
/** @typedef {import("./messages.js").ReplyMessage} ReplyMessage */

export const store = new Store();
export const clock = new ClockOffset();
const scene = new EventTarget();
const PING_EVERY_MS = 1000;
const QUICK_PINGS = 5;

/** @type {StudioSocket | null} */
let socket = null;
/** @type {(client: string) => void} */
let started = () => {};
/** The tab's id, once it is settled. @type {Promise<string>} */
export const client = new Promise((resolve) => {
  started = resolve;
});

/** @type {() => void} */
let answered = () => {};
/** The first try to connect has ended, well or not. @type {Promise<void>} */
export const tried = new Promise((resolve) => {
  answered = resolve;
});

/** Connects this page to the studio. */
export async function start() {
  const id = await clientId();
  socket = new StudioSocket(
    id,
    (message) => {
      if (message.type === "pong") clock.add(message.client_ms, performance.now(), message.server_ns);
      else if (message.type === "reply") problem(message);
      else if (message.type === "scene") scene.dispatchEvent(new CustomEvent("poses", { detail: message.bodies }));
      else store.take(message);
    },
    (open) => {
      store.connection(open);
      answered();
      if (open) for (let i = 0; i < QUICK_PINGS; i += 1) setTimeout(ping, i * 40);
    },
  );
  socket.start();
  setInterval(ping, PING_EVERY_MS);
  started(id);
}

function ping() {
  socket?.tell({ type: "ping", client_ms: performance.now() });
}

/** The simulated scene's poses, as they come. @param {(bodies: any[]) => void} take @param {AbortSignal} signal */
export function watchScene(take, signal) {
  scene.addEventListener("poses", (event) => take(/** @type {CustomEvent} */ (event).detail), { signal });
}

/**
 * A button may be painted, and pressed, before the page's first connection stands: then it is waited for. Once there was
 * one, a command never waits: what was meant before a break is not carried out after it.
 * @param {Command} command @returns {Promise<ReplyMessage>}
 */
export async function ask(command) {
  if (!store.connected) await tried;
  if (socket) return socket.ask(command);
  return { type: "reply", id: 0, ok: false, code: "connection", text: "Not connected yet.", todo: "" };
}

/** @param {Command} command */
export function tell(command) {
  return socket?.tell(command) ?? false;
}

/**
 * A refusal is shown where the action was: elements listen for this event and say it in their own place.
 * @param {{text: string, todo?: string, code?: string}} reply @param {string} [about]
 */
export function problem(reply, about = "drive") {
  const text = [reply.text, reply.todo].filter(Boolean).join(" ");
  dispatchEvent(new CustomEvent("studio-problem", { detail: { text, about } }));
}

/** Asks, and reports a refusal at `about`. @param {Command} command @param {string} about */
export async function perform(command, about) {
  const reply = await ask(command);
  if (!reply.ok) problem(reply, about);
  return reply;
}
