/* A recorded transcript in steps. */
"use strict";

const assert = require("node:assert/strict");
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { replay, transcript, FOLDER } = require("./scripts.js");

const texts = (text) => replay.steps(text).map((step) => step.text);

test("a step is what somebody did, with all that it caused", () => {
  assert.deepEqual(texts('alice → GET /ws upgrade\nalice ← 101 switching protocols\nalice → text "a"\nalice ← text "b"\nbob ← text "b"\n'), [
    "alice → GET /ws upgrade\nalice ← 101 switching protocols\n",
    'alice → text "a"\nalice ← text "b"\nbob   ← text "b"\n',
  ]);
});

test("an answer is no step of its own", () => {
  assert.equal(texts("alice → text \"quit\"\nalice ← close 1000\nalice → close 1000\nalice ⊘ tcp closed by the server\n").length, 1);
  assert.equal(texts("alice ← ping\nalice → pong\n").length, 1);
  assert.equal(texts("bob ← ping\nalice → pong\n").length, 2);
});

test("time belongs to what comes after it", () => {
  assert.deepEqual(texts("alice → ping\nalice ← pong\n+5s\nalice ⊘ tcp closed by the server\n").length, 1);
  assert.deepEqual(texts("alice → ping\nalice ← pong\n+5s\nalice → ping\n"), ["alice → ping\nalice ← pong\n", "+5s\nalice → ping\n"]);
});

test("a client that leaves, or does what is not on the wire, acts", () => {
  assert.equal(texts("alice → ping\nalice ⊘ tcp closed by alice\n").length, 2);
  assert.equal(texts("alice → ping\nalice · stops reading\n").length, 2);
  assert.equal(texts("alice → ping\nserver · says something\n").length, 1);
});

test("the steps of every recording are the recording, and it can be read", () => {
  const folder = join(FOLDER, "recorded");
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    assert.deepEqual(transcript.parse(text).errors, [], file);
    const lines = (text) => transcript.parse(text).lines;
    assert.deepEqual(texts(text).flatMap(lines), lines(text), file);
  }
});

test("nothing has no steps", () => {
  assert.deepEqual(replay.steps(""), []);
});
