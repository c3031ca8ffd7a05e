// The page's requests. Sessions are changed through the emulated API, so that these requests appear
// in the journal and are subject to faults, like those of any other client.

const SIGNATURE = "SignedHeaders=host, Signature=not-checked";

async function send(path, method, body, headers) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The connection was cut before an answer arrived.");
  }
  let content;
  try {
    content = await answer.json();
  } catch {
    throw new Error(`The answer (HTTP ${answer.status}) isn't complete JSON.`);
  }
  if (answer.ok) return content;
  const name = answer.headers.get("x-amzn-ErrorType");
  const why = content.message ?? content.error ?? "No reason given.";
  throw new Error(name ? `${name}: ${why}` : why);
}

function api(studioId, path, method, body) {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const scope = `${day}/local/nimble/aws4_request`;
  return send(`/2020-08-01/studios/${encodeURIComponent(studioId)}/${path}`, method, body, {
    Authorization: `AWS4-HMAC-SHA256 Credential=the-page/${scope}, ${SIGNATURE}`,
  });
}

const one = (session) => `streaming-sessions/${encodeURIComponent(session.sessionId)}`;

export function createSession(studioId, wanted) {
  return api(studioId, "streaming-sessions", "POST", wanted);
}

export function startSession(session, backupId) {
  return api(session.studioId, `${one(session)}/start`, "POST", backupId ? { backupId } : {});
}

export function stopSession(session) {
  return api(session.studioId, `${one(session)}/stop`, "POST", {});
}

export function deleteSession(session) {
  return api(session.studioId, one(session), "DELETE");
}

export function setClock(wanted) {
  return send("/_nimble/clock", "POST", wanted);
}

export function switchOn(fault) {
  return send("/_nimble/faults", "POST", fault);
}

export function switchOff(faultId) {
  return send(`/_nimble/faults/${encodeURIComponent(faultId)}`, "DELETE");
}
