/* Loads the scripts of the labs as a page does: one after the other, into one global scope. The tests take wsLabs from here. */
"use strict";

const { join } = require("node:path");

const SCRIPTS = ["transcript", "diff", "words", "frame", "ladder", "reconnect", "live"];
/** What only pages with these elements load, in order. */
const ELEMENTS = {
  "ws-run": ["markdown", "run"],
  "ws-lab": ["lab"],
};
/** What a lab loads when it is needed: where nobody serves it, and when the page itself shall be a client. */
const ON_DEMAND = ["replay", "page"];
/** What only the pages of cards and of the mock interview load, by page and in order. */
const PRACTICE = {
  "cards.md": ["questions", "boxes", "practice", "cards"],
  "mock-interview.md": ["questions", "boxes", "interview", "practice", "mock"],
};
const FOLDER = join(__dirname, "..");

for (const name of new Set([...SCRIPTS, ...Object.values(ELEMENTS).flat(), ...ON_DEMAND, ...Object.values(PRACTICE).flat()])) require(join(FOLDER, `${name}.js`));

module.exports = { ...globalThis.wsLabs, SCRIPTS, ELEMENTS, ON_DEMAND, PRACTICE, FOLDER };
