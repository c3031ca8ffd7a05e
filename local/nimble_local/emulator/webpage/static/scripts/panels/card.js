// One session: its state and time in it, its buttons, its backups and history.

import { element, visible, write } from "../dom.js";
import { now } from "./clock.js";
import { askToDelete } from "../dialogs.js";
import { attempt } from "../messages.js";
import { startSession, stopSession } from "../requests.js";
import { duration, moment, stateKind, stateWords } from "../words.js";

const STARTABLE = new Set(["STOPPED", "START_FAILED"]);
const STOPPABLE = new Set(["READY", "STOP_FAILED"]);

export class Card {
  constructor(session) {
    this.state = element("strong", { class: "state" });
    this.since = element("span", { class: "since" });
    this.next = element("span", { class: "next" });
    this.message = element("p", { class: "why" });
    this.progress = element("progress", { "aria-label": "Progress" });
    this.tags = element("ul", { class: "tags", role: "list", "aria-label": "Tags" });
    this.ribbon = element("div", { class: "ribbon", "aria-hidden": "true" });
    const id = session.sessionId;
    // One button for start and stop, so that it keeps the focus when its action changes.
    this.act = element("button", { type: "button", onclick: () => this.press() });
    this.remove = element(
      "button",
      { type: "button", class: "quiet", "aria-label": `Delete ${id}`, onclick: () => this.askToRemove() },
      "Delete",
    );
    this.facts = element("dl", { class: "facts" });
    this.backups = element("ul", { class: "backups", role: "list" });
    this.history = element("ol", { class: "history", role: "list" });
    this.summary = element("summary");
    this.details = element("details", { ontoggle: () => this.showDetails() }, this.summary, this.inside());
    const line = element("p", { class: "times" }, this.since, this.next);
    const words = element("div", { class: "words" }, this.state, element("code", {}, id), line);
    const buttons = element("div", { class: "buttons" }, this.act, this.remove);
    this.root = element(
      "li",
      { class: "card", "aria-label": `Session ${id}` },
      element("div", { class: "head" }, words, buttons),
      this.progress, this.message, this.tags, this.ribbon, this.details,
    );
    this.show(session);
  }

  inside() {
    return element(
      "div",
      { class: "inside" },
      this.facts,
      element("div", {}, element("h3", {}, "Backups"), this.backups),
      element("div", {}, element("h3", {}, "History"), this.history),
    );
  }

  show(session) {
    this.session = session;
    const kind = stateKind(session.state);
    this.root.dataset.kind = kind;
    this.root.dataset.state = session.state;
    write(this.state, stateWords(session.state));
    this.verb = STARTABLE.has(session.state) ? "Start" : STOPPABLE.has(session.state) ? "Stop" : null;
    write(this.act, this.verb ?? (session.state === "STOP_IN_PROGRESS" ? "Start" : "Stop"));
    this.act.setAttribute("aria-label", visible(`${this.act.textContent} ${session.sessionId}`));
    // Not `disabled`, which would lose the focus during a start.
    this.act.setAttribute("aria-disabled", String(!this.verb));
    this.act.className = this.verb === "Start" ? "main" : "";
    this.deletable = kind !== "moving" && kind !== "gone";
    this.remove.setAttribute("aria-disabled", String(!this.deletable));
    this.message.hidden = kind !== "failed";
    write(this.message, `${session.statusCode}: ${session.statusMessage}`);
    this.progress.hidden = kind !== "moving";
    const tags = Object.entries(session.tags);
    this.tags.hidden = !tags.length;
    this.tags.replaceChildren(...tags.map(([name, value]) => tag(name, value)));
    const count = session.backups.length;
    const backups = count ? `${count} backup${count > 1 ? "s" : ""}` : "no backups";
    write(this.summary, `History and ${backups}`);
    this.showDetails();
    this.tick();
  }

  showDetails() {
    if (!this.details.open) return;
    const { session } = this;
    const focused = this.details.contains(document.activeElement);
    const facts = [
      ["Instance type", session.ec2InstanceType],
      ["Owner", session.ownedBy],
      ["Launch profile", session.launchProfileId],
      ["Studio", session.studioId],
      ["Restored from", session.startedFromBackupId],
      ["ARN", session.arn],
    ].filter(([, value]) => value);
    this.facts.replaceChildren(
      ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
    const backups = session.backups.toReversed().map((backup) => this.backup(backup));
    this.backups.replaceChildren(...(backups.length ? backups : [element("li", {}, "None yet. A stop creates one.")]));
    this.history.replaceChildren(...session.history.toReversed().map(step));
    const older = session.moments - session.history.length;
    if (older > 0) this.history.append(element("li", { class: "older" }, `and ${older} older`));
    // The button that was pressed may be gone now.
    if (focused && !this.details.contains(document.activeElement)) this.summary.focus();
  }

  backup(backup) {
    const { day, time } = moment(backup.createdAt);
    const restore = () =>
      attempt(`Restoring ${backup.backupId}`, () => startSession(this.session, backup.backupId));
    const button = element(
      "button",
      { type: "button", "aria-label": `Start from backup ${backup.backupId}`, onclick: restore },
      "Start from this",
    );
    const startable = STARTABLE.has(this.session.state) && backup.state === "READY";
    const about = `${stateWords(backup.state)} · ${day} ${time}`;
    const words = element("div", {}, element("code", {}, backup.backupId), element("span", {}, about));
    return element("li", {}, words, ...(startable ? [button] : []));
  }

  tick() {
    const { session } = this;
    const at = now();
    write(this.since, `for ${duration(at - session.since)}`);
    write(this.next, upcoming(session, at));
    if (!this.progress.hidden && session.next !== null) {
      const whole = session.next - session.since;
      this.progress.max = Math.max(whole, 0.001);
      this.progress.value = Math.min(Math.max(at - session.since, 0), this.progress.max);
    }
    this.drawRibbon(at);
  }

  // The newest states side by side, on a logarithmic scale: some last seconds, others days.
  drawRibbon(at) {
    const moments = this.session.history.slice(-12);
    this.ribbon.hidden = moments.length < 2;
    if (this.ribbon.children.length !== moments.length) {
      this.ribbon.replaceChildren(...moments.map(() => element("span")));
    }
    moments.forEach((entry, index) => {
      const lasted = (moments[index + 1]?.at ?? at) - entry.at;
      const piece = this.ribbon.children[index];
      piece.dataset.kind = stateKind(entry.state);
      piece.style.flexGrow = Math.log2(2 + Math.max(0, lasted)).toFixed(2);
    });
  }

  press() {
    const { session, verb } = this;
    if (!verb) return;
    attempt(`${verb} ${session.sessionId}`, () =>
      verb === "Start" ? startSession(session) : stopSession(session),
    );
  }

  askToRemove() {
    if (this.deletable) askToDelete(this.session);
  }
}

function tag(name, value) {
  return element("li", { class: "chip" }, element("b", {}, name), element("bdi", {}, value));
}

function step(entry) {
  const { day, time } = moment(entry.at);
  const words = element("span", {}, element("b", {}, stateWords(entry.state)), ` by ${entry.by}`);
  const failed = stateKind(entry.state) === "failed" ? [element("em", {}, entry.statusCode)] : [];
  const made = element("li", {}, words, ...failed, element("time", {}, `${day} ${time}`));
  made.dataset.kind = stateKind(entry.state);
  return made;
}

function upcoming(session, at) {
  if (session.next === null) return "";
  const left = session.next - at;
  if (session.state === "DELETED") return ` · forgotten in ${duration(left)}`;
  if (left <= -1) return " · held by a fault";
  return session.following
    ? ` · the service ${session.following} it in ${duration(left)}`
    : ` · ${duration(Math.ceil(left))} to go`;
}
