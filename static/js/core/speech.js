// Speaks the instruction and the verdict, for whoever asked for it. Off until somebody does.

import { remember, remembered } from "./preferences.js";
import { muted } from "./sound.js";

export function canSpeak() {
  return "speechSynthesis" in window;
}

export function speaks() {
  return canSpeak() && remembered("speech") === "yes";
}

/** @param {boolean} on */
export function setSpeech(on) {
  remember("speech", on ? "yes" : "no");
  if (on) say("Speech on");
  else if (canSpeak()) speechSynthesis.cancel();
}

/** The newest words win: what was being said is no longer true. @param {string} text */
export function say(text) {
  if (!speaks() || muted() || !text) return;
  speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = "en";
  words.rate = 1.1;
  speechSynthesis.speak(words);
}
