// Elements and text. No part of the page turns a string into markup.

const READ_BY_PEOPLE = new Set(["aria-label", "title"]);
const BIDI_AND_HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

// Shows characters that would hide or reorder their neighbours as visible symbols.
export function visible(text) {
  return String(text).replace(BIDI_AND_HIDDEN, (character) => {
    const code = character.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

export function byId(id) {
  return document.getElementById(id);
}

// Creates an element. Attributes named `on...` are listeners; true sets an attribute, false omits
// it.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (READ_BY_PEOPLE.has(key) && typeof value === "string") made.setAttribute(key, visible(value));
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children) made.append(typeof child === "string" ? visible(child) : child);
  return made;
}

// Writes a text only if it differs, so that a selection in unchanged text stays.
export function write(target, text) {
  const shown = visible(text);
  if (target.textContent !== shown) target.textContent = shown;
}

// Puts children in order without moving those in place: a moved element loses the focus.
export function arrange(parent, wanted) {
  const staying = new Set(wanted);
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

export function options(select, choices) {
  select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
}
