// A button that is painted anew between press and release is still the button that was pressed.

const CONTROLS = "button, a, summary, label, input, [role=button]";
const MODIFIERS = /** @type {const} */ (["ctrlKey", "shiftKey", "altKey", "metaKey"]);

/**
 * What a panel shows follows the state, several times a second, and a browser gives no click where the pressed node has
 * gone before the release: the release then clicks what stands in its place.
 * @param {AbortSignal} signal
 */
export function keepPresses(signal) {
  /** @type {Element | null} */
  let pressed = null;
  addEventListener("pointerdown", (event) => (pressed = event.isPrimary && event.button === 0 ? control(event.target) : null), { signal, capture: true });
  addEventListener("pointercancel", () => (pressed = null), { signal, capture: true });
  addEventListener(
    "pointerup",
    (event) => {
      const before = pressed;
      pressed = null;
      if (!before || before.isConnected) return;
      const now = control(document.elementFromPoint(event.clientX, event.clientY));
      if (now && !now.matches(":disabled") && identity(now) === identity(before)) now.dispatchEvent(clickOf(event));
    },
    { signal, capture: true },
  );
}

/** @param {EventTarget | null} target */
function control(target) {
  return target instanceof Element ? target.closest(CONTROLS) : null;
}

/** What makes it that button: what it does, or where it says nothing of that, its words. @param {Element} one */
function identity(one) {
  const said = [...one.attributes].filter(({ name }) => name.startsWith("data-") || ["href", "name", "value"].includes(name));
  const meant = said.map(({ name, value }) => [name, value]).toSorted();
  return JSON.stringify([one.localName, meant.length ? meant : one.textContent]);
}

/** @param {PointerEvent} event */
function clickOf(event) {
  const { clientX, clientY } = event;
  const held = Object.fromEntries(MODIFIERS.map((name) => [name, event[name]]));
  return new MouseEvent("click", { bubbles: true, cancelable: true, composed: true, view: window, detail: 1, clientX, clientY, ...held });
}
