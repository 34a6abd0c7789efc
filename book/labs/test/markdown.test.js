/* The little Markdown of a verdict. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { markdown } = require("./scripts.js");

const { pieces } = markdown;

test("code, emphasis and links are set apart from the rest", () => {
  assert.deepEqual(pieces("Keep polling `recv()` until *None*, **always**: [why](01-lifecycle.html#x)."), [
    "Keep polling ",
    ["code", "recv()"],
    " until ",
    ["em", "None"],
    ", ",
    ["strong", "always"],
    ": ",
    ["a", "why", "01-lifecycle.html#x"],
    ".",
  ]);
});

test("what is code is nothing else", () => {
  assert.deepEqual(pieces("`a * b * [c](d)`"), [["code", "a * b * [c](d)"]]);
});

test("a link leads to a page, and runs nothing", () => {
  assert.deepEqual(pieces("[x](javascript:alert)"), ["x"]);
  assert.deepEqual(pieces("[x](data:text/html,y)"), ["x"]);
  assert.deepEqual(pieces("[x](#here)"), [["a", "x", "#here"]]);
  assert.deepEqual(pieces("[x](https://www.rfc-editor.org/rfc/rfc6455)"), [["a", "x", "https://www.rfc-editor.org/rfc/rfc6455"]]);
});

test("markup is text", () => {
  assert.deepEqual(pieces("<img src=x onerror=alert()>"), ["<img src=x onerror=alert()>"]);
});
