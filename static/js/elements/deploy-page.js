// What the Deploy page holds now: an empty studio is told what to do first, anything else gets the steps in their order.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import "./evaluation-list.js";
import "./evaluation-start.js";
import "./export-list.js";
import "./export-progress.js";
import "./export-start.js";
import "./pipeline-view.js";

class DeployPage extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    try {
      const [choices, exports] = await Promise.all([api("/api/exports/choices"), api("/api/exports")]);
      if (signal.aborted) return;
      const search = new URLSearchParams(location.search);
      if (choices.runs.length || exports.length || search.has("path")) {
        render(this, steps());
        // Without an export yet, or where one was asked for, that is what comes next.
        find(this, "[data-part=export]", HTMLDetailsElement).open = !exports.length || search.has("path") || search.has("run");
        find(this, "[data-part=evaluate]", HTMLDetailsElement).open = search.has("policy");
      }
      else render(this, first(choices.datasets.length > 0));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

function steps() {
  return html`<export-progress hidden></export-progress>
    <div class="list-head"><h2>Results</h2><a class="primary" href="/deploy/run">Run a policy on the arm</a></div><evaluation-list></evaluation-list>
    <details class="run-more" data-part="evaluate"><summary>Evaluate policies on the clusters</summary><evaluation-start></evaluation-start></details>
    <pipeline-view></pipeline-view>
    <export-list></export-list>
    <details class="run-more" data-part="export"><summary>Export a policy</summary><export-start></export-start></details>`;
}

/** @param {boolean} recorded */
function first(recorded) {
  const [words, href, label] = recorded
    ? ["A policy is trained first: then it is exported here, put on the arm and scored.", "/train", "Train one"]
    : ["A policy learns from episodes: record some, train on them, and put the policy on the arm here.", "/record", "Record the first episode"];
  return html`<div class="empty card"><p>${words}</p><a class="primary" href="${href}">${label}</a><a href="/deploy?path">Export a checkpoint that lies on this machine</a></div>`;
}

customElements.define("deploy-page", DeployPage);
