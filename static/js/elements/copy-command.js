// A command to run in a terminal, with a button that copies it.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newestFirst, trainCommand } from "../model/datasets.js";

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

class TrainCommand extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    /** @type {string[]} */
    let names = [];
    try {
      /** @type {import("../model/datasets.js").Dataset[]} */
      const datasets = await api("/api/datasets");
      names = newestFirst(datasets).filter((one) => one.episodes > 0).map((one) => one.name);
    } catch {
      // The command is still worth reading without the list.
    }
    render(
      this,
      html`${names.length
          ? html`<label>Dataset <select>${names.map((name) => html`<option>${name}</option>`)}</select></label>`
          : html`<p class="quiet">No episode is recorded yet; MY_DATASET stands for its name.</p>`}
        <div class="command" data-part="command"></div>`,
    );
    const box = find(this, "[data-part=command]", HTMLElement);
    const select = this.querySelector("select");
    show(box, trainCommand(names[0] ?? "MY_DATASET"), signal);
    select?.addEventListener("change", () => show(box, trainCommand(select.value), signal), { signal });
  }
}

customElements.define("copy-command", CopyCommand);
customElements.define("train-command", TrainCommand);
