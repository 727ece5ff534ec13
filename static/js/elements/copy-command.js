// A command to run in a terminal, with a button that copies it.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";

const SAID_MS = 2500;

/** @param {HTMLElement} box @param {string} command @param {AbortSignal} signal */
function show(box, command, signal) {
  render(box, html`<pre tabindex="0">${command}</pre><button type="button" class="plain">Copy</button>`);
  const button = find(box, "button", HTMLButtonElement);
  button.addEventListener(
    "click",
    async () => {
      try {
        await navigator.clipboard.writeText(command);
        setText(button, "Copied");
      } catch {
        getSelection()?.selectAllChildren(find(box, "pre", HTMLPreElement));
        setText(button, "Selected: press Ctrl+C");
      }
      setTimeout(() => setText(button, "Copy"), SAID_MS);
    },
    { signal },
  );
}

class CopyCommand extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    show(this, this.textContent?.trim() ?? "", signal);
  }
}

customElements.define("copy-command", CopyCommand);
