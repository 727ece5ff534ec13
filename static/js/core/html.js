// The only ways text becomes HTML: textContent, or this tag, which escapes everything that is put in.

/** Markup that this module made, and nobody else. */
class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @param {unknown} value @returns {string} */
function escaped(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** @param {TemplateStringsArray} strings @param {...unknown} values */
export function html(strings, ...values) {
  return new Markup(strings.reduce((text, part, i) => text + escaped(values[i - 1]) + part));
}

/** @param {Element | ShadowRoot} target @param {Markup} markup */
export function render(target, markup) {
  target.innerHTML = markup.text;
}

/**
 * The element of that selector, which the page is known to hold.
 * @template {Element} T
 * @param {ParentNode} root @param {string} selector @param {new () => T} kind @returns {T}
 */
export function find(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`No ${kind.name} at ${selector}`);
  return element;
}

/** Sets the text only when it changed, so that nothing is laid out for nothing. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** After a sheet the focus goes to the page, where Space records, and not back to the button that opened the sheet. */
export function backToPage() {
  document.getElementById("content")?.focus({ preventScroll: true });
}
