/* Leitner's boxes: when a card comes back, what a session asks, and what is taken along. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { boxes } = require("./scripts.js");

const { NEW_A_DAY, empty, day, later, session, grade, count, parse, merge, anki } = boxes;
const TODAY = "2026-02-27";
const cards = (...ids) => ids.map((id) => ({ id }));
const many = cards(...Array.from({ length: 40 }, (_, index) => `q-${index}`));

test("days are counted on the calendar of the reader", () => {
  assert.equal(day(new Date(2026, 1, 3, 23, 59)), "2026-02-03");
  assert.equal(later(TODAY, 2), "2026-03-01");
  assert.equal(later("2026-12-31", 1), "2027-01-01");
  // The days on which clocks change have 23 and 25 hours.
  assert.equal(later("2026-03-28", 2), "2026-03-30");
  assert.equal(later("2026-10-24", 2), "2026-10-26");
});

test("what is known waits longer each time: 1, 2, 4, 8 and again 8 days", () => {
  let state = empty();
  let today = TODAY;
  const waits = [];
  for (let turn = 0; turn < 5; turn += 1) {
    state = grade(state, "q", "knew", today);
    waits.push((Date.parse(state.cards.q.due) - Date.parse(today)) / 86_400_000);
    today = state.cards.q.due;
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 8]);
});

test("what is not known goes back to the first box, and comes again today", () => {
  let state = empty();
  for (const how of ["knew", "knew", "not"]) state = grade(state, "q", how, TODAY);
  assert.deepEqual(state.cards.q, { box: 1, first: TODAY, due: TODAY, last: TODAY });
});

test("what is almost known stays in its box until tomorrow", () => {
  const state = grade(grade(empty(), "q", "knew", TODAY), "q", "almost", TODAY);
  assert.deepEqual([state.cards.q.box, state.cards.q.due], [2, "2026-02-28"]);
  assert.throws(() => grade(empty(), "q", "maybe", TODAY), /no such grade/);
});

test("a grade leaves the old state alone, so that it can be taken back", () => {
  const before = grade(empty(), "q", "knew", TODAY);
  const copy = structuredClone(before);
  grade(before, "q", "not", TODAY);
  assert.deepEqual(before, copy);
});

test("a session asks what is due, lowest box first, and then some new ones", () => {
  let state = empty();
  for (const how of ["knew", "knew"]) state = grade(state, "high", how, "2026-02-01");
  state = grade(state, "low", "not", "2026-02-01");
  state = grade(state, "waiting", "knew", TODAY);
  assert.deepEqual(session(state, cards("new", "high", "waiting", "low"), TODAY), ["low", "high", "new"]);
});

test("new cards are few a day, however often a session begins", () => {
  assert.equal(session(empty(), many, TODAY).length, NEW_A_DAY);
  let state = empty();
  for (const id of session(state, many, TODAY)) state = grade(state, id, "knew", TODAY);
  assert.deepEqual(session(state, many, TODAY), []);
  assert.equal(session(state, many, later(TODAY, 1)).length, 2 * NEW_A_DAY);
  assert.equal(session(state, many, TODAY, true).length, many.length, "ahead of time, all of them");
});

test("cards of other filters do not come, but count for the day", () => {
  let state = empty();
  for (let index = 0; index < NEW_A_DAY; index += 1) state = grade(state, `other-${index}`, "knew", TODAY);
  assert.deepEqual(session(state, cards("a"), TODAY), []);
  assert.deepEqual(count(state, cards("a", "other-0")), [1, 0, 1, 0, 0, 0]);
});

test("an export is what an import reads", () => {
  const state = grade(grade(empty(), "a", "knew", TODAY), "b", "not", TODAY);
  assert.deepEqual(parse(JSON.stringify(state)), state);
  assert.deepEqual(merge(empty(), state), state);
});

test("of two states, each card keeps the newer answer", () => {
  const old = grade(grade(empty(), "a", "knew", "2026-02-01"), "b", "knew", "2026-02-20");
  const other = grade(grade(empty(), "a", "not", "2026-02-10"), "b", "not", "2026-02-10");
  const both = merge(old, other);
  assert.deepEqual([both.cards.a.box, both.cards.b.box], [1, 2]);
});

test("a file that is none is refused with a sentence", () => {
  assert.throws(() => parse("front\tback"), /holds no JSON\. Choose the file/);
  assert.throws(() => parse("[]"), /no file of cards/);
  assert.throws(() => parse("null"), /no file of cards/);
  assert.throws(() => parse('{"format":2,"cards":{}}'), /no file of cards/);
  for (const card of [null, {}, { box: 9, first: TODAY, due: TODAY, last: TODAY }, { box: 1, first: TODAY, due: "soon", last: TODAY }]) {
    assert.throws(() => parse(JSON.stringify({ format: 1, cards: { q: card } })), /card q .* damaged/);
  }
});

test("names of JavaScript's own objects are no cards", () => {
  assert.deepEqual(session(empty(), cards("constructor"), TODAY), ["constructor"]);
  assert.deepEqual(count(empty(), cards("toString")), [1, 0, 0, 0, 0, 0]);
});

test("Anki gets one line a note, with quotes doubled and links into the book as words", () => {
  const question = {
    id: "q-a",
    chapter: "01",
    grade: "senior",
    ask: 'What is "1006"?',
    answer: "<p>One\nline\tonly, <a class='x' href=\"01-lifecycle.html#x\">here</a> and <a href=\"https://www.rfc-editor.org/x\">there</a>.</p>",
    trap: "",
    proof: "",
  };
  const lines = anki([question]).split("\n");
  assert.deepEqual(lines.slice(0, 2), ["#separator:tab", "#html:true"]);
  assert.equal(lines.at(-1), "");
  const fields = lines.at(-2).split("\t");
  assert.equal(fields.length, 4);
  assert.equal(fields[1], '"What is ""1006""?"');
  assert.equal(fields[2], '"<p>One line only, here and <a href=""https://www.rfc-editor.org/x"">there</a>.</p>"');
  assert.equal(fields[3], '"websocket chapter-01 senior"');
});
