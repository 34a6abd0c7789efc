/* Loads the scripts of the labs as a page does: one after the other, into one global scope. The tests take wsLabs from here. */
"use strict";

const { join } = require("node:path");

const SCRIPTS = ["transcript", "diff", "words", "frame", "ladder", "reconnect", "live"];
/** What only pages with these elements load, in order. */
const ELEMENTS = {
  "ws-run": ["markdown", "run"],
  "ws-lab": ["lab"],
};
/** What a lab loads where nobody serves it. */
const WITHOUT_SERVER = ["replay"];
/** What only the pages of cards and of the mock interview load, by page and in order. */
const PRACTICE = {
  "cards.md": ["questions", "boxes", "practice", "cards"],
  "mock-interview.md": ["questions", "boxes", "interview", "practice", "mock"],
};
const FOLDER = join(__dirname, "..");

for (const name of new Set([...SCRIPTS, ...Object.values(ELEMENTS).flat(), ...WITHOUT_SERVER, ...Object.values(PRACTICE).flat()])) require(join(FOLDER, `${name}.js`));

module.exports = { ...globalThis.wsLabs, SCRIPTS, ELEMENTS, WITHOUT_SERVER, PRACTICE, FOLDER };
