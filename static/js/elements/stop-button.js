// The emergency stop, and its reset. It is a software stop, and says so.

import { act, emergencyStop } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
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
        </button>
        <button type="button" class="stop-reset" hidden title="Let the arm move again">
          <span class="stop-text"><b>Reset</b><small>arm is stopped</small></span>
        </button>`,
    );
    const stop = find(this, ".stop", HTMLButtonElement);
    const reset = find(this, ".stop-reset", HTMLButtonElement);
    // On the way down, not on release: half a second of a finger resting there is half a second of motion.
    stop.addEventListener("pointerdown", () => emergencyStop(), { signal });
    stop.addEventListener("click", () => emergencyStop(), { signal });
    reset.addEventListener("click", () => act("reset"), { signal });
    store.watch(
      ["rig"],
      () => {
        const latched = store.state?.rig.phase === "stopped";
        stop.hidden = latched;
        reset.hidden = !latched;
      },
      signal,
    );
  }
}

customElements.define("stop-button", StopButton);
