import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { listPoses, onTrouble } from "../../Sources/WebFiles/page/app/api.js";

const HALF = '{"data": {"poses": [';

/** Until the test ends, a real server on loopback answers every call with `respond`. */
async function serving(context, respond) {
  const server = createServer((_request, response) => respond(response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const real = globalThis.fetch;
  globalThis.fetch = (path, options) => real(new URL(path, address), options);
  context.after(() => {
    globalThis.fetch = real;
    server.closeAllConnections();
    server.close();
  });
}

let unreachable = 0;
onTrouble({ unreachable: () => (unreachable += 1) });

test("a call that is given up while its answer is read ends as given up, not as the server's fault", async (context) => {
  const giveUp = new AbortController();
  await serving(context, (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write(HALF);
    setTimeout(() => giveUp.abort(), 50);
  });
  await assert.rejects(listPoses({ limit: 10, signal: giveUp.signal }), { name: "AbortError" });
  assert.equal(unreachable, 0);
});

test("an answer that is cut off is told as no answer", async (context) => {
  await serving(context, (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 1000 });
    response.write(HALF);
    setTimeout(() => response.destroy(), 50);
  });
  await assert.rejects(listPoses({ limit: 10 }), { message: "The server does not answer.", status: 0 });
  assert.equal(unreachable, 1);
});

test("an answer that is no JSON is told with its status", async (context) => {
  await serving(context, (response) => response.writeHead(200).end("<html>"));
  await assert.rejects(listPoses({ limit: 10 }), { message: "The server answered 200, without a word on why." });
});
