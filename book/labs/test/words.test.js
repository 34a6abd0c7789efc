/* What an event is called, for the eye and for the ear. */
"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { transcript, words, FOLDER } = require("./scripts.js");

const { label, sentence, lanes, closeName } = words;
const line = (text) => transcript.parse(text).lines[0];
const said = (text) => sentence(line(text));
const seen = (text) => [label(line(text)).parts, ...label(line(text)).more].map((some) => some.map((part) => part.text).join(" ")).join(" | ");

test("an event is a sentence", () => {
  assert.equal(said('alice → text "hello"'), "alice sends text “hello” to the server.");
  assert.equal(said('alice ← text "hello"'), "alice receives text “hello” from the server.");
  assert.equal(said("alice → GET /ws/echo upgrade"), "alice asks the server for a WebSocket: GET /ws/echo upgrade.");
  assert.equal(said("alice ← 101 switching protocols"), "The server answers alice: 101 switching protocols.");
  assert.equal(said("alice ← close 1008"), "alice receives close 1008 policy violation from the server.");
  assert.equal(said("alice ⊘ tcp reset by alice"), "alice resets its TCP connection.");
  assert.equal(
    said("alice ⊘ tcp closed by the server without a close frame (1006)"),
    "alice's TCP connection is closed by the server. alice has received no Close frame and would report 1006.",
  );
  assert.equal(said("server ! panicked: oh no"), "The server panicked: oh no");
});

test("time is said in the unit that a person would use", () => {
  assert.deepEqual(["+1s", "+0.5s", "+20s", "+60s", "+120s", "+150s"].map(said), [
    "1 second passes.",
    "0.5 seconds pass.",
    "20 seconds pass.",
    "60 seconds pass.",
    "2 minutes pass.",
    "2 minutes 30 seconds pass.",
  ]);
});

test("a label is short and keeps what was said", () => {
  assert.equal(seen('alice → GET /ws upgrade origin "https://a" body "x"'), "GET /ws upgrade | origin: https://a | body “x”");
  assert.equal(seen("alice → close"), "close without a code");
  assert.equal(seen('alice ← close 4001 "bye"'), "close 4001 private to the application “bye”");
  assert.equal(seen('alice → text "a \\"b\\"\\n"'), 'text “a "b"\\n”');
  assert.equal(seen("alice → binary <>"), "binary no bytes");
  assert.equal(seen('alice ← event id "1" data "x"'), "event id “1” data “x”");
});

test("close codes are known by name or by range", () => {
  assert.equal(closeName(1000), "normal");
  assert.equal(closeName(1013), "try again later");
  assert.equal(closeName(1016), "not assigned");
  assert.equal(closeName(2999), "not assigned");
  assert.equal(closeName(3000), "registered by a library");
  assert.equal(closeName(3999), "registered by a library");
  assert.equal(closeName(4999), "private to the application");
  assert.equal(closeName(999), "not a close code");
  assert.equal(closeName(5000), "not a close code");
});

test("clients stand in order of appearance, the server last", () => {
  const { lines } = transcript.parse("server · ready\nbob   → ping\n+1s\nalice → ping\nbob   ← pong\n");
  assert.deepEqual(lanes(lines), ["bob", "alice", "server"]);
  assert.deepEqual(lanes([]), ["server"]);
});

test("every line of the corpus has a label and a sentence", () => {
  const folder = join(FOLDER, "corpus");
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    for (const line of JSON.parse(readFileSync(join(folder, file), "utf8"))) {
      const words = [sentence(line), ...[label(line).parts, ...label(line).more].flat().map((part) => part.text)].join(" ");
      assert.doesNotMatch(words, /undefined|null|NaN|object Object/, JSON.stringify(line));
    }
  }
});
