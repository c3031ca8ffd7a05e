// What the page says by itself: failures where they can be seen, changes where they can be heard.

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

// Does something for a person, and tells them when it does not work.
export async function attempt(what, act) {
  try {
    await act();
  } catch (error) {
    complain(`${what}: ${error.message}`);
  }
}

// A screen reader reads all of it aloud, so it is told of many changes by their number.
export function announce(sentences) {
  if (!sentences.length) return;
  const many = sentences.length > MOST_SAID;
  write(byId("announcements"), many ? `${sentences.length} sessions changed.` : sentences.join(" "));
}
