// What stands around every page: sidebar, theme, sound, connection, list of keys.

import { StudioElement, every } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { remember } from "../core/preferences.js";
import { muted, toggleMute } from "../core/sound.js";
import { canSpeak, setSpeech, speaks } from "../core/speech.js";
import { store } from "../core/studio.js";

class ThemeToggle extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain"></button>`);
    const button = find(this, "button", HTMLButtonElement);
    const paint = () => setText(button, document.documentElement.dataset.theme === "light" ? "Theme: light" : "Theme: dark");
    button.addEventListener(
      "click",
      () => {
        const next = document.documentElement.dataset.theme === "light" ? "dark" : "light";
        document.documentElement.dataset.theme = next;
        remember("theme", next);
      },
      { signal },
    );
    addEventListener("studio-preference", paint, { signal });
    paint();
  }
}

class MuteToggle extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain"></button>`);
    const button = find(this, "button", HTMLButtonElement);
    const paint = () => {
      setText(button, muted() ? "Sound: off" : "Sound: on");
      button.setAttribute("aria-pressed", String(!muted()));
    };
    button.addEventListener("click", toggleMute, { signal });
    addEventListener("studio-preference", paint, { signal });
    paint();
  }
}

class SpeechToggle extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain"></button>`);
    const button = find(this, "button", HTMLButtonElement);
    const paint = () => {
      setText(button, speaks() ? "Speech: on" : "Speech: off");
      button.setAttribute("aria-pressed", String(speaks()));
      button.setAttribute("aria-disabled", String(!canSpeak()));
      button.title = canSpeak() ? "Speaks the instruction and the verdict" : "This browser has no voice";
    };
    button.addEventListener("click", () => canSpeak() && setSpeech(!speaks()), { signal });
    addEventListener("studio-preference", paint, { signal });
    paint();
  }
}

class ConnectionBar extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    this.setAttribute("role", "alert");
    const paint = () => {
      // The first second of a page is not a lost connection.
      const lost = !store.connected && store.lost_at !== null && Date.now() - store.lost_at.getTime() > 400;
      this.hidden = !lost;
      if (!lost || !store.lost_at) return;
      const ago = Math.max(1, Math.round((Date.now() - store.lost_at.getTime()) / 1000));
      const time = store.lost_at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
      setText(this, `No connection since ${time} (${ago} s). This page reconnects by itself; the arm holds, a running take goes on.`);
    };
    store.watch([], paint, signal);
    every(500, paint, signal);
  }
}

/**
 * The drawer that the sidebar is while operating.
 * @param {AbortSignal} signal @returns {() => boolean} closes it, and says whether it was open
 */
export function sidebar(signal) {
  /** Closes the drawer. @returns {boolean} whether it was open */
  const close = () => {
    const was = document.body.classList.contains("sidebar-open");
    if (was) open(false);
    return was;
  };
  const menu = document.querySelector(".menu");
  const nav = document.getElementById("sidebar");
  const open = (/** @type {boolean} */ on) => {
    document.body.classList.toggle("sidebar-open", on);
    menu?.setAttribute("aria-expanded", String(on));
    if (on) nav?.querySelector("a")?.focus();
    else if (nav?.contains(document.activeElement)) backToPage();
  };
  menu?.addEventListener("click", () => open(!document.body.classList.contains("sidebar-open")), { signal });
  document.querySelector("[data-close-sidebar]")?.addEventListener("click", () => open(false), { signal });
  addEventListener(
    "click",
    (event) => {
      const opener = event.target instanceof Element ? event.target.closest("[data-open]") : null;
      if (!opener) return;
      open(false);
      dispatchEvent(new CustomEvent("studio-open", { detail: opener.getAttribute("data-open") }));
    },
    { signal },
  );
  return close;
}

customElements.define("theme-toggle", ThemeToggle);
customElements.define("mute-toggle", MuteToggle);
customElements.define("speech-toggle", SpeechToggle);
customElements.define("connection-bar", ConnectionBar);
