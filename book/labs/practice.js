/*
 * What cards and mock interview have in common: a place on the page, elements, keys, and something that is kept.
 *
 * A page includes the questions in `<div class="practice" data-practice="cards">`. Without scripts they are read there;
 * with them, they step aside for what practises them.
 */
(globalThis.wsLabs ??= {}).practice = (() => {
  "use strict";

  /** An element: `h("button", { class: "wsp-main", onclick }, "Start")`. */
  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element[name] = value;
      else if (name === "html") element.innerHTML = value;
      else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== undefined));
    return element;
  }

  /** Shows one view after the other in the place of that kind, brings the focus along, and says a sentence besides. */
  function mount(kind) {
    const places = document.querySelectorAll(".practice");
    // The page for printing holds the whole book, and nobody practises on it.
    if (places.length !== 1 || places[0].dataset.practice !== kind) return undefined;
    const questions = globalThis.wsLabs.questions.read(places[0]);
    const stage = h("div");
    // One place for what is said in passing: a screen reader only listens to an element that was there before its text.
    const status = h("p", { role: "status", class: "wsp-said" });
    places[0].replaceChildren(h("div", { class: "wsp" }, stage, status));
    // The focus follows whoever practises, but nobody who only opens the page.
    let begun = false;
    const say = (text) => (status.textContent = text);
    const show = (...children) => {
      say("");
      stage.replaceChildren(...children.filter((child) => child !== undefined));
      if (begun) stage.querySelector("[data-focus]")?.focus();
      begun = true;
    };
    return { stage, show, say, questions };
  }

  /** Text under a name in this browser; `kept()` is false where a browser keeps nothing. */
  function store(name) {
    let kept = true;
    const attempt = (action) => {
      try {
        return action();
      } catch {
        kept = false;
        return undefined;
      }
    };
    return {
      read: () => attempt(() => localStorage.getItem(name)) ?? undefined,
      write: (text) => attempt(() => localStorage.setItem(name, text)),
      kept: () => kept,
    };
  }

  /**
   * Keys of the page as a whole, for as long as `act(key)` knows what to do with them and says so by returning true.
   * A focused control keeps its own keys, and what is typed with a modifier or into the search belongs to others.
   */
  function onKeys(act) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
      if (event.target.closest("input, select, textarea, summary")) return;
      if ((event.key === " " || event.key === "Enter") && event.target.closest("button, a[href]")) return;
      if (act(event.key)) event.preventDefault();
    });
  }

  /** Gives the reader a file. */
  function download(name, type, text) {
    const link = h("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const chapterName = (chapter) => (chapter === "general" ? "across chapters" : `chapter ${chapter}`);

  /** Where a question comes from. */
  const origin = ({ chapter, grade }) => h("p", { class: "wsp-from" }, `${chapterName(chapter)} · ${grade}`);

  /** The question as the heading of a view, which gets the focus, so that it is what a screen reader says next. */
  const heading = (html) => h("h2", { class: "wsp-ask", tabindex: "-1", "data-focus": true, html });

  const kbd = (key) => h("kbd", {}, key);

  return { h, mount, store, onKeys, download, chapterName, origin, heading, kbd };
})();
