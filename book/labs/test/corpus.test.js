/* The corpus: what a transcript is as text and as data. The crate `transcript` reads the same files. */
"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { transcript, FOLDER } = require("./scripts.js");

const { parse, render } = transcript;
const folder = join(FOLDER, "corpus");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -".txt".length));
const text = (name) => readFileSync(join(folder, `${name}.txt`), "utf8");
const data = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));

for (const name of names) {
  test(`${name} is read as its data says`, () => {
    assert.deepEqual(parse(text(name)).lines, data(name));
  });
  test(`${name} is written as it stands`, () => {
    assert.equal(render(data(name)), text(name));
  });
}

test("the corpus is no smaller than it was", () => {
  assert.ok(names.length >= 31, `${names.length} texts`);
  assert.deepEqual(readdirSync(folder).sort(), names.flatMap((name) => [`${name}.json`, `${name}.txt`]).sort());
});

test("every kind of line, event and payload is in the corpus", () => {
  const all = names.flatMap(data);
  const found = new Set();
  for (const { kind, event } of all) {
    found.add(kind);
    if (event?.type) found.add(`${kind} ${event.type}`);
    for (const payload of [event?.payload, event?.body]) if (payload) found.add(payload.as + (payload.cut ? " cut" : ""));
  }
  const messages = ["text", "binary", "ping", "pong", "close"];
  const wanted = [
    ...["gap", "sent", "received", "ended", "remark", "broke", "unknown"],
    ...["request", "first", "continue", "last", "bytes", ...messages].map((type) => `sent ${type}`),
    ...["response", "event", "comment", "text", "ping", "pong", "close"].map((type) => `received ${type}`),
    ...["json", "text", "hex", "text cut", "hex cut"],
  ];
  assert.deepEqual(wanted.filter((what) => !found.has(what)), []);
});

test("only the two files of bad lines have any", () => {
  const bad = names.filter((name) => parse(text(name)).errors.length > 0);
  assert.deepEqual(bad, ["broken-lines", "not-canonical"]);
});
