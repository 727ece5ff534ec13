// The emergency stop. It is a software stop, and says so.

import { emergencyStop } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { STOP_KEY } from "../model/keys.js";

const HONEST = "Software stop: the arm holds. It is not safety-rated; keep the arm's power switch in reach.";

class StopButton extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<button type="button" class="stop" title="${HONEST}">
          <span class="stop-disc" aria-hidden="true"></span>
          <span class="stop-text"><b>STOP</b><small>software stop</small></span><kbd>${STOP_KEY}</kbd>
        </button>`,
    );
    const stop = find(this, ".stop", HTMLButtonElement);
    // On the way down, not on release: half a second of a finger resting there is half a second of motion.
    stop.addEventListener("pointerdown", () => emergencyStop(), { signal });
    stop.addEventListener("click", () => emergencyStop(), { signal });
    store.watch(
      ["rig"],
      () => {
        const latched = store.state?.rig.phase === "stopped";
        stop.setAttribute("aria-pressed", String(latched));
        setText(find(stop, "small", HTMLElement), latched ? "arm is stopped" : "software stop");
      },
      signal,
    );
  }
}

customElements.define("stop-button", StopButton);
