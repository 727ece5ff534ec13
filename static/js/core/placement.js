// New placements of the simulator's bag, and what this page knows of where it lies.

import { randomPlacement, TRIES } from "../model/placement.js";
import { ask } from "./studio.js";

/** @typedef {import("../model/placement.js").Placement} Placement */
/** @typedef {import("../model/placement.js").Start} Start */

/** Where this page last put the bag; null while it does not know. @type {Placement | null} */
let placed = null;

/** @returns {Placement | null} */
export const lastPlacement = () => placed;

/** The bag is about to be moved by somebody else. */
export function forgetPlacement() {
  placed = null;
}

/**
 * Puts the whole scene into `start` at a random place; a place that is refused is drawn anew.
 * @param {Start} start @returns {Promise<import("./messages.js").ReplyMessage>} the last answer
 */
export async function placeAnew(start) {
  let reply;
  let place;
  for (let tried = 0; tried < TRIES && !reply?.ok; tried += 1) {
    place = randomPlacement(Math.random);
    reply = await ask({ type: "place", ...place, start });
  }
  // Only from the usual start does the bag lie still where it was put.
  if (reply?.ok) placed = start === "nominal" && place ? place : null;
  return /** @type {import("./messages.js").ReplyMessage} */ (reply);
}
