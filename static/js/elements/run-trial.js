// The trial that is run now, of an evaluation that a person judges; and the cause of a takeover, for the recovery episode.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { trial } from "../core/trial.js";
import { plural } from "../model/format.js";
import { RECOVERY_STARTS } from "../model/placement.js";
import { active, undecided } from "../model/policyrun.js";

class RunTrial extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    trial.addEventListener("change", () => this.#paint(), { signal });
    store.watch(["policy", "guidance"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-cause]") : null;
      if (button instanceof HTMLElement) (button.blur(), trial.chooseCause(button.dataset.cause ?? ""));
    }, { signal });
    trial.load();
  }

  #paint() {
    const run = store.state?.policy?.run;
    const planned = store.state?.guidance.causes ?? [];
    const causes = planned.length ? planned : RECOVERY_STARTS.map(({ start, text }) => ({ name: start, words: text }));
    const over = Boolean(run && (active(run) || undecided(run)) && run.takeovers > 0);
    const text = JSON.stringify([trial.name, trial.next, trial.said, trial.cause, over, causes]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = !trial.name && !over && !trial.said;
    render(this, html`${trial.name && trialMarkup()}${over && html`<h2>Why was it taken over?</h2><div class="chips" role="group" aria-label="Cause">${causes.map((one) => html`<button type="button" class="chip" data-right="drive" data-cause="${one.name}" aria-pressed="${String(one.name === trial.cause)}">${one.words}</button>`)}</div>`}${trial.said && html`<p class="quiet" role="status">${trial.said}</p>`}`);
  }
}

function trialMarkup() {
  const now = trial.next?.trial;
  const link = html`<a href="/deploy/evaluations/${encodeURIComponent(trial.name)}">${trial.name}</a>`;
  if (!trial.next) return html`<h2>${link}</h2>`;
  if (!now) return html`<h2>Every trial was run</h2><p><a class="primary" href="/deploy/evaluations/${encodeURIComponent(trial.name)}">See the results</a></p>`;
  const { place } = now;
  const where = `${place.x_cm.toFixed(1)} cm ahead, ${Math.abs(place.y_cm).toFixed(1)} cm to the ${place.y_cm < 0 ? "right" : "left"}, turned ${Math.round(place.yaw_deg)}°`;
  const simulated = store.state?.rig.simulated;
  return html`<p class="trial-count">${plural(trial.next.left, "trial")} left<small>of ${link}</small></p>
    <p>${place.cluster ? `Cluster ${place.cluster}` : "Outside the clusters"}, ${place.part.replace("_", "-")}: the object ${where}. ${simulated ? "Start puts it there." : "Put it there, then start."}</p>
    ${trial.rule && html`<p class="trial-rule"><b>Success</b> ${trial.rule}</p>`}`;
}

customElements.define("run-trial", RunTrial);
