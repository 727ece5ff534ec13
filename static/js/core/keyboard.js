// The one keyboard listener of a page: recording keys, driving keys, the stop key.

import { gate } from "../model/gate.js";
import { isTyping, pressOf, slipGuard } from "../model/keys.js";
import { act, chooseCause, emergencyStop } from "./actions.js";
import { cause } from "./cause.js";
import { driver } from "./driver.js";
import { toggleMute } from "./sound.js";
import { problem, store } from "./studio.js";

/**
 * @typedef {{swap?: () => void, why?: () => void, escape?: () => boolean, press?: (press: import("../model/keys.js").Press) => boolean}} PageKeys
 * What Tab, W and Esc mean on this page first; escape returns whether it did something. `press` sees every other key first.
 */

/**
 * @param {{operating: boolean, page: PageKeys, signal: AbortSignal}} options
 * operating: recording and driving keys work here; else only STOP, help and Esc
 */
export function listenToKeys({ operating, page, signal }) {
  addEventListener("keydown", (event) => keyDown(event, operating, page), { signal });
  addEventListener("keyup", (event) => driver.up(event.code), { signal });
}

/** @param {KeyboardEvent} event @param {boolean} operating @param {PageKeys} page */
function keyDown(event, operating, page) {
  const modal = document.querySelector("dialog[open]") !== null;
  const typing = isTyping(/** @type {any} */ (document.activeElement));
  const { key, code, ctrlKey, metaKey, altKey, repeat } = event;
  const press = pressOf({ key, code, ctrlKey, metaKey, altKey, repeat, typing: typing || (modal && key !== "Escape") });
  if (press?.action === "estop") {
    event.preventDefault();
    emergencyStop();
    return;
  }
  if (modal || typing || ctrlKey || metaKey || altKey) return;
  if (press?.action === "help") {
    dispatchEvent(new CustomEvent("studio-open", { detail: "keys-dialog" }));
    return;
  }
  if (!operating) return;
  if (repeat && code === "Space") event.preventDefault();
  if (!repeat && choosesCause(code)) {
    event.preventDefault();
    return;
  }
  if (!repeat && driver.down(code)) {
    event.preventDefault();
    const verdict = gate(store.view, "drive");
    if (!verdict.enabled && !driver.reaching) problem({ text: `${verdict.reason}.` });
    return;
  }
  if (press) carryOut(press, event, page);
}

/** A take that waits for its cause has the numbers: there is nothing left to drive in it. @param {string} code */
function choosesCause(code) {
  const number = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  const option = number && cause.options[Number(number) - 1];
  if (option) chooseCause(option);
  return Boolean(option);
}

/** @param {import("../model/keys.js").Press} press @param {KeyboardEvent} event @param {PageKeys} page */
function carryOut(press, event, page) {
  // Shift+Tab and Tab outside the pictures stay the browser's, or the page would be a trap for the keyboard.
  if (press.action === "swap") {
    if (event.shiftKey || !tabIsOurs()) return;
    event.preventDefault();
    page.swap?.();
    return;
  }
  if (press.action === "escape") {
    const phase = store.state?.recorder.phase;
    if (!page.escape?.() && phase !== "idle") act("cancel");
    return;
  }
  if (press.action === "mute") {
    toggleMute();
    return;
  }
  if (press.action === "why") {
    page.why?.();
    return;
  }
  // Space on a control that was reached by keyboard presses that control.
  if (press.action === "advance" && document.activeElement?.matches("button:focus-visible, a:focus-visible, summary:focus-visible")) return;
  event.preventDefault();
  if (page.press?.(press)) return;
  const slip = slipGuard(press, driver.held.size > 0, performance.now() - driver.released_at);
  if (slip && store.state?.lease.mine) problem({ text: `${slip}.` }, "record");
  else act(/** @type {import("../model/gate.js").Action} */ (press.action), press.outcome);
}

/** Tab swaps cameras while nothing but the page or a camera has the focus. */
function tabIsOurs() {
  const active = document.activeElement;
  return !active || active === document.body || active.closest("camera-wall") !== null || active.id === "content";
}
