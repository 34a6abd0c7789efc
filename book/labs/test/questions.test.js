/* The questions as what practises them needs them, taken from the bank itself. */
"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { questions, FOLDER } = require("./scripts.js");

const { followUp, plain } = questions;
const BOOK = join(FOLDER, "..");
const read = (path) => readFileSync(join(BOOK, path), "utf8");

test("every file of questions is on the page of all questions", () => {
  const all = read("interview/all.md");
  for (const file of readdirSync(join(BOOK, "interview/bank"))) {
    assert.ok(all.includes(`{{#include bank/${file}}}`), `book/interview/all.md does not include bank/${file}`);
  }
});

test("an id names one question", () => {
  const ids = readdirSync(join(BOOK, "interview/bank")).flatMap((file) =>
    [...read(`interview/bank/${file}`).matchAll(/<details class="question" id="([^"]+)"/g)].map(([, id]) => id),
  );
  assert.ok(ids.length > 50);
  assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
});

test("a follow-up is the wrong claim, without its explanation", () => {
  assert.equal(followUp("<p><strong>Trap.</strong> “The accept value authenticates the server.” It proves only …</p>"), "The accept value authenticates the server");
  assert.equal(followUp('<p><strong>Trap.</strong> "64 K ports, so 64 K users", and then a test.</p>'), "64 K ports, so 64 K users");
  assert.equal(followUp("<p><strong>Trap.</strong> Sending the Close back yourself. It fails.</p>"), "Sending the Close back yourself");
  assert.equal(followUp("<p><strong>Trap.</strong> <a href='x'>Waiting without a deadline</a>: one client …</p>"), "Waiting without a deadline");
  assert.equal(followUp("<p><strong>Trap.</strong> <code>a::b(1.5)</code> and hope: slow.</p>"), "a::b(1.5) and hope");
  assert.equal(followUp("<p><strong>Trap.</strong> Is it so? No.</p>"), "Is it so?");
  assert.equal(followUp("<p><strong>Trap.</strong> No end</p>"), "No end");
});

test("every trap of the bank gives a follow-up that can be said", () => {
  for (const file of readdirSync(join(BOOK, "interview/bank"))) {
    for (const [, trap] of read(`interview/bank/${file}`).matchAll(/\*\*Trap\.\*\*([^]*?)\n\n\*\*Proof/g)) {
      const said = followUp(`Trap. ${trap.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")}`);
      assert.ok(said.length >= 8 && said.length <= 220, `${file}: ${said}`);
    }
  }
});

test("markup and entities become text", () => {
  assert.equal(plain("<p>a &lt;b&gt; &amp;amp;\n <em>c</em></p>"), "a <b> &amp; c");
});
