// What a person has entered in a form stays when the form is painted anew: its lists follow the studio, its answers the person.

/** @param {ParentNode} root @param {() => void} paint makes the form anew */
export function keepEntered(root, paint) {
  const before = fields(root).map((field) => ({ name: field.name, value: field.value, checked: isBox(field) ? field.checked : null }));
  const open = [...root.querySelectorAll("details")].map((one) => one.open);
  const held = fields(root).findIndex((field) => field === document.activeElement);
  paint();
  const now = fields(root);
  for (const field of now) {
    const same = before.filter(({ name }) => name === field.name);
    if (!same.length) continue;
    // A choice that was not offered before was not made.
    if (isBox(field)) field.checked = same.some(({ value, checked }) => value === field.value && checked);
    else if (!(field instanceof HTMLSelectElement) || [...field.options].some(({ value }) => value === same[0].value)) field.value = same[0].value;
  }
  root.querySelectorAll("details").forEach((one, i) => (one.open = open[i] ?? one.open));
  if (held >= 0) now.find(({ name, value }) => name === before[held].name && value === before[held].value)?.focus();
}

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** @param {ParentNode} root @returns {Field[]} */
const fields = (root) => [...root.querySelectorAll("input[name], select[name], textarea[name]")].map((one) => /** @type {Field} */ (one));

/** @param {Field} field @returns {field is HTMLInputElement} */
const isBox = (field) => field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
