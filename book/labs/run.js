/*
 * <ws-run chapter="01">: the learner's own run, as it is judged at every save. Loaded where a page has one; README.md describes it.
 */
(globalThis.wsLabs ??= {}).run = (() => {
  "use strict";

  // Under node, where the tests run, there is no page to put it in.
  if (typeof HTMLElement === "undefined") return {};

  const { on, element } = globalThis.wsLabs.live;
  const { inline } = globalThis.wsLabs.markdown;

  class Run extends HTMLElement {
    #parts = null;
    #message = null;
    #line = "connecting";
    #fresh = false;

    connectedCallback() {
      if (this.#parts) return;
      const chapter = this.getAttribute("chapter");
      this.#parts = skeleton(chapter);
      on("line", (line) => {
        this.#line = line;
        this.#draw();
      });
      on("run", (message) => {
        if (message.chapter !== chapter) return;
        this.#fresh = this.#message !== null && message.verdict !== null && message.doing === null;
        this.#message = message;
        this.#draw();
      });
    }

    #draw() {
      const { section, dots, count, state, wrong, note, body } = this.#parts;
      // What the page says without scripts stays until somebody serves it.
      if (this.#message === null) return;
      if (!section.isConnected) this.replaceChildren(section);
      const { verdict, doing, current } = this.#message;
      const lost = this.#line === "lost";

      section.classList.toggle("wsr-stale", verdict !== null && !current);
      section.dataset.state = verdict?.state ?? "none";
      section.dataset.doing = doing ?? "";
      dots.replaceChildren(...(verdict?.conversations ?? []).map(({ state }) => element("i", { "data-state": state })));
      count.textContent = verdict ? `${verdict.passed} of ${verdict.total}` : "";
      state.textContent = lost ? "the workbook is gone; waiting for it" : inWords(this.#message);
      const { error } = this.#message;
      wrong.replaceChildren(...(error ? stopped("Your code does not compile", error) : []));
      wrong.hidden = !error;
      note.replaceChildren(...notes(this.#message));
      note.hidden = note.childNodes.length === 0;

      const key = JSON.stringify(verdict);
      if (body.dataset.key !== key) {
        body.dataset.key = key;
        this.#fill(verdict);
      }
      if (this.#fresh) this.#show();
      this.#fresh = false;
    }

    #fill(verdict) {
      const { body } = this.#parts;
      const failed = verdict?.first_failure === null ? undefined : verdict?.conversations[verdict.first_failure];
      if (!verdict || verdict.state === "not started" || !failed) {
        this.#parts.ladder = null;
        body.replaceChildren(...(verdict ? [all(verdict)] : []));
        return;
      }
      const { title, step, expected, yours, problem } = failed;
      const parts = [element("p", { class: "wsr-title" }, element("b", {}, title), ` · step ${step}`)];
      if (problem?.kind !== "todo") {
        // The same element stays for as long as there is a difference to draw, and with it what is open in it.
        this.#parts.ladder ??= element("ws-ladder", { server: "your server" });
        Object.assign(this.#parts.ladder, { expected, yours });
        parts.push(this.#parts.ladder);
      } else {
        this.#parts.ladder = null;
      }
      parts.push(...reasons(failed), all(verdict));
      body.replaceChildren(...parts);
    }

    /** Whoever looks at this block gets to see the first difference in it; whoever reads elsewhere is left in peace. */
    #show() {
      const { ladder, section } = this.#parts;
      if (!ladder || !isSeen(section)) return;
      // The ladder draws at the end of this turn.
      setTimeout(() => {
        const row = ladder.querySelector("[data-side=expected], [data-side=yours]");
        if (row && !isSeen(row)) ladder.showFirstDifference();
      });
    }
  }

  /** Whether some of it is where somebody can see it, below the menu at the top of the page. */
  function isSeen(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return top < innerHeight && bottom > 60;
  }

  function skeleton(chapter) {
    const dots = element("span", { class: "wsr-dots", "aria-hidden": "true" });
    const count = element("span", { class: "wsr-count" });
    const state = element("span", { class: "wsr-state" });
    const head = element("div", { class: "wsr-head", role: "status" }, element("b", {}, "Your run"), dots, count, state);
    const wrong = element("p", { class: "wsr-problem", role: "status" });
    const note = element("p", { class: "wsr-note" });
    const body = element("div", { class: "wsr-body" });
    const section = element("section", { class: "wsr", "aria-label": `Your run of exercise ${chapter}` }, head, wrong, note, body);
    return { section, dots, count, state, wrong, note, body, ladder: null };
  }

  function inWords({ verdict, doing, current }) {
    if (doing === "checking") return "checking …";
    if (doing === "not compiled") return "does not compile";
    if (doing === "not built") return "could not be checked";
    if (!verdict) return "not checked yet";
    if (!current) return "your code has changed since";
    if (verdict.state === "not started") return "not started";
    return `${verdict.state === "passing" ? "all of them pass" : "failing"}, checked in ${verdict.millis} ms`;
  }

  function notes({ chapter, verdict, doing, current }) {
    const notes = [];
    if (doing === "not compiled") notes.push("All that the compiler says stands in the terminal where `cargo workbook` runs. ", verdict ? "What stands below is about your code as it was before. " : "");
    else if (doing === "not built") notes.push("Cargo says why, in the terminal where `cargo workbook` runs. ");
    else if (!verdict) notes.push(`Save a file in \`exercises/${chapter}-…/src/\`, or run \`cargo test -p exercise-${chapter}\`. `);
    else if (!current && doing === null) notes.push(`What stands below is about your code as it was before. Save it again, or run \`cargo test -p exercise-${chapter}\`. `);
    if (verdict?.state === "not started" && current) {
      const problem = verdict.conversations[0]?.problem;
      notes.push(`The first thing to write is in \`${problem?.location ?? "src/lib.rs"}\`: ${problem?.message ?? "step 1"} `);
    }
    if (verdict?.modified.length) {
      const files = verdict.modified.slice(0, 3).map((file) => `\`${file}\``).join(", ");
      notes.push(`Checked against a modified suite: ${files}${verdict.modified.length > 3 ? " and more" : ""}. `);
    }
    if (verdict?.state === "passing" && current) notes.push("Every conversation went as it should. Compare yours with [one good answer](#one-good-answer). ");
    return notes.flatMap(inline);
  }

  const KINDS = { todo: "Not written yet", panic: "Your code panicked", hang: "It hangs", end: "Your code ended the whole process" };

  function stopped(how, { location, message }) {
    const place = location ? [" in ", element("code", {}, location)] : [];
    return [element("b", {}, how), ...place, ": ", ...inline(message)];
  }

  /** What stopped it, what it is known as, and what to think about. */
  function reasons({ step, problem, mistake, note, hint, printed }) {
    const reasons = [];
    if (problem) {
      reasons.push(element("p", { class: "wsr-problem" }, ...stopped(KINDS[problem.kind] ?? "It stopped", problem)));
    }
    if (mistake) {
      const read = element("a", { href: mistake.read }, "Read what goes wrong here");
      reasons.push(
        element("div", { class: "wsr-mistake" }, element("p", {}, element("b", {}, mistake.heading)), element("p", {}, ...inline(mistake.why)), element("p", {}, read)),
      );
    }
    if (note && !mistake) reasons.push(element("p", { class: "wsr-problem" }, ...inline(note)));
    if (printed) reasons.push(element("details", {}, element("summary", {}, "What your code printed meanwhile"), element("pre", { tabindex: "0" }, printed.slice(0, 4000))));
    if (hint) {
      const paragraphs = hint.trim().split(/\n\s*\n/).map((text) => element("p", {}, ...inline(text)));
      reasons.push(element("details", { class: "wsr-hint" }, element("summary", {}, `A question for step ${step}`), ...paragraphs));
    }
    return reasons;
  }

  const STATES = {
    passed: ["✓", "passed"],
    failed: ["✗", "failed"],
    todo: ["·", "not written yet"],
    hung: ["✗", "hangs"],
    panicked: ["✗", "panics"],
    ended: ["✗", "ends the process"],
    skipped: ["·", "not played"],
  };

  function all({ conversations }) {
    const rows = conversations.map(({ name, title, step, state }) => {
      const [mark, words] = STATES[state] ?? STATES.skipped;
      const link = element("a", { href: `#${name.replaceAll("_", "-")}` }, title);
      return element("li", { "data-state": state }, element("span", { class: "wsr-mark", "aria-hidden": "true" }, mark), ` ${step} · `, link, element("small", {}, ` ${words}`));
    });
    return element("details", { class: "wsr-all" }, element("summary", {}, `All ${conversations.length} conversations`), element("ul", {}, ...rows));
  }

  customElements.define("ws-run", Run);
  return { Run };
})();
