// Drives aws-sdk, version 2.

import { required, serve } from "./javascript.mjs";

const { Nimble } = required("aws-sdk");
// It does not know AWS_ENDPOINT_URL_NIMBLE.
const client = new Nimble({ endpoint: process.env.ENDPOINT, maxRetries: 0 });
const lowered = (name) => name[0].toLowerCase() + name.slice(1);

async function result(kind, name, input) {
  try {
    if (kind === "wait") {
      await client.waitFor(lowered(name), input).promise();
      return {};
    }
    if (kind === "pages") return { output: await pages(lowered(name), input) };
    const { $response, ...output } = await client[lowered(name)](input).promise();
    return { output, requestId: $response.requestId };
  } catch (error) {
    if (error.code === "ResourceNotReady") return { error: "Waiter", message: error.message };
    const { code, message, statusCode, context, requestId } = error;
    return { error: code, message, status: statusCode, reason: context?.reason, requestId };
  }
}

function pages(name, input) {
  const whole = {};
  return new Promise((resolve, reject) => {
    client[name](input).eachPage((error, page) => {
      if (error) return reject(error);
      if (page === null) return resolve(whole);
      for (const [member, items] of Object.entries(page)) {
        if (Array.isArray(items)) whole[member] = [...(whole[member] ?? []), ...items];
      }
      return true;
    });
  });
}

await serve(result);
