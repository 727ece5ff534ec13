// What the Deploy page holds now: an empty studio is told what to do first, anything else gets the steps in their order.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import "./export-list.js";
import "./export-progress.js";
import "./export-start.js";

class DeployPage extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    try {
      const [choices, exports] = await Promise.all([api("/api/exports/choices"), api("/api/exports")]);
      if (signal.aborted) return;
      if (choices.runs.length || exports.length || new URLSearchParams(location.search).has("path")) render(this, steps());
      else render(this, first(choices.datasets.length > 0));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

function steps() {
  return html`<export-list></export-list><export-progress hidden></export-progress><h2>Export a policy</h2><export-start></export-start>`;
}

/** @param {boolean} recorded */
function first(recorded) {
  const [words, href, label] = recorded
    ? ["A policy is trained first: then it is exported here, put on the arm and scored.", "/train", "Train one"]
    : ["A policy learns from episodes: record some, train on them, and put the policy on the arm here.", "/record", "Record the first episode"];
  return html`<div class="empty card"><p>${words}</p><a class="primary" href="${href}">${label}</a><a href="/deploy?path">Export a checkpoint that lies on this machine</a></div>`;
}

customElements.define("deploy-page", DeployPage);
