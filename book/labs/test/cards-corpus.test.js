/* The corpus of cards: which answer leads where, what is asked on a day, what a file may say. `cargo workbook quiz` is tested with the same. */
"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { boxes, FOLDER } = require("./scripts.js");

const { session, grade, parse, merge, write } = boxes;
const corpus = JSON.parse(readFileSync(join(FOLDER, "corpus-cards.json"), "utf8"));
const REFUSALS = { "no JSON": /holds no JSON/, foreign: /no file of cards of this book/, damaged: /The card q-bad in this file is damaged/ };
/** Two states are the same when they hold the same cards in the same order. */
const same = (got, expected) => assert.equal(JSON.stringify(got), JSON.stringify(expected));

for (const { name, state, id, grade: how, today, expected } of corpus.answers) {
  test(`answers: ${name}`, () => same(grade(state, id, how, today), expected));
}
for (const { name, state, questions, today, ahead, expected } of corpus.sessions) {
  test(`sessions: ${name}`, () => assert.deepEqual(session(state, questions.map((id) => ({ id })), today, ahead), expected));
}
for (const { name, mine, theirs, expected } of corpus.merges) {
  test(`merges: ${name}`, () => same(merge(mine, theirs), expected));
}
for (const { name, text, expected, written, refused } of corpus.files) {
  test(`files: ${name}`, () => {
    if (refused) return assert.throws(() => parse(text), REFUSALS[refused]);
    same(parse(text), expected);
    if (written) assert.equal(write(expected), text);
  });
}

test("the corpus is no smaller than it was", () => {
  const sizes = Object.values(corpus).map((cases) => cases.length);
  assert.ok(sizes.every((size, index) => size >= [12, 11, 4, 25][index]), String(sizes));
});
