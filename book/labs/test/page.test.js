/* What a page loads: classic scripts in the right order, from this project alone, and not too much of it. */
"use strict";

const assert = require("node:assert/strict");
const { existsSync, readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");
const { gzipSync } = require("node:zlib");
const { SCRIPTS, ELEMENTS, ON_DEMAND, PRACTICE, FOLDER } = require("./scripts.js");

const read = (name) => readFileSync(join(FOLDER, name), "utf8");
const scripts = [...SCRIPTS.map((name) => `${name}.js`), "labs.js"];

test("every script runs as a classic script, in order, with one global", () => {
  const defined = {};
  const loaded = [];
  const page = vm.createContext({
    HTMLElement: class {},
    customElements: { define: (name, element) => (defined[name] = element) },
    document: {
      baseURI: "file:///book/deep/page.html",
      // A page that has every element there is.
      querySelector: (name) => name,
      querySelectorAll: () => [],
      getElementById: () => null,
      addEventListener: () => {},
      createElement: () => ({}),
      head: { append: ({ src, async }) => loaded.push([src, async]) },
    },
    location: { protocol: "file:", hostname: "", pathname: "/book/deep/page.html" },
    path_to_root: "../",
    crypto,
    URL,
    TextEncoder,
    TextDecoder,
  });
  const before = new Set(Object.keys(page));
  for (const script of scripts) vm.runInContext(read(script), page, { filename: script });
  assert.deepEqual(Object.keys(page).filter((name) => !before.has(name)), ["wsLabs"]);
  assert.deepEqual(Object.keys(defined), ["ws-ladder"]);
  // What labs.js asks for then comes in the order in which it asks, from beside the pages.
  const later = Object.values(ELEMENTS).flat();
  assert.deepEqual(loaded, later.map((name) => [`file:///book/labs/${name}.js`, false]));
  for (const name of [...later, ...ON_DEMAND]) vm.runInContext(read(`${name}.js`), page, { filename: name });
  assert.deepEqual(Object.keys(page).filter((name) => !before.has(name)), ["wsLabs"]);
  assert.deepEqual(Object.keys(defined), ["ws-ladder", ...Object.keys(ELEMENTS)]);
});

test("book.toml loads the scripts in the order in which they need each other", () => {
  const config = join(FOLDER, "../../book.toml");
  if (!existsSync(config)) return;
  const [, list = ""] = /^additional-js = \[([^\]]*)\]/m.exec(readFileSync(config, "utf8")) ?? [];
  const loaded = [...list.matchAll(/"book\/labs\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(loaded.filter((name) => scripts.includes(name)), scripts);
});

test("nothing is fetched from anywhere", () => {
  for (const file of readdirSync(FOLDER).filter((name) => /\.(js|css)$/.test(name))) {
    assert.doesNotMatch(read(file), /\bfetch\(|XMLHttpRequest|@import|\burl\(|\bimport\b\s*\(|sendBeacon/, file);
  }
});

test("a page of practice loads its own scripts, in the order in which they need each other", () => {
  for (const [page, names] of Object.entries(PRACTICE)) {
    const text = readFileSync(join(FOLDER, "..", page), "utf8");
    assert.deepEqual([...text.matchAll(/<script src="labs\/([^"]+)\.js">/g)].map(([, name]) => name), names, page);
  }
});

const weight = (names) => names.reduce((sum, name) => sum + gzipSync(read(name)).length, 0);
const light = (names, most) => assert.ok(weight(names) <= most * 1024, `${(weight(names) / 1024).toFixed(1)} KiB`);
const ownScripts = (page) => PRACTICE[page].map((name) => `${name}.js`);

test("a page stays light: 40 KiB compressed for everything that every page loads from here", () => {
  const ofSomePages = new Set(["interview.css", ...ON_DEMAND.map((name) => `${name}.js`), ...Object.keys(PRACTICE).flatMap(ownScripts)]);
  light(readdirSync(FOLDER).filter((name) => /\.(js|css)$/.test(name) && !ofSomePages.has(name)), 40);
});

test("what a lab loads when it is needed adds at most 3 KiB", () => {
  for (const name of ON_DEMAND) light([`${name}.js`], 3);
});

test("a page of practice adds at most 14 KiB", () => {
  for (const page of Object.keys(PRACTICE)) light([...ownScripts(page), "interview.css"], 14);
});
