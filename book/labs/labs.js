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

  // mdBook gives this label a state, and no role that could have one.
  document.getElementById("mdbook-sidebar-toggle")?.setAttribute("role", "button");

  // Code that is wider than the page scrolls, and what scrolls has to be reached with the keyboard; unfolded code as well.
  function reachable() {
    for (const code of document.querySelectorAll("main pre > code")) {
      if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
    }
  }
  reachable();
  document.addEventListener("toggle", reachable, true);

  // Where mdBook puts the files beside the pages; what book.toml lists lies elsewhere. It tells every page how to get to its root.
  const here = new URL(typeof path_to_root === "string" ? `${path_to_root}labs/` : "labs/", document.baseURI);

  /** Loads a script that few pages need; `then` is called when it has run. */
  function load(file, then = null) {
    const script = document.createElement("script");
    script.src = new URL(file, here).href;
    // Inserted scripts run as they arrive, unless they are told to keep their order.
    script.async = false;
    script.onload = then;
    document.head.append(script);
  }
  globalThis.wsLabs.load = load;

  // An element, and the scripts that it needs, in this order.
  const LATER = {
    "ws-run": ["markdown.js", "run.js"],
    "ws-lab": ["lab.js"],
  };
  for (const [name, files] of Object.entries(LATER)) {
    if (document.querySelector(name)) files.forEach((file) => load(file));
  }
})();
