import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf, filterUpTo, isUpsideDown, knownWords } from "../../Sources/WebFiles/page/app/gallery-query.js";

const query = (words) => new URLSearchParams(words);

test("only what is known and given stands in the address, in one order", () => {
  assert.equal(knownWords(query("to=2026-12-02&sort=id&name=a%20b&from=")).toString(), "name=a+b&to=2026-12-02");
});

test("days are asked for from their first to their last second where the reader is", () => {
  // the tests run in UTC
  assert.deepEqual(filterOf(query("from=2026-12-02&to=2026-12-31")), {
    from: "2026-12-02T00:00:00Z", to: "2026-12-31T23:59:59Z",
  });
});

test("names and corrections are asked for as they are", () => {
  assert.deepEqual(filterOf(query("name=%25_&corrected=true")), { fileName: "%_", corrected: "true" });
  assert.deepEqual(filterOf(query("corrected=yes")), {});
});

test("what is no day is not asked for", () => {
  for (const day of ["2026-13-02", "yesterday", "2026-12-2", "0"]) assert.deepEqual(filterOf(query({ from: day })), {});
});

test("days of which the first is later than the last are told", () => {
  assert.equal(isUpsideDown(query("from=2026-12-02&to=2026-12-01")), true);
  assert.equal(isUpsideDown(query("from=2026-12-02&to=2026-12-02")), false);
  assert.equal(isUpsideDown(query("from=2026-12-02")), false);
});

test("the day to begin with is no filter, and bounds what is older", () => {
  assert.deepEqual(filterOf(query("at=2026-12-02")), {});
  assert.deepEqual(filterUpTo(query("at=2026-12-02&name=a")), { fileName: "a", to: "2026-12-02T23:59:59Z" });
  assert.deepEqual(filterUpTo(query("at=2026-12-02&to=2026-12-01")), { to: "2026-12-01T23:59:59Z" });
  assert.equal(filterUpTo(query("at=soon")), null);
});
