// The two dialogs: create a session, delete a session.

import { byId, options, write } from "./dom.js";
import { attempt } from "./messages.js";
import { createSession, deleteSession } from "./requests.js";

let profiles = [];
let deleted = null;

export function showProfiles(told) {
  profiles = told;
  const chosen = byId("creation-profile").value;
  options(
    byId("creation-profile"),
    told.map((profile, index) => [index, `${profile.name} (${profile.launchProfileId})`]),
  );
  if (chosen && told[chosen]) byId("creation-profile").value = chosen;
  showTypes();
}

function showTypes() {
  const chosen = byId("creation-type").value;
  const types = profiles[byId("creation-profile").value]?.ec2InstanceTypes ?? [];
  options(byId("creation-type"), types.map((type) => [type, type]));
  if (types.includes(chosen)) byId("creation-type").value = chosen;
}

function tags() {
  const found = {};
  for (const line of byId("creation-tags").value.split("\n")) {
    if (!line.trim()) continue;
    const [name, ...value] = line.split("=");
    found[name.trim()] = value.join("=").trim();
  }
  return found;
}

async function create(event) {
  event.preventDefault();
  write(byId("creation-wrong"), "");
  const profile = profiles[byId("creation-profile").value];
  const owner = byId("creation-owner").value.trim();
  try {
    if (!profile) throw new Error("There is no launch profile for a session.");
    await createSession(profile.studioId, {
      launchProfileId: profile.launchProfileId,
      ec2InstanceType: byId("creation-type").value,
      tags: tags(),
      ...(owner ? { ownedBy: owner } : {}),
    });
    byId("creating").close();
  } catch (error) {
    write(byId("creation-wrong"), error.message);
  }
}

export function askToDelete(session) {
  deleted = session;
  write(byId("deleting-session"), session.sessionId);
  byId("deleting").showModal();
}

function remove(event) {
  event.preventDefault();
  byId("deleting").close();
  const session = deleted;
  attempt(`Deleting ${session.sessionId}`, () => deleteSession(session));
}

export function prepareDialogs() {
  byId("create").addEventListener("click", () => {
    write(byId("creation-wrong"), "");
    byId("creating").showModal();
  });
  byId("creation").addEventListener("submit", create);
  byId("creation-profile").addEventListener("change", showTypes);
  byId("creation-cancel").addEventListener("click", () => byId("creating").close());
  byId("deletion").addEventListener("submit", remove);
  byId("deletion-cancel").addEventListener("click", () => byId("deleting").close());
}
