// The list of sessions, newest first, filtered and in pages.

import { arrange, byId, element, write } from "../dom.js";
import { Card } from "./card.js";
import { announce } from "../messages.js";
import { stateWords } from "../words.js";

const AT_ONCE = 40;

const sessions = new Map();
const cards = new Map();
let most = AT_ONCE;

export function showSessions(told) {
  const changes = [];
  if (told.whole) {
    const there = new Set(told.sessions.map((session) => session.sessionId));
    for (const id of sessions.keys()) if (!there.has(id)) forget(id);
  }
  for (const id of told.gone ?? []) forget(id);
  for (const session of told.sessions) {
    const before = sessions.get(session.sessionId);
    if (before?.state !== session.state && !(told.whole && !before)) {
      changes.push(`Session ${session.sessionId}: ${stateWords(session.state)}.`);
    }
    sessions.set(session.sessionId, session);
    cards.get(session.sessionId)?.show(session);
  }
  draw();
  announce(changes);
}

export function tickSessions() {
  for (const card of cards.values()) card.tick();
}

function forget(id) {
  sessions.delete(id);
  cards.delete(id);
}

function matches(session, text) {
  const tags = Object.entries(session.tags).flat();
  const words = [session.sessionId, session.state, stateWords(session.state), session.ownedBy, ...tags];
  return words.some((word) => word.toLowerCase().includes(text));
}

function draw() {
  const text = byId("filter").value.trim().toLowerCase();
  const found = [...sessions.values()].filter((session) => matches(session, text)).toReversed();
  const shown = found.slice(0, most);
  const there = new Set(shown.map((session) => session.sessionId));
  for (const id of cards.keys()) if (!there.has(id)) cards.delete(id);
  for (const session of shown) {
    if (!cards.has(session.sessionId)) cards.set(session.sessionId, new Card(session));
  }
  arrange(byId("sessions"), shown.map((session) => cards.get(session.sessionId).root));
  const count = found.length === sessions.size ? found.length : `${found.length} of ${sessions.size}`;
  write(byId("sessions-count"), sessions.size ? count.toLocaleString("en") : "");
  byId("sessions-empty").hidden = found.length > 0;
  write(byId("sessions-empty"), text ? "No session matches the filter." : "There is no session. Create one.");
  byId("sessions-more").hidden = found.length <= most;
  const ids = shown.map((session) => element("option", { value: session.sessionId }));
  byId("session-ids").replaceChildren(...ids);
}

export function prepareSessions() {
  byId("filter").addEventListener("input", () => {
    most = AT_ONCE;
    draw();
  });
  byId("sessions-more").addEventListener("click", () => {
    most += AT_ONCE;
    draw();
  });
}
