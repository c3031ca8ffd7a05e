// The active faults, each with a button that switches it off.

import { arrange, byId, element, write } from "../dom.js";
import { now } from "./clock.js";
import { attempt } from "../messages.js";
import { switchOff } from "../requests.js";
import { duration, parameterWords } from "../words.js";

const PLAIN = new Set(["id", "kind", "operation", "sessionId", "left", "hits", "until", "probability"]);

const rows = new Map();
let faults = [];

export function showFaults(told) {
  faults = told;
  const known = new Set(told.map((fault) => fault.id));
  for (const id of rows.keys()) if (!known.has(id)) rows.delete(id);
  arrange(byId("faults"), told.map(row));
  byId("faults-empty").hidden = told.length > 0;
  write(byId("faults-count"), told.length ? String(told.length) : "");
  tickFaults();
}

export function tickFaults() {
  for (const fault of faults) write(rows.get(fault.id).querySelector(".about"), about(fault));
}

function row(fault) {
  if (!rows.has(fault.id)) rows.set(fault.id, newRow(fault));
  return rows.get(fault.id);
}

function newRow(fault) {
  const off = () => attempt(`The fault ${fault.kind}`, () => switchOff(fault.id));
  return element(
    "li",
    {},
    element("div", {}, element("strong", {}, fault.kind), element("p", { class: "about" })),
    element(
      "button",
      { type: "button", "aria-label": `Switch off ${fault.kind}`, onclick: off },
      "Switch off",
    ),
  );
}

function about(fault) {
  const own = Object.entries(fault).filter(([name]) => !PLAIN.has(name));
  const parts = own.map(([name, value]) => `${parameterWords(name)} ${value}`);
  if (fault.operation) parts.push(fault.operation);
  if (fault.sessionId) parts.push(fault.sessionId);
  if (fault.probability < 1) parts.push(`${Math.round(fault.probability * 1000) / 10} % of the time`);
  if (fault.left !== null) parts.push(`${fault.left} left`);
  if (fault.until !== null) parts.push(`${duration(fault.until - now())} left`);
  parts.push(`hit ${fault.hits}×`);
  return parts.join(" · ");
}
