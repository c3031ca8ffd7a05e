// Drives @aws-sdk/client-nimble, version 3.

import assert from "node:assert/strict";

import { required, serve } from "./javascript.mjs";

const nimble = required("@aws-sdk/client-nimble");
const client = new nimble.NimbleClient({ maxAttempts: 1 });

async function result(kind, name, input) {
  try {
    if (kind === "wait") {
      await nimble[`waitUntil${name}`]({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, input);
      return {};
    }
    if (kind === "pages") return { output: await pages(name, input) };
    const { $metadata, ...output } = await client.send(new nimble[`${name}Command`](input));
    return { output, requestId: $metadata.requestId };
  } catch (error) {
    if (kind === "wait") return { error: "Waiter", message: error.message };
    assert.ok(error instanceof nimble[error.name], `${error}`);
    const { httpStatusCode, requestId } = error.$metadata;
    const { name: type, message, context } = error;
    return { error: type, message, status: httpStatusCode, reason: context.reason, requestId };
  }
}

async function pages(name, input) {
  const whole = {};
  for await (const page of nimble[`paginate${name}`]({ client }, input)) {
    for (const [member, items] of Object.entries(page)) {
      if (Array.isArray(items)) whole[member] = [...(whole[member] ?? []), ...items];
    }
  }
  return whole;
}

await serve(result);
