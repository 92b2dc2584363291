import assert from "node:assert/strict";
import { mock, test } from "node:test";
import {
  englishOf, formatAge, formatBytes, formatCount, formatDay, formatPercent, formatSeconds, formatTime,
  formatTimeIn, splitName,
} from "../../Sources/WebFiles/page/app/format.js";

test("dates are in the page's language, in the reader's kind of it", () => {
  assert.equal(englishOf(["de-DE", "en-AU", "en-US"]), "en-AU");
  assert.equal(englishOf(["de-DE", "eng"]), "en-GB");
  assert.equal(englishOf([]), "en-GB");
});

test("a row without a time is told so", () => {
  assert.equal(formatTime(null), "date unknown");
  assert.equal(formatDay(undefined), "date unknown");
});

test("ages are told in the greatest unit that is full, and never lie ahead", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-12-10T12:00:00Z") });
  assert.equal(formatAge("2026-12-10T11:59:01Z"), "59 seconds ago");
  assert.equal(formatAge("2026-12-10T11:59:00Z"), "1 minute ago");
  assert.equal(formatAge("2026-12-10T09:00:00Z"), "3 hours ago");
  assert.equal(formatAge("2026-12-09T11:00:00Z"), "yesterday");
  assert.equal(formatAge("2026-11-10T12:00:00Z"), "30 days ago");
  // another machine's clock may be ahead
  assert.equal(formatAge("2026-12-10T12:05:00Z"), "now");
  mock.timers.reset();
});

test("sizes have three digits, and none where there is no size", () => {
  assert.equal(formatBytes(0), "0 bytes");
  assert.equal(formatBytes(999), "999 bytes");
  assert.equal(formatBytes(1536), "1.5 KB");
  assert.equal(formatBytes(300 * 1024 ** 2), "300 MB");
  assert.equal(formatBytes(5000 * 1024 ** 4), "5000 TB");
  assert.equal(formatBytes(null), "");
});

test("counts, shares and times", () => {
  assert.equal(formatCount(1, "person", "people"), "1 person");
  assert.equal(formatCount(0, "joint"), "0 joints");
  assert.equal(formatCount(12_345, "pose"), "12,345 poses");
  assert.equal(formatPercent(0.996), "100 %");
  assert.equal(formatSeconds(119.4), "119 s");
  assert.equal(formatSeconds(150), "3 min");
});

test("a time is told in the reader's zone, and in the server's where its clocks show another", () => {
  // the tests run in UTC
  const time = "2026-12-10T22:59:00Z";
  assert.match(formatTimeIn(time, "Europe/Berlin"), /10:59.*UTC \(11:59.* in Europe\/Berlin, the server’s time\)$/);
  for (const zone of ["UTC", "Africa/Abidjan", "No/Where", null]) assert.doesNotMatch(formatTimeIn(time, zone), /server/);
});

test("a file's own name is told apart from its folder", () => {
  assert.deepEqual(splitName("../pics/many/frame.jpg"), { base: "frame.jpg", folder: "../pics/many" });
  assert.deepEqual(splitName("/frame.jpg"), { base: "frame.jpg", folder: "/" });
  assert.deepEqual(splitName("frame.jpg"), { base: "frame.jpg", folder: "" });
  assert.deepEqual(splitName("folder/"), { base: "folder/", folder: "" });
});
