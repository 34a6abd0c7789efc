/* When a page comes back to a server that was away. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { reconnect } = require("./scripts.js");

const { Backoff, limit } = reconnect;
const waits = (backoff, count, random = 1) => Array.from({ length: count }, () => backoff.closed(0, 1006, random));

test("the limit doubles from attempt to attempt, up to a quarter of a minute", () => {
  assert.deepEqual(waits(new Backoff(), 8), [400, 800, 1600, 3200, 6400, 12800, 15000, 15000]);
  assert.equal(limit(2000), 15000);
});

test("the wait is anything from nothing to the limit: full jitter", () => {
  assert.deepEqual(waits(new Backoff(), 3, 0), [0, 0, 0]);
  assert.deepEqual(waits(new Backoff(), 3, 0.5), [200, 400, 800]);
});

test("a connection that stayed up ends the backoff, and one that did not stay does not", () => {
  const backoff = new Backoff();
  waits(backoff, 4);
  backoff.opened(1000);
  assert.equal(backoff.closed(1500, 1006, 1), 6400);
  backoff.opened(10_000);
  assert.equal(backoff.closed(20_000, 1001, 1), 400);
});

test("a page that broke a rule does not come back to break it again", () => {
  for (const code of [1003, 1007, 1008, 1009]) assert.equal(new Backoff().closed(0, code, 1), null);
  for (const code of [1000, 1001, 1006, 1011, 1013]) assert.equal(new Backoff().closed(0, code, 1), 400);
});

test("a hundred pages that lost their server together do not come back together", () => {
  const first = Array.from({ length: 100 }, () => new Backoff().closed(0, 1006, Math.random()));
  const buckets = new Set(first.map((wait) => Math.floor(wait / 40)));
  assert.ok(buckets.size >= 8, `${buckets.size} of 10 tenths of the time have a page in them`);
});
