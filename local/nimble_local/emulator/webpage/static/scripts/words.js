// Times and durations as words. Times are in seconds since 1970, on the emulated clock.

const PARAMETERS = {
  perSecond: "Requests per second",
  burst: "Burst",
  error: "Exception",
  message: "Message",
  seconds: "Seconds",
  moment: "Moment",
  status: "HTTP status",
  code: "Status code",
  state: "State",
  act: "Act",
  operation: "Operation",
  sessionId: "Session",
  count: "Number of hits",
  forSeconds: "Duration in seconds",
  probability: "Probability",
  seed: "Seed",
};

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

export function duration(seconds) {
  let left = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count || (unit === "s" && !parts.length)) parts.push(`${count} ${unit}`);
    // Two adjacent units are exact enough: a duration of days needs no seconds.
    if (parts.length === 2 || (parts.length && !count)) break;
  }
  return parts.join(" ");
}

export function moment(seconds) {
  const [day, rest] = new Date(seconds * 1000).toISOString().split("T");
  return { day, time: rest.slice(0, 8) };
}

export function stateWords(state) {
  return state.replaceAll("_", " ").toLowerCase().replace(/^./u, (first) => first.toUpperCase());
}

export function stateKind(state) {
  if (state.endsWith("_IN_PROGRESS")) return "moving";
  if (state.endsWith("_FAILED")) return "failed";
  return { READY: "ready", STOPPED: "stopped" }[state] ?? "gone";
}

export function parameterWords(name) {
  return PARAMETERS[name] ?? name;
}
