// The official JavaScript client: a whole life, its waiters, each error by its type.
// Run by test_javascript.py, which starts the emulator.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import * as nimble from "@aws-sdk/client-nimble";

const { ENDPOINT, STUDIO_ID, SESSION_ID, LAUNCH_PROFILE_ID } = process.env;
const studio = { studioId: STUDIO_ID };
const session = { ...studio, sessionId: SESSION_ID };
const profile = { ...studio, launchProfileId: LAUNCH_PROFILE_ID };

const client = new nimble.NimbleClient({
  endpoint: ENDPOINT,
  region: "us-west-2",
  credentials: { accessKeyId: "AKIAJAVASCRIPT", secretAccessKey: "any" },
  maxAttempts: 1,
});

function send(name, input) {
  return client.send(new nimble[`${name}Command`](input));
}

async function control(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${ENDPOINT}/_nimble/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
}

// A waiter of this SDK sleeps a second between two reads, at least.
async function wait(name, ids, advanceSeconds = 10) {
  await control("clock", { advanceSeconds });
  return nimble[`waitUntil${name}`]({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, ids);
}

beforeEach(async () => {
  await control("reset", {});
  await control("clock", { factor: 0 });
});

test("a whole life", async () => {
  await wait("StudioReady", studio);
  await wait("LaunchProfileReady", profile);
  const { session: made } = await send("CreateStreamingSession", {
    ...profile,
    tags: { Name: "Comp 12" },
  });
  assert.equal(made.state, "CREATE_IN_PROGRESS");
  assert.ok(made.createdAt instanceof Date);
  const ids = { ...studio, sessionId: made.sessionId };
  await control("clock", { factor: 10 });
  await wait("StreamingSessionReady", ids, 0);
  await control("clock", { factor: 0 });

  const { stream } = await send("CreateStreamingSessionStream", { ...ids, expirationInSeconds: 60 });
  await wait("StreamingSessionStreamReady", { ...ids, streamId: stream.streamId });

  await send("StopStreamingSession", ids);
  await wait("StreamingSessionStopped", ids);
  const { streamingSessionBackups: backups } = await send("ListStreamingSessionBackups", studio);
  assert.equal(backups.length, 1);
  const { backupId } = backups[0];
  const { streamingSessionBackup } = await send("GetStreamingSessionBackup", { ...studio, backupId });
  assert.deepEqual(streamingSessionBackup, backups[0]);
  await send("StartStreamingSession", { ...ids, backupId });
  await wait("StreamingSessionReady", ids);
  const { session: ready } = await send("GetStreamingSession", ids);
  assert.equal(ready.startedFromBackupId, backupId);
  assert.equal(ready.volumeConfiguration.size, 500);
  assert.ok(ready.stopAt > ready.startedAt && ready.startedAt > ready.stoppedAt);

  const tagged = { resourceArn: ready.arn };
  await send("TagResource", { ...tagged, tags: { Show: "Heron" } });
  await send("UntagResource", { ...tagged, tagKeys: ["Name"] });
  assert.deepEqual((await send("ListTagsForResource", tagged)).tags, { Show: "Heron" });

  await send("DeleteStreamingSession", ids);
  await wait("StreamingSessionDeleted", ids);
  assert.equal((await send("GetStreamingSession", ids)).session.state, "DELETED");
  await control("clock", { advanceSeconds: 3600 });
  await assert.rejects(send("GetStreamingSession", ids), nimble.ResourceNotFoundException);
});

test("pages", async () => {
  for (let number = 0; number < 4; number += 1) await send("CreateStreamingSession", profile);
  const lengths = [];
  const seen = new Set();
  for await (const page of nimble.paginateListStreamingSessions({ client }, studio)) {
    lengths.push(page.sessions.length);
    for (const each of page.sessions) seen.add(each.sessionId);
  }
  assert.deepEqual(lengths, [2, 2, 1]);
  assert.equal(seen.size, 5);
});

for (const [verb, state, waiter] of [
  ["Start", "STOPPED", "StreamingSessionReady"],
  ["Stop", "READY", "StreamingSessionStopped"],
  ["Delete", "STOPPED", "StreamingSessionDeleted"],
]) {
  test(`a waiter sees that a ${verb} failed`, async () => {
    await control("sessions", { sessionId: SESSION_ID, state });
    await control("faults", { kind: `${verb.toLowerCase()}-failure` });
    await send(`${verb}StreamingSession`, session);
    await assert.rejects(wait(waiter, session), (error) => error.message.includes("FAIL"));
  });
}

async function tooMany() {
  for (let number = 0; number < 5; number += 1) await send("CreateStreamingSession", profile);
}

async function tooFast() {
  await control("faults", { kind: "rate-limit", perSecond: 0.001 });
  await send("GetStudio", studio);
  await send("GetStudio", studio);
}

async function broken() {
  await control("faults", { kind: "error", count: 1 });
  await send("GetStudio", studio);
}

const elsewhere = `arn:aws:nimble:us-west-2:123456789012:streaming-session/${SESSION_ID}`;
const causes = {
  ValidationException: [
    () => send("CreateStreamingSessionStream", { ...session, expirationInSeconds: 59 }),
    400,
    "INVALID_REQUEST",
  ],
  ServiceQuotaExceededException: [tooMany, 402, "QUOTA_EXCEEDED"],
  AccessDeniedException: [
    () => send("ListTagsForResource", { resourceArn: elsewhere }),
    403,
    "ACCESS_DENIED",
  ],
  ResourceNotFoundException: [
    () => send("GetStreamingSession", { ...studio, sessionId: "nobody" }),
    404,
    "NOT_FOUND",
  ],
  ConflictException: [() => send("StopStreamingSession", session), 409, "INVALID_STATE"],
  ThrottlingException: [tooFast, 429, "THROTTLED"],
  InternalServerErrorException: [broken, 500, "INTERNAL_ERROR"],
};

for (const [name, [cause, status, reason]] of Object.entries(causes)) {
  test(name, async () => {
    await assert.rejects(cause, (error) => {
      assert.ok(error instanceof nimble[name], `${error}`);
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.equal(error.code, name);
      assert.equal(error.context.reason, reason);
      assert.ok(error.message.length > 20);
      return true;
    });
  });
}

test("a token repeated is answered again, and another request is refused", async () => {
  const input = { ...profile, clientToken: "t" };
  const { session: first } = await send("CreateStreamingSession", input);
  const { session: again } = await send("CreateStreamingSession", input);
  assert.deepEqual(again, first);
  await assert.rejects(
    send("CreateStreamingSession", { ...input, ownedBy: "somebody" }),
    (error) =>
      error instanceof nimble.ValidationException && error.context.reason === "CLIENT_TOKEN_REUSED",
  );
});
