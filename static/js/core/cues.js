// Plays and speaks what guidance and checks have to say.

import { heard, known } from "../model/cues.js";
import { play } from "./sound.js";
import { say } from "./speech.js";
import { store } from "./studio.js";

/** @param {AbortSignal} signal */
export function listenForCues(signal) {
  /** @type {import("../model/cues.js").Known | null} */
  let before = null;
  store.watch(
    ["guidance", "checks", "recorder"],
    () => {
      if (!store.connected || !store.state) {
        before = null;
        return;
      }
      const news = heard(before, store.state);
      before = known(store.state);
      if (news?.cue) play(news.cue);
      if (news?.say) say(news.say);
    },
    signal,
  );
}
