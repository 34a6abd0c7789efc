/* What differs between expected and yours. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { diff: module_, transcript } = require("./scripts.js");

const { diff } = module_;
const shown = (rows) => rows.map(({ side, line }) => `${side[0]} ${transcript.renderLine(line)}`);

test("equal transcripts have no difference", () => {
  assert.deepEqual(shown(diff("alice → ping\nalice ← pong\n", "alice → ping\nalice ← pong\n")), ["s alice → ping", "s alice ← pong"]);
});

test("what was expected stands before what came instead", () => {
  const rows = diff("alice → close 1000\nalice ← close 1000\n+1s\n", "alice → close 1000\nalice ⊘ tcp closed by the server\n+1s\n");
  assert.deepEqual(shown(rows), ["s alice → close 1000", "e alice ← close 1000", "y alice ⊘ tcp closed by the server", "s +1s"]);
});

test("rows say where their line stands on each side", () => {
  const rows = diff("+1s\n+2s\n", "+2s\n+3s\n");
  assert.deepEqual(
    rows.map(({ side, expected, yours }) => [side, expected, yours]),
    [
      ["expected", 0, null],
      ["same", 1, 0],
      ["yours", null, 1],
    ],
  );
});

test("a longer name elsewhere moves the arrows and makes no difference", () => {
  const rows = diff("alice → ping\n", "alice  → ping\nserver ! panicked: no\n");
  assert.deepEqual(shown(rows), ["s alice → ping", "y server ! panicked: no"]);
});

test("nothing against something, and nothing against nothing", () => {
  assert.deepEqual(shown(diff("", "+1s\n")), ["y +1s"]);
  assert.deepEqual(shown(diff("+1s\n", "")), ["e +1s"]);
  assert.deepEqual(diff("", ""), []);
});

test("both sides can be rebuilt, and what they share is as long as it can be", () => {
  let state = 1;
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const some = () => Array.from({ length: random(10) }, () => ({ kind: "gap", tenths: 10 + 10 * random(4) }));
  for (let round = 0; round < 3000; round++) {
    const [a, b] = [some(), some()];
    const rows = diff(a, b);
    assert.deepEqual(rows.filter(({ side }) => side !== "yours").map(({ line }) => line), a);
    assert.deepEqual(rows.filter(({ side }) => side !== "expected").map(({ line }) => line), b);
    assert.equal(rows.filter(({ side }) => side === "same").length, longestCommon(a, b));
  }
});

test("two long transcripts with nothing in common are answered in time", () => {
  const some = (from) => Array.from({ length: 20_000 }, (_, i) => ({ kind: "gap", tenths: from + 2 * i }));
  const start = performance.now();
  assert.equal(diff(some(1), some(2)).length, 40_000);
  assert.ok(performance.now() - start < 5000);
});

/** The textbook's table, to check the clever one against. */
function longestCommon(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] = a[i].tenths === b[j].tenths ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table[0][0];
}
