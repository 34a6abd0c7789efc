/*
 * The entry: names the elements and draws what is on the page. It is the last script of `additional-js` in book.toml.
 *
 * Why no ES modules: a browser loads none from file://, where every file is an origin of its own, and the book is also read
 * as files, on a train. So each file here is a classic script, a function that runs at once and hands what it offers to one
 * global, `wsLabs`; whoever needs it takes it from there by name, and book.toml lists the files in the order in which they
 * need each other. The same files are what node tests: nothing is generated, bundled or kept twice.
 * (The name has a capital letter because a heading "Labs" has the id "labs", and a browser makes a global of every id.)
 */
(() => {
  "use strict";

  const { Ladder, upgrade } = globalThis.wsLabs.ladder;

  customElements.define("ws-ladder", Ladder);
  upgrade(document);
})();
