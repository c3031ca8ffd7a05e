// Messages: failures on the screen, changes for screen readers.

import { byId, element, write } from "./dom.js";

const MOST_MESSAGES = 3;
const MOST_SAID = 3;

export function complain(text) {
  const messages = byId("messages");
  const close = element("button", { type: "button", "aria-label": "Dismiss", onclick: dismiss }, "×");
  const message = element("div", { class: "message" }, element("p", {}, text), close);
  function dismiss() {
    message.remove();
  }
  messages.append(message);
  while (messages.children.length > MOST_MESSAGES) messages.firstElementChild.remove();
}

// Carries out a user's action, and shows the error if it fails.
export async function attempt(what, act) {
  try {
    await act();
  } catch (error) {
    complain(`${what}: ${error.message}`);
  }
}

// A screen reader reads everything aloud: when there are many changes, it gets only their number.
export function announce(sentences) {
  if (!sentences.length) return;
  const many = sentences.length > MOST_SAID;
  write(byId("announcements"), many ? `${sentences.length} sessions changed.` : sentences.join(" "));
}
