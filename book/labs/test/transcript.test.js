/* The notation, beyond what the corpus says. */
"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { transcript, FOLDER } = require("./scripts.js");

const { parse, render, quote } = transcript;

test("a last line without a line break is a line", () => {
  assert.deepEqual(parse("alice → ping"), parse("alice → ping\n"));
});

test("line endings of windows change nothing", () => {
  assert.deepEqual(parse("alice → ping\r\n+1s\r\n"), parse("alice → ping\n+1s\n"));
});

test("nothing is a transcript without lines", () => {
  for (const nothing of ["", undefined, null]) assert.deepEqual(parse(nothing), { lines: [], errors: [] });
});

test("names are padded anew when lines are written", () => {
  const { lines } = parse("alice → ping\nbo → ping\n");
  assert.equal(render(lines), "alice → ping\nbo    → ping\n");
  assert.equal(render(lines.slice(1)), "bo → ping\n");
});

test("an error names the line by its number, from 1", () => {
  const { errors } = parse("alice → ping\nalice → pang\n");
  assert.deepEqual(errors, [{ line: 2, text: "alice → pang", why: "'pang' is neither a kind of message nor a method with a target" }]);
});

test("what is unknown is written as it stood", () => {
  assert.equal(render(parse("what\n\nis this\n").lines), "what\n\nis this\n");
});

test("JSON longer than 400 bytes stands as a string", () => {
  const json = (length) => `["${"x".repeat(length - 4)}"]`;
  assert.equal(parse(`alice → text ${json(400)}`).lines[0].event.payload.as, "json");
  assert.equal(parse(`alice → text ${json(401)}`).lines[0].kind, "unknown");
  assert.equal(parse(`alice → text ${quote(json(400))}`).lines[0].kind, "unknown");
  assert.equal(parse(`alice → text ${quote(json(401))}`).lines[0].event.payload.as, "text");
});

test("a long transcript is no deeper than a short one", () => {
  const text = "alice → ping\n".repeat(200_000);
  assert.equal(parse(text).lines.length, 200_000);
  assert.equal(render(parse(text).lines), text);
});

test("no text makes it throw, and none is changed but in its padding", () => {
  const folder = join(FOLDER, "corpus");
  const seeds = readdirSync(folder).filter((file) => file.endsWith(".txt"));
  const texts = seeds.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  const bits = [..."→←⊘·!+ \"\\<>{}[]#…‹›\u0000\u200b\ud800az09", " upgrade", " body ", " with ", "text ", "close ", "event ", "tcp reset by "];
  const random = generator(6455);
  const pick = (some) => some[Math.floor(random() * some.length)];
  const unpadded = (line) => line.replace(/^([^ ]+) +/, "$1 ");
  for (let round = 0; round < 20_000; round++) {
    let line = pick(texts);
    for (let edits = Math.floor(random() * 4); edits >= 0; edits--) {
      const at = Math.floor(random() * (line.length + 1));
      line = line.slice(0, at) + (random() < 0.7 ? pick(bits) : "") + line.slice(at + Math.floor(random() * 3));
    }
    const { lines } = parse(`${line}\n`);
    assert.equal(lines.length, 1);
    assert.equal(unpadded(render(lines)), unpadded(`${line}\n`));
  }
});

/** mulberry32: the same numbers on every run. */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
