// Entry point: passes the emulator's events to the parts of the page, and ticks.

import { factor, prepareClock, showClock, tickClock } from "./panels/clock.js";
import { prepareDialogs, showProfiles } from "./dialogs.js";
import { byId, write } from "./dom.js";
import { prepareFaultForm, showKinds } from "./panels/faultform.js";
import { showFaults, tickFaults } from "./panels/faults.js";
import { follow } from "./follow.js";
import { prepareJournal, showRequests } from "./panels/journal.js";
import { prepareSessions, showSessions, tickSessions } from "./panels/sessions.js";

const LINKS = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost, trying again",
};
const TICK_MS = 1000;
const FAST_TICK_MS = 200;

function told(news) {
  // The clock first: the other parts depend on it.
  if (news.clock) showClock(news.clock);
  if (news.profiles) showProfiles(news.profiles);
  if (news.kinds) showKinds(news.kinds);
  if (news.sessions) showSessions(news);
  if (news.faults) showFaults(news.faults);
  if (news.requests) showRequests(news);
}

function linked(link) {
  const status = byId("link");
  // Stays "lost" until an event arrives: a screen reader would announce each attempt.
  if (link === "connecting" && status.dataset.link === "lost") return;
  if (status.dataset.link === link) return;
  status.dataset.link = link;
  document.body.dataset.link = link;
  write(status, LINKS[link]);
}

function tick() {
  tickClock();
  tickFaults();
  tickSessions();
  setTimeout(tick, factor() > 1 ? FAST_TICK_MS : TICK_MS);
}

prepareClock();
prepareDialogs();
prepareFaultForm();
prepareJournal();
prepareSessions();
follow(told, linked);
tick();
