// The form that switches a fault on, built from the emulator's list of kinds.

import { byId, element, options, write } from "../dom.js";
import { switchOn } from "../requests.js";
import { parameterWords } from "../words.js";

let kinds = new Map();

export function showKinds(told) {
  const before = [...kinds.keys()].join();
  kinds = new Map(told.map((kind) => [kind.kind, kind]));
  // A form that is being filled in survives a reconnect.
  if ([...kinds.keys()].join() === before) return;
  options(byId("fault-kind"), told.map(({ kind }) => [kind, kind]));
  showKind();
}

function showKind() {
  const kind = kinds.get(byId("fault-kind").value);
  write(byId("fault-about"), kind.description);
  byId("fault-parameters").replaceChildren(...kind.parameters.map(field));
  byId("fault-limits").replaceChildren(...kind.limits.map(field));
  write(byId("fault-wrong"), "");
}

function field(parameter) {
  const input = control(parameter);
  input.name = parameter.name;
  input.dataset.form = parameter.form;
  input.required = parameter.required;
  return element("label", { class: "field" }, `${parameterWords(parameter.name)} `, input);
}

function control(parameter) {
  if (parameter.form === "choice") {
    const select = element("select");
    const any = parameter.required || parameter.default ? [] : [["", "any"]];
    options(select, [...any, ...parameter.words.map((word) => [word, word])]);
    if (parameter.default) select.value = parameter.default;
    return select;
  }
  const plain = { autocomplete: "off", spellcheck: "false" };
  if (parameter.form === "text") {
    const list = parameter.name === "sessionId" ? "session-ids" : null;
    return element("input", { ...plain, list, placeholder: list ? "all" : "default" });
  }
  const placeholder = parameter.default ?? (parameter.required ? "required" : "no limit");
  return element("input", { ...plain, inputmode: "decimal", placeholder });
}

function wanted() {
  const found = { kind: byId("fault-kind").value };
  for (const input of byId("fault").querySelectorAll("[data-form]")) {
    const text = input.value.trim();
    if (text === "") continue;
    // Text that isn't a number is sent unchanged: the emulator's error explains it best.
    const number = input.dataset.form === "number" && !Number.isNaN(Number(text));
    found[input.name] = number ? Number(text) : text;
  }
  return found;
}

async function submit(event) {
  event.preventDefault();
  write(byId("fault-wrong"), "");
  try {
    await switchOn(wanted());
  } catch (error) {
    write(byId("fault-wrong"), error.message);
  }
}

export function prepareFaultForm() {
  byId("fault-kind").addEventListener("change", showKind);
  byId("fault").addEventListener("submit", submit);
}
