// What both JavaScript drivers share: requests as JSON lines on standard input, results on standard
// output.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// Looks in NODE_PATH, which an import does not.
export const required = createRequire(import.meta.url);

export async function serve(result) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: kind, name, input } = JSON.parse(line);
    // A time becomes text as ISO 8601.
    console.log(JSON.stringify(await result(kind, name, input)));
  }
}
