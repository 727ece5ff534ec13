// One job: its name, a bar, how far it is in words, its log, and the way to end it. `<job-card job="ID">`.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { ended, figures, sentence, sign } from "../model/jobs.js";

const LOG_MS = 2000;
const LOG_LINES = 200;

class JobCard extends StudioElement {
  /** @type {import("../core/messages.js").JobSummary | null} */
  #job = null;
  #links = "";
  #asked = false;
  #readLog = oneByOne(() => this.#log());

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<article class="job-card" data-tone="grey">
        <header><b data-part="title"></b><span class="job-state" data-part="state"></span></header>
        <progress max="1" aria-label="Progress"></progress>
        <p class="job-text" data-part="text" role="status"></p>
        <p class="job-figures" data-part="figures"></p>
        <div class="job-links" data-part="links"></div>
        <p class="form-problem" role="alert" hidden></p>
        <footer>
          <details><summary>Log</summary>
            <label class="job-search"><span>Find in the log</span><input type="search" maxlength="200" autocomplete="off" spellcheck="false"></label>
            <pre tabindex="0" aria-label="Log"></pre><small data-part="log-note"></small>
          </details>
          <span class="job-cancel"><button type="button" class="plain" data-ask data-right="curate">Cancel…</button>
            <span data-part="really" hidden>End it? What it had begun is cleared away.
              <button type="button" class="danger" data-yes>End it</button><button type="button" class="plain" data-no>Go on</button></span></span>
        </footer>
      </article>`,
    );
    store.watch(["jobs"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    find(this, "details", HTMLDetailsElement).addEventListener("toggle", () => this.#readLog(), { signal });
    find(this, "input", HTMLInputElement).addEventListener("input", () => this.#readLog(), { signal });
    every(LOG_MS, () => this.#job && !ended(this.#job) && this.#readLog(), signal);
  }

  get #id() {
    return this.getAttribute("job") ?? "";
  }

  #paint() {
    const job = store.state?.jobs.find((one) => one.id === this.#id) ?? this.#job;
    if (!job) {
      if (store.state) this.#ask();
      return;
    }
    const over = ended(job);
    if (over && this.#job && !ended(this.#job)) this.#readLog();
    this.#job = job;
    const { word, tone, glyph } = sign(job);
    find(this, "article", HTMLElement).dataset.tone = tone;
    setText(this.#part("title"), job.title);
    setText(this.#part("state"), `${glyph} ${word}`);
    setText(this.#part("text"), sentence(job));
    setText(this.#part("figures"), figures(job).join(" · "));
    const bar = find(this, "progress", HTMLProgressElement);
    bar.hidden = over || job.state === "queued";
    if (job.fraction === null) bar.removeAttribute("value");
    else bar.value = job.fraction;
    find(this, ".job-cancel", HTMLElement).hidden = over || job.cancelling;
    const links = JSON.stringify(job.links);
    if (links === this.#links) return;
    this.#links = links;
    render(this.#part("links"), html`${job.links.filter((link) => link.url !== location.pathname).map((link) => html`<a class="plain" href="${link.url}">${link.label}</a>`)}`);
  }

  /** The studio's state holds the latest jobs only. */
  async #ask() {
    if (this.#asked || !this.#id) return;
    this.#asked = true;
    try {
      this.#job = (await api(`/api/jobs/${encodeURIComponent(this.#id)}`)).job;
      this.#paint();
    } catch {
      this.hidden = true; // its folder is gone, and there is nothing to say of it
    }
  }

  /** @param {string} name */
  #part(name) {
    return find(this, `[data-part=${name}]`, HTMLElement);
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const asking = button.dataset.ask !== undefined;
    this.#part("really").hidden = !asking;
    find(this, "[data-ask]", HTMLElement).hidden = asking;
    if (asking) find(this, "[data-no]", HTMLElement).focus();
    if (button.dataset.yes === undefined) return;
    try {
      await api(`/api/jobs/${encodeURIComponent(this.#id)}/cancel`, { method: "POST" });
    } catch (error) {
      const box = find(this, ".form-problem", HTMLElement);
      box.hidden = false;
      setText(box, error instanceof Error ? error.message : String(error));
    }
  }

  async #log() {
    if (!find(this, "details", HTMLDetailsElement).open) return;
    const search = find(this, "input", HTMLInputElement).value;
    const box = find(this, "pre", HTMLElement);
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
    try {
      const page = await api(`/api/jobs/${encodeURIComponent(this.#id)}/log?limit=${LOG_LINES}&search=${encodeURIComponent(search)}`);
      setText(box, page.lines.map((/** @type {{text: string}} */ line) => line.text).join("\n") || (search ? "No line holds that." : "Nothing yet."));
      setText(this.#part("log-note"), page.total > page.lines.length ? `The last ${page.lines.length} of ${page.total} lines` : "");
      if (atEnd) box.scrollTop = box.scrollHeight;
    } catch (error) {
      setText(box, error instanceof Error ? error.message : String(error));
    }
  }
}

customElements.define("job-card", JobCard);
