// Where the table is: four corners clicked in the live top picture under a loupe, or a printed sheet of markers.

import "./live-camera.js";
import { api } from "../core/api.js";
import { StudioElement, every } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import * as model from "../model/calibration.js";
import { formatNumber, formatTime } from "../model/format.js";
import { outline, pictureProjection } from "../model/projection.js";

/** @typedef {{residual_mm: number, worst_mm: number, points: number, source: string, made_at: string, to_cm: number[], truth_mm: number | null}} Fit */
/** @typedef {{camera: string, width: number, height: number, known: boolean, calibration: Fit | null, age_days: number | null}} Table */

const NUDGES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const ZOOM = 8;
const LOUPE_EVERY_MS = 80;
const GRID_CM = 5;

class TableCalibration extends StudioElement {
  #corners = model.fresh();
  #active = 0;
  #dragging = false;
  /** @type {Table | null} */
  #table = null;
  /** @type {Fit | null} */
  #fit = null;
  #way = "corners";
  #failure = "";
  #saved = "";
  #asked = 0;

  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Looking at the table</p>`);
    try {
      this.#table = await api("/api/table");
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    if (!signal.aborted) this.#build(signal);
  }

  /** @param {AbortSignal} signal */
  #build(signal) {
    render(
      this,
      html`<section class="table-stage"><div class="table-picture" data-right="calibrate"><div data-part="live"></div><svg aria-label="Corners on the picture" role="group"></svg></div>
          <p class="table-next" data-part="next" role="status"></p>
          <div class="card table-result" data-part="result" aria-live="polite"></div>
          <div class="plan-save"><button type="button" class="primary" data-do="save" data-right="calibrate" aria-disabled="true">Save the calibration</button><span class="quiet" data-part="reason" role="status"></span></div></section>
        <section class="table-side">
          <div class="card" data-part="now"></div>
          <div class="segments" role="group" aria-label="How"><button type="button" data-way="corners" aria-pressed="true">Click four corners</button><button type="button" data-way="markers" aria-pressed="false">Printed markers</button></div>
          <div class="card" data-of="corners"><canvas class="loupe" width="240" height="160" role="img" aria-label="Loupe"></canvas>
            <p class="quiet">Arrows move the chosen corner by a pixel, with Shift by ten.</p>
            <table class="table-corners"><thead><tr><th>Corner</th><th>Ahead (cm)</th><th>Left (cm)</th><th class="number">Pixel</th></tr></thead><tbody>${this.#corners.map(row)}</tbody></table>
            <button type="button" class="plain" data-do="again" data-right="calibrate">Begin again</button></div>
          <div class="card" data-of="markers" hidden><p>1. <a href="/api/table/markers.svg" target="_blank" rel="noopener">Print this sheet</a> at 100 % and check its 100 mm line.</p><p>2. Lay it flat, its arrow pointing away from the arm.</p>
            <p>3. Measure where its cross lies from the arm's base.</p><div class="plan-numbers"><label>Ahead (cm) <input type="number" data-sheet="x_cm" step="0.1" value="25"></label><label>Left (cm) <input type="number" data-sheet="y_cm" step="0.1" value="0"></label><label>Turned (°) <input type="number" data-sheet="yaw_deg" step="0.5" value="0"></label></div>
            <button type="button" class="plain" data-do="find" data-right="calibrate">Find the markers</button></div></section>`,
    );
    const svg = find(this, "svg", SVGSVGElement);
    svg.setAttribute("viewBox", `0 0 ${this.#table?.width} ${this.#table?.height}`);
    svg.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.#dragging && this.#put(this.#active, this.#pixel(event)), { signal });
    for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => this.#drop(), { signal });
    svg.addEventListener("keydown", (event) => this.#nudge(event), { signal });
    this.addEventListener("click", (event) => this.#do(event), { signal });
    this.addEventListener("change", (event) => this.#typed(event), { signal });
    store.watch(["cameras"], () => this.#picture(), signal);
    every(LOUPE_EVERY_MS, () => this.#loupe(), signal);
    this.#paint();
  }

  #picture() {
    const camera = store.state?.cameras.find((one) => one.name === this.#table?.camera);
    const box = find(this, "[data-part=live]", HTMLElement);
    if (camera && !box.firstElementChild) render(box, html`<live-camera class="main" name="${camera.name}" index="${camera.index}"></live-camera>`);
  }

  /** @param {PointerEvent} event @returns {[number, number]} a place in the picture, to a quarter of a pixel */
  #pixel(event) {
    const svg = find(this, "svg", SVGSVGElement);
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
    return [Math.round(4 * x) / 4, Math.round(4 * y) / 4];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (this.#way !== "corners" || event.button > 0) return;
    const hit = /** @type {Element} */ (event.target).closest("[data-corner]")?.getAttribute("data-corner");
    const next = model.nextToClick(this.#corners);
    if (hit == null && next < 0) return;
    event.preventDefault();
    this.#active = hit == null ? next : Number(hit);
    this.#dragging = true;
    find(this, "svg", SVGSVGElement).setPointerCapture(event.pointerId);
    if (hit == null) this.#put(this.#active, this.#pixel(event));
    else this.#paint();
  }

  #drop() {
    if (!this.#dragging) return;
    this.#dragging = false;
    this.#try();
    this.#focus(this.#active);
  }

  /** A mark that is painted anew stays the one that the arrows move. @param {number} index */
  #focus(index) {
    /** @type {SVGGElement | null} */ (this.querySelector(`[data-corner="${index}"]`))?.focus({ preventScroll: true });
  }

  /** @param {number} index @param {[number, number]} px */
  #put(index, [x, y]) {
    const { width = 1, height = 1 } = this.#table ?? {};
    this.#corners = model.withPixel(this.#corners, index, [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))]);
    this.#fit = null;
    this.#paint();
  }

  /** @param {KeyboardEvent} event */
  #nudge(event) {
    const step = NUDGES[/** @type {keyof typeof NUDGES} */ (event.key)];
    const index = /** @type {Element} */ (event.target).closest("[data-corner]")?.getAttribute("data-corner");
    const px = index == null ? null : this.#corners[Number(index)].px;
    if (!step || !px) return;
    event.preventDefault();
    const by = event.shiftKey ? 10 : 1;
    this.#active = Number(index);
    this.#put(this.#active, [px[0] + by * step[0], px[1] + by * step[1]]);
    this.#try();
  }

  /** @param {Event} event */
  #typed(event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.dataset.axis) return;
    this.#corners = model.withCm(this.#corners, Number(input.dataset.index), /** @type {"x_cm" | "y_cm"} */ (input.dataset.axis), input.valueAsNumber);
    this.#try();
  }

  /** @param {Event} event */
  #do(event) {
    const target = /** @type {Element} */ (event.target);
    const way = target.closest("[data-way]")?.getAttribute("data-way");
    if (way) {
      this.#way = way;
      this.#fit = null;
      this.#failure = "";
      this.#paint();
      return;
    }
    switch (target.closest("[data-do]:not([aria-disabled=true])")?.getAttribute("data-do")) {
      case "again":
        this.#corners = model.fresh().map((one, i) => ({ ...one, x_cm: this.#corners[i].x_cm, y_cm: this.#corners[i].y_cm }));
        this.#active = 0;
        this.#fit = null;
        this.#failure = "";
        this.#paint();
        break;
      case "find":
        this.#send(false);
        break;
      case "save":
        this.#send(true);
        break;
    }
  }

  #try() {
    this.#saved = "";
    if (model.request(this.#corners)) this.#send(false);
    else this.#paint();
  }

  /** @param {boolean} save */
  async #send(save) {
    const asked = ++this.#asked;
    const path = this.#way === "corners" ? "/api/table/corners" : "/api/table/markers";
    const body = this.#way === "corners" ? { corners: model.request(this.#corners), save } : { ...this.#sheet(), save };
    try {
      const fit = await api(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
      if (asked !== this.#asked) return;
      this.#fit = fit;
      this.#failure = "";
      if (save) {
        this.#saved = "Saved.";
        this.#table = await api("/api/table");
      }
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#fit = null;
      this.#failure = /** @type {Error} */ (error).message;
    }
    this.#paint();
  }

  #sheet() {
    const value = (/** @type {string} */ name) => find(this, `[data-sheet=${name}]`, HTMLInputElement).valueAsNumber || 0;
    return { x_cm: value("x_cm"), y_cm: value("y_cm"), yaw_deg: value("yaw_deg") };
  }

  #paint() {
    const table = this.#table;
    if (!table) return;
    for (const one of this.querySelectorAll("[data-of]")) /** @type {HTMLElement} */ (one).hidden = /** @type {HTMLElement} */ (one).dataset.of !== this.#way;
    for (const one of this.querySelectorAll("[data-way]")) one.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (one).dataset.way === this.#way));
    const next = this.#way === "corners" ? model.guidance(this.#corners, { fit: this.#fit, failure: this.#failure }) : this.#fit ? "Does the grid lie on the table? Then save it." : "Lay the sheet, then let the studio find it.";
    setText(find(this, "[data-part=next]", HTMLElement), next);
    const focused = document.activeElement?.closest("table-calibration [data-corner]")?.getAttribute("data-corner");
    render(find(this, "svg", SVGSVGElement), html`${this.#grid()}${this.#way === "corners" ? this.#marks() : ""}`);
    if (focused) this.#focus(Number(focused));
    this.#corners.forEach((one, i) => setText(find(this, `[data-pixel="${i}"]`, HTMLElement), one.px ? `${one.px[0]}, ${one.px[1]}` : "-"));
    this.#paintNow(table);
    this.#paintResult(table);
  }

  /** Lines every five centimetres, drawn back on the picture by the fit (or by the calibration that is in force). */
  #grid() {
    const [table, fit] = [this.#table, this.#fit ?? this.#table?.calibration];
    if (!table || !fit) return "";
    const projection = pictureProjection({ width: table.width, height: table.height, to_cm: fit.to_cm });
    const lines = [];
    for (let x = 10; x <= 40; x += GRID_CM) lines.push(outline(projection, [[x, -20], [x, 20]]));
    for (let y = -20; y <= 20; y += GRID_CM) lines.push(outline(projection, [[10, y], [40, y]]));
    const [tx, ty] = projection.toPx([25, 0]);
    return html`${lines.map((points) => html`<polyline class="table-grid" points="${points}"/>`)}<text class="table-label" x="${tx + 4}" y="${ty - 6}">25 cm ahead</text>`;
  }

  #marks() {
    return this.#corners.map((one, i) => {
      if (!one.px) return "";
      const [x, y] = one.px;
      return html`<g class="table-mark" data-corner="${i}" data-active="${i === this.#active}" tabindex="0" role="button" aria-label="${one.name} corner, pixel ${x}, ${y}">
        <circle class="plan-grip" cx="${x}" cy="${y}" r="22"/><path d="M${x - 12} ${y}H${x - 3}M${x + 3} ${y}H${x + 12}M${x} ${y - 12}V${y - 3}M${x} ${y + 3}V${y + 12}"/><circle class="table-ring" cx="${x}" cy="${y}" r="9"/><text class="table-label" x="${x + 13}" y="${y - 10}">${one.name}</text></g>`;
    });
  }

  /** @param {Table} table */
  #paintNow(table) {
    const now = table.calibration;
    const words = table.known
      ? html`<p><b>This rig knows its own table.</b> <span class="quiet">Calibrate by hand to see how near that comes; nothing is saved.</span></p>`
      : now
        ? html`<p><b>Calibrated ${formatTime(now.made_at)}</b> <span class="quiet">by ${now.source}, ${now.points} points, off by ${formatNumber(now.residual_mm, 1, "mm")} (worst ${formatNumber(now.worst_mm, 1, "mm")}).</span></p>`
        : html`<p><b>Not calibrated.</b> <span class="quiet">Targets cannot be drawn and the object is not measured.</span></p>`;
    render(find(this, "[data-part=now]", HTMLElement), words);
  }

  /** @param {Table} table */
  #paintResult(table) {
    const box = find(this, "[data-part=result]", HTMLElement);
    box.hidden = !this.#fit && !this.#failure;
    box.dataset.level = this.#failure ? "block" : "ok";
    const fit = this.#fit;
    if (this.#failure) render(box, html`<span class="light" aria-hidden="true"></span><p>${this.#failure}</p>`);
    else if (fit) {
      render(box, html`<span class="light" aria-hidden="true"></span><p><b>Off by ${formatNumber(fit.residual_mm, 1, "mm")}</b> over ${fit.points} points, worst ${formatNumber(fit.worst_mm, 1, "mm")}.
        ${fit.truth_mm === null ? "" : html`<span class="quiet">At most ${formatNumber(fit.truth_mm, 1, "mm")} from what the simulator knows, anywhere in reach.</span>`}</p>`);
    }
    const blocked = table.known ? "This rig knows its own table." : !fit ? "There is no fit to save yet." : "";
    find(this, "[data-do=save]", HTMLButtonElement).setAttribute("aria-disabled", String(Boolean(blocked)));
    setText(find(this, "[data-part=reason]", HTMLElement), this.#saved || blocked);
  }

  /** The live picture around the chosen corner, eight times as large. */
  #loupe() {
    const source = this.querySelector("live-camera canvas");
    const canvas = find(this, ".loupe", HTMLCanvasElement);
    const context = canvas.getContext("2d");
    const px = this.#corners[this.#active]?.px;
    if (!(source instanceof HTMLCanvasElement) || !context || canvas.offsetParent === null) return;
    context.imageSmoothingEnabled = false;
    context.fillStyle = "#07090b";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (!px || !this.#table) return;
    const [w, h] = [canvas.width / ZOOM, canvas.height / ZOOM];
    const scale = source.width / this.#table.width;
    context.drawImage(source, (px[0] + 0.5) * scale - w / 2, (px[1] + 0.5) * scale - h / 2, w, h, 0, 0, canvas.width, canvas.height);
    context.strokeStyle = "#ffd21f";
    context.beginPath();
    context.moveTo(canvas.width / 2, 0);
    context.lineTo(canvas.width / 2, canvas.height);
    context.moveTo(0, canvas.height / 2);
    context.lineTo(canvas.width, canvas.height / 2);
    context.stroke();
  }
}

/** @param {model.Corner} corner @param {number} i */
function row(corner, i) {
  return html`<tr><th scope="row">${corner.name}</th><td><input type="number" step="0.1" data-axis="x_cm" data-index="${i}" value="${corner.x_cm}" aria-label="${corner.name}, ahead, cm"></td>
    <td><input type="number" step="0.1" data-axis="y_cm" data-index="${i}" value="${corner.y_cm}" aria-label="${corner.name}, left, cm"></td><td class="number" data-pixel="${i}">-</td></tr>`;
}

customElements.define("table-calibration", TableCalibration);
