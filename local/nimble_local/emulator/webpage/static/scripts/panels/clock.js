// The emulated clock: its time, its speed, and the buttons that set it.

import { byId, element, write } from "../dom.js";
import { setClock } from "../requests.js";
import { attempt } from "../messages.js";
import { moment } from "../words.js";

const SPEEDS = [[0, "Stopped"], [1, "1×"], [60, "60×"], [3600, "3,600×"]];
const STEPS = [[60, "1 min"], [3600, "1 h"], [690 * 60, "690 min"], [86400, "1 day"]];

let told = { now: Date.now() / 1000, factor: 1 };
let toldAt = performance.now();

export function now() {
  return told.now + ((performance.now() - toldAt) / 1000) * told.factor;
}

export function factor() {
  return told.factor;
}

export function showClock(clock) {
  told = clock;
  toldAt = performance.now();
  for (const input of byId("clock-speeds").querySelectorAll("input")) {
    input.checked = Number(input.value) === clock.factor;
  }
  const other = SPEEDS.every(([speed]) => speed !== clock.factor);
  byId("clock-other").hidden = !other;
  write(byId("clock-other"), `It runs at ${clock.factor.toLocaleString("en")}×.`);
  tickClock();
}

export function tickClock() {
  const { day, time } = moment(now());
  write(byId("clock-time"), time);
  write(byId("clock-date"), `${day} UTC`);
  byId("clock-time").dateTime = `${day}T${time}Z`;
}

export function prepareClock() {
  const speeds = SPEEDS.map(([speed, text]) => {
    const change = () => attempt(`The clock's speed`, () => setClock({ factor: speed }));
    const input = element("input", { type: "radio", name: "speed", value: speed, onchange: change });
    return element("label", {}, input, element("span", {}, text));
  });
  byId("clock-speeds").append(
    element("div", { class: "segments" }, ...speeds),
    element("p", { class: "hint", id: "clock-other", hidden: true }),
  );
  for (const [seconds, text] of STEPS) {
    const step = () => attempt("The clock", () => setClock({ advanceSeconds: seconds }));
    byId("clock-steps").append(
      element("button", { type: "button", "aria-label": `Set forward ${text}`, onclick: step }, `+ ${text}`),
    );
  }
}
