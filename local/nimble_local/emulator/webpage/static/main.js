// The page: what the emulator tells goes to the parts that show it, and time goes on.

import { factor, prepareClock, showClock, tickClock } from "./clock.js";
import { prepareDialogs, showProfiles } from "./dialogs.js";
import { byId, write } from "./dom.js";
import { prepareFaultForm, showKinds } from "./faultform.js";
import { showFaults, tickFaults } from "./faults.js";
import { follow } from "./follow.js";
import { prepareJournal, showRequests } from "./journal.js";
import { prepareSessions, showSessions, tickSessions } from "./sessions.js";

const LINKS = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost, trying again",
};
const TICK_MS = 1000;
const FAST_TICK_MS = 200;

function told(news) {
  // The clock first: all others reckon with it.
  if (news.clock) showClock(news.clock);
  if (news.profiles) showProfiles(news.profiles);
  if (news.kinds) showKinds(news.kinds);
  if (news.sessions) showSessions(news);
  if (news.faults) showFaults(news.faults);
  if (news.requests) showRequests(news);
}

function linked(link) {
  const status = byId("link");
  // While it is lost it stays so until something is heard: each attempt would be read aloud.
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
