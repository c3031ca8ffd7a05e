// The journal: the newest requests, their outcomes and the faults that affected them.

import { byId, element, write } from "../dom.js";

const MOST_ROWS = 200;

let requests = [];
let total = 0;
const rows = new Map();

const wentWrong = (request) => request.outcome !== "OK" || request.faults.length > 0;

export function showRequests(told) {
  if (told.whole) requests = [];
  requests = [...told.requests.toReversed(), ...requests]
    .filter((request) => request.number >= told.oldest)
    .slice(0, MOST_ROWS);
  total = told.total;
  draw(told.whole);
}

function draw(whole = false) {
  if (whole) rows.clear();
  const shown = byId("journal-trouble").checked ? requests.filter(wentWrong) : requests;
  const body = byId("journal");
  const wanted = shown.map((request) => {
    if (!rows.has(request.number)) rows.set(request.number, row(request));
    return rows.get(request.number);
  });
  body.replaceChildren(...wanted);
  const kept = new Set(requests.map((request) => request.number));
  for (const number of rows.keys()) if (!kept.has(number)) rows.delete(number);
  write(byId("journal-count"), total ? total.toLocaleString("en") : "");
  byId("journal-empty").hidden = shown.length > 0;
  write(byId("journal-empty"), requests.length ? "No failures." : "No request yet.");
}

function row(request) {
  const outcome = element("span", { class: "outcome" }, request.outcome);
  outcome.dataset.kind = request.outcome === "OK" ? "ready" : "failed";
  const extras = request.faults.map((fault) => element("span", { class: "chip struck" }, fault));
  if (request.replayed) extras.push(element("span", { class: "chip" }, "replayed"));
  return element(
    "tr",
    { "data-number": request.number },
    element("td", { class: "mono", title: requestTitle(request) }, request.at.slice(11, 23)),
    element("td", { class: "operation" }, request.operation ?? "unknown"),
    element("td", { class: "mono", title: request.sessionId }, request.sessionId ?? "–"),
    element("td", { title: request.caller }, request.caller ?? "–"),
    element("td", { class: "outcomes" }, outcome, ...extras),
    element("td", { class: "number" }, `${request.milliseconds.toFixed(1)} ms`),
  );
}

function requestTitle(request) {
  return request.requestId ? `Request ${request.requestId}` : "Not an API request";
}

export function prepareJournal() {
  byId("journal-trouble").addEventListener("change", () => draw());
}
