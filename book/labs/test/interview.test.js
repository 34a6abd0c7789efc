/* A mock interview: what is asked, and what is said afterwards. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { interview } = require("./scripts.js");

const { LEVELS, TAKES, LENGTHS, RUBRIC, choose, report, clock, remembered } = interview;
const CHAPTERS = ["01", "02", "general", "10"];
const pool = Object.keys(TAKES).flatMap((grade) =>
  CHAPTERS.flatMap((chapter) => [1, 2, 3].map((n) => ({ id: `${grade}-${chapter}-${n}`, grade, chapter, links: [{ href: `${chapter}-topic.html#part`, text: chapter }] }))),
);
const plan = (more) => ({ level: "middle", minutes: 20, random: () => 0.5, history: [], ...more });
const time = (asked) => asked.reduce((sum, { grade }) => sum + TAKES[grade], 0);

test("an interview fits into its minutes, and uses them", () => {
  for (const level of Object.keys(LEVELS)) {
    for (const minutes of LENGTHS) {
      const asked = choose(pool, plan({ level, minutes }));
      assert.ok(time(asked) <= minutes && time(asked) > minutes - 6, `${level}, ${minutes}: ${time(asked)}`);
      assert.deepEqual(asked.slice(0, LEVELS[level].grades.length).map(({ grade }) => grade), LEVELS[level].grades.slice(0, asked.length));
    }
  }
});

test("no question comes twice, and chapters alternate", () => {
  const asked = choose(pool, plan({ minutes: 40, random: Math.random }));
  assert.equal(new Set(asked.map(({ id }) => id)).size, asked.length);
  asked.slice(1).forEach(({ chapter }, index) => assert.notEqual(chapter, asked[index].chapter));
});

test("what went badly, or was never asked, comes before what went well", () => {
  const two = pool.filter(({ grade, chapter }) => grade === "warm-up" && chapter === "01").slice(0, 2);
  const history = [{ level: "junior", answers: [{ id: two[0].id, points: ["answer", "trap", "proof"] }, { id: two[1].id, points: [] }] }];
  assert.equal(choose(two, plan({ level: "junior", minutes: 2, history }))[0].id, two[1].id);
});

test("a page with few questions ends early instead of never", () => {
  assert.deepEqual(choose([], plan()), []);
  assert.equal(choose(pool.slice(0, 1), plan()).length, 1);
  assert.equal(choose(pool.filter(({ grade }) => grade === "design"), plan({ level: "junior" })).length, 0);
});

test("a question that takes longer than the whole interview is asked all the same", () => {
  const design = pool.filter(({ grade }) => grade === "design");
  assert.equal(choose(design, plan({ level: "design", minutes: 1 })).length, 1);
});

test("the result says what was missing, what to reread, and what to do again", () => {
  const [first, , , second, , , across] = pool.filter(({ grade }) => grade === "working");
  const result = report([
    { question: first, points: ["answer", "trap", "proof"] },
    { question: second, points: ["proof"] },
    { question: across, points: ["answer", "trap"] },
  ]);
  assert.deepEqual([result.points, result.most], [6, 9]);
  assert.deepEqual(result.missed.map(({ question, without }) => [question.id, ...without]), [
    ["working-02-1", "the point", "the trap"],
    ["working-general-1", "the proof"],
  ]);
  assert.deepEqual(result.reread.map(({ href }) => href), ["02-topic.html#part", "general-topic.html#part"]);
  assert.deepEqual(result.redo, [{ chapter: "02", page: "02-topic.html" }], "an exercise belongs to a chapter, and is not for a missing proof");
  assert.match(result.verdict, /solid/);
});

test("the verdict follows the share of points", () => {
  const all = RUBRIC.map(({ key }) => key);
  const said = (points) => report([{ question: pool[0], points }]).verdict;
  assert.match(said(all), /learn something/);
  assert.match(said(all.slice(1)), /solid/);
  assert.match(said(all.slice(2)), /Too early/);
  assert.match(report([]).verdict, /Nothing was answered/);
});

test("a clock counts down, and on", () => {
  assert.deepEqual([1200, 61, 9, 0, -1, -75].map(clock), ["20:00", "1:01", "0:09", "0:00", "−0:01", "−1:15"]);
});

test("a history that is none is an empty one", () => {
  for (const text of [undefined, "", "{", "{}", "null", '[{"level":"boss","answers":[]}]', '[{"level":"junior"}]', '[{"level":"junior","answers":[{}]}]', '[null]']) {
    assert.deepEqual(remembered(text), [], String(text));
  }
  const one = { date: "2026-02-27", level: "junior", minutes: 10, answers: [{ id: "q", points: [] }] };
  assert.deepEqual(remembered(JSON.stringify([one])), [one]);
});
