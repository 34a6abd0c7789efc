/* Loads the scripts of the labs as a page does: one after the other, into one global scope. The tests take wsLabs from here. */
"use strict";

const { join } = require("node:path");

const SCRIPTS = ["transcript", "diff", "words", "frame", "ladder"];
const FOLDER = join(__dirname, "..");

for (const name of SCRIPTS) require(join(FOLDER, `${name}.js`));

module.exports = { ...globalThis.wsLabs, SCRIPTS, FOLDER };
