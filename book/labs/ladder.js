/*
 * <ws-ladder>: a transcript drawn as a ladder, one lane for each participant; README.md says how a page uses it.
 *
 * What is seen and what is heard are two renderings of one row: the arrow is hidden from screen readers, the sentence from
 * eyes. All geometry is in ladder.css; a row only says between which lanes it runs (--a, --b) and which lanes are connected.
 */
(globalThis.wsLabs ??= {}).ladder = (() => {
  "use strict";

  // Under node, where the tests run, there is no page to draw on.
  if (typeof HTMLElement === "undefined") return {};

  const { parse, render } = globalThis.wsLabs.transcript;
  const { diff } = globalThis.wsLabs.diff;
  const { label, sentence, lanes, isPanic } = globalThis.wsLabs.words;
  const { decode, header, toBytes, hex, opcodeName } = globalThis.wsLabs.frame;

  // A run of equal rows in a comparison is folded to this many beside each difference, when that saves more than a few.
  const CONTEXT = 3;
  const WORTH_FOLDING = 4;

  const SIDES = ["expected", "yours"];

  class Ladder extends HTMLElement {
    static observedAttributes = ["transcript", "expected", "yours", "only", "frames", "label", "server"];

    #texts = { transcript: null, expected: null, yours: null };
    #frames = null;
    #unfolded = new Set();
    #drawn = [];
    #waiting = false;
    #parts = null;

    /** The transcript to draw; or `expected` and `yours`, to draw what differs. */
    get transcript() {
      return this.#texts.transcript;
    }
    set transcript(text) {
      this.#set("transcript", text);
    }
    get expected() {
      return this.#texts.expected;
    }
    set expected(text) {
      this.#set("expected", text);
    }
    get yours() {
      return this.#texts.yours;
    }
    set yours(text) {
      this.#set("yours", text);
    }

    /** The frames behind the lines: [{ line: number from 1, fin, rsv, opcode, masked, length, bytes: hex }]. */
    get frames() {
      return this.#frames;
    }
    set frames(frames) {
      this.#frames = frames;
      this.#later();
    }

    /** Brings the first difference into view. */
    showFirstDifference() {
      this.#draw();
      const row = this.querySelector("[data-side=expected], [data-side=yours]");
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      row?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    }

    attributeChangedCallback(name, _, value) {
      if (name === "frames") this.frames = fromJson(value);
      else if (name in this.#texts) this.#set(name, value);
      else this.#later();
    }

    connectedCallback() {
      for (const code of this.querySelectorAll("pre > code")) {
        const side = SIDES.find((side) => code.classList.contains(side)) ?? "transcript";
        this.#texts[side] ??= withoutSnapshotHeader(code.textContent);
      }
      this.#draw();
    }

    #set(side, text) {
      if (text === this.#texts[side]) return;
      this.#texts[side] = text;
      this.#unfolded.clear();
      this.#later();
    }

    /** Several changes in one turn are drawn once. */
    #later() {
      if (this.#waiting || !this.isConnected) return;
      this.#waiting = true;
      queueMicrotask(() => this.#draw());
    }

    #draw() {
      this.#waiting = false;
      const { transcript, expected, yours } = this.#texts;
      const compared = expected !== null && yours !== null;
      const only = compared ? (SIDES.find((side) => side === this.getAttribute("only")) ?? null) : null;
      const text = compared ? this.#texts[only ?? "yours"] : (transcript ?? yours ?? expected);
      if (text === null) return;
      const all = compared ? diff(expected, yours) : parse(text).lines.map((line, index) => ({ side: "same", line, yours: index }));
      const rows = only ? all.filter(({ side }) => side === "same" || side === only) : all;
      const names = lanes(rows.map((row) => row.line));
      const frames = framesByLine(this.#frames);

      if (!this.#parts) {
        this.#parts = skeleton();
        this.replaceChildren(this.#parts.figure, this.#parts.text);
      }
      const { figure, head, list, pre, verdict } = this.#parts;
      figure.style.setProperty("--n", Math.max(2, names.length));
      figure.style.setProperty("--first", names.length === 1 ? 0 : names[0].length);
      figure.style.setProperty("--last", (this.getAttribute("server") ?? "server").length);
      figure.classList.toggle("wsl-compared", compared);
      figure.classList.toggle("wsl-opens", frames.size > 0);
      head.replaceChildren(...names.map((name, i) => this.#laneName(name, i, names.length)));
      list.setAttribute("aria-label", this.getAttribute("label") ?? summary(names, rows, compared));
      verdict.hidden = !compared || only !== null || rows.some((row) => row.side !== "same");

      const state = new Map(names.map((name) => [name, name === "server"]));
      const drawn = this.#fold(rows, compared && !only).map((row, i, every) => {
        const make = row.fold ? () => this.#foldRow(row) : null;
        // With one side alone, a run of rows is labelled once; with both, each row says whose it is.
        const tag = !only ? row.side : every[i - 1]?.side === row.side ? "" : "only here";
        if (!row.fold) return this.#row(row, names, state, row.yours === null ? undefined : frames.get(row.yours + 1), tag);
        row.fold.forEach((folded) => connected(folded, state));
        return { key: JSON.stringify(["fold", row.from, row.fold.length]), make };
      });
      // Rows that stay the same stay where they are: what is open or focused in them remains so while a live ladder grows.
      drawn.forEach(({ key, make }, i) => {
        if (this.#drawn[i] === key) return;
        const item = make();
        if (list.children[i]) list.children[i].replaceWith(item);
        else list.append(item);
      });
      while (list.children.length > drawn.length) list.lastChild.remove();
      this.#drawn = drawn.map(({ key }) => key);

      pre.textContent = compared && !only ? asDiffText(rows) : text;
    }

    #laneName(name, i, count) {
      const shown = name === "server" ? (this.getAttribute("server") ?? name) : name;
      const place = i === count - 1 ? "wsl-last" : i === 0 ? "wsl-first" : "";
      return element("span", { class: `wsl-name ${place}`, style: `--i:${count === 1 ? 1 : i}` }, shown);
    }

    /** A row as what it depends on (its key) and how to make it. */
    #row(row, names, state, frames, tag) {
      const { side, line } = row;
      const lives = connected(row, state).map(([, on]) => on);
      const key = JSON.stringify([side, line, lives, names, frames, tag]);
      return { key, make: () => makeRow({ side, tag, line }, lives, names, frames) };
    }

    #fold(rows, compared) {
      if (!compared || rows.every((row) => row.side === "same")) return rows;
      const near = rows.map((_, i) => rows.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((row) => row.side !== "same"));
      const folded = [];
      for (let i = 0; i < rows.length; ) {
        let end = i;
        while (end < rows.length && !near[end]) end++;
        if (end - i >= WORTH_FOLDING && !this.#unfolded.has(i)) folded.push({ fold: rows.slice(i, end), from: i });
        else folded.push(...rows.slice(i, Math.max(end, i + 1)));
        i = Math.max(end, i + 1);
      }
      return folded;
    }

    #foldRow({ fold, from }) {
      const button = element("button", { type: "button", class: "wsl-pill" }, `${fold.length} lines as expected`);
      const item = element("li", { class: "wsl-row wsl-fold" }, button);
      button.addEventListener("click", () => {
        const index = [...item.parentNode.children].indexOf(item);
        this.#unfolded.add(from);
        this.#draw();
        const first = this.#parts.list.children[index];
        first.tabIndex = -1;
        first.focus();
      });
      return item;
    }
  }

  function skeleton() {
    const head = element("div", { class: "wsl-head", "aria-hidden": "true" });
    const list = element("ol", { class: "wsl-rows", role: "list" });
    const verdict = element("p", { class: "wsl-verdict", hidden: "" }, "Yours is as expected.");
    const figure = element("div", { class: "wsl" }, element("div", { class: "wsl-in" }, head, list, verdict));
    const pre = element("pre", { class: "wsl-pre", role: "group", tabindex: "0", "aria-label": "The transcript as text" });
    const copied = element("span", { class: "wsl-copied", role: "status" });
    const copy = element("button", { type: "button", class: "wsl-copy" }, "Copy");
    copy.addEventListener("click", async () => {
      copied.textContent = (await toClipboard(pre)) ? "Copied." : "Select the text and copy it: this browser keeps the clipboard to itself.";
    });
    const text = element("details", { class: "wsl-text" }, element("summary", {}, "As text"), element("div", { class: "wsl-bar" }, copy, copied), pre);
    return { figure, head, list, verdict, text, pre };
  }

  /** Which lanes have a connection during this row; what only the expected transcript has opens and ends nothing. */
  function connected({ side, line }, state) {
    if (line.name === undefined || side === "expected") return [...state];
    if (line.kind === "sent" || line.kind === "received") state.set(line.name, true);
    const now = [...state];
    if (line.kind === "ended") state.set(line.name, false);
    return now;
  }

  function makeRow({ side, tag, line }, lives, names, frames) {
    const { kind, parts, more } = label(line);
    const item = element("li", { class: "wsl-row", "data-kind": kind, "data-side": side });
    lives.forEach((on, i) => item.append(element("i", { class: on ? "wsl-life" : "wsl-life wsl-off", style: `--i:${names.length === 1 ? 1 : i}` })));
    const before = side === "same" ? "" : (SAID[tag] ?? SAID["only here"]);
    item.append(element("span", { class: "wsl-said" }, before + sentence(line)));
    if (side !== "same" && tag) item.append(element("span", { class: "wsl-tag", "aria-hidden": "true" }, tag));

    const body = element("div", { class: "wsl-label" }, element("div", { class: "wsl-words" }, ...[parts, ...more].map(lineOfParts)));
    if (names.length > 2 && line.name && !isPanic(line)) body.firstChild.firstChild.prepend(element("span", { class: "wsl-who" }, `${line.name} `));
    const place = placed(line, names);
    item.append(element("div", { class: `wsl-${place.as}`, "aria-hidden": "true", style: place.style }, body, ...place.marks));
    if (frames) item.append(framePanel(frames, line));
    return item;
  }

  const SAID = { expected: "Expected, and missing in yours: ", yours: "In yours, and not expected: ", "only here": "Only here: " };

  /** Where a row is drawn: an arrow between two lanes, a note at one, a pill or a strip over all. */
  function placed(line, names) {
    const last = names.length - 1;
    const lane = names.indexOf(line.name);
    const mark = (name) => element("i", { class: name });
    const arrow = (as, fromLane, toLane) => ({
      as: `arrow ${as} ${toLane > fromLane ? "wsl-right" : "wsl-left"}`,
      style: `--a:${Math.min(fromLane, toLane)};--b:${Math.max(fromLane, toLane)}`,
      marks: [mark("wsl-shaft")],
    });
    switch (line.kind) {
      case "sent":
        return arrow("", lane, last);
      case "received":
        return arrow("", last, lane);
      case "ended":
        return line.event.by === line.name ? arrow("wsl-stop", lane, last) : arrow("wsl-stop", last, lane);
      case "remark":
      case "broke": {
        const here = names.length === 1 ? 1 : lane;
        return { as: lane < last / 2 ? "note wsl-right" : "note wsl-left", style: `--i:${here}`, marks: [mark("wsl-dot")] };
      }
      case "gap":
        return { as: "gap", style: "", marks: [] };
      default:
        return { as: "strip", style: "", marks: [] };
    }
  }

  function lineOfParts(parts) {
    const line = element("div", { class: "wsl-line" });
    parts.forEach(({ as, text }, i) => {
      if (i > 0) line.append(" ");
      line.append(element("span", { class: `wsl-${as}` }, ...withPlaceholders(text)));
    });
    return line;
  }

  /** ‹token› stands for a value that is another one on every run: it is set apart from what was really said. */
  function withPlaceholders(text) {
    return text.split(/(‹[^‹›]*›)/).map((piece) => (piece.startsWith("‹") ? element("i", { class: "wsl-hole" }, piece) : piece));
  }

  function summary(names, rows, compared) {
    const clients = names.slice(0, -1);
    const who = clients.length > 3 ? `${clients.length} clients` : clients.join(" and ") || "nobody";
    if (!compared) return `${who} and the server, ${rows.length} lines`;
    const count = (side) => rows.filter((row) => row.side === side).length;
    return `${who} and the server, expected and yours: ${count("same")} lines the same, ${count("expected")} expected and missing, ${count("yours")} not expected`;
  }

  function asDiffText(rows) {
    const marks = { same: " ", expected: "-", yours: "+" };
    const texts = render(rows.map((row) => row.line)).split("\n");
    return `--- expected\n+++ yours\n${rows.map((row, i) => `${marks[row.side]} ${texts[i]}\n`).join("")}`;
  }

  // Frames.

  function framesByLine(frames) {
    const lines = new Map();
    for (const frame of frames ?? []) lines.set(frame.line, [...(lines.get(frame.line) ?? []), frame]);
    return lines;
  }

  function framePanel(frames, line) {
    const what = frames.length === 1 ? "the frame" : `the ${frames.length} frames`;
    const name = element("summary", {}, "bytes", element("span", { class: "wsl-said" }, ` of ${what}`));
    const details = element("details", { class: "wsl-frames" }, name);
    // Most rows are never opened: the tables are made when one is.
    details.addEventListener("toggle", () => {
      if (!details.open || details.children.length > 1) return;
      const from = { sent: "client", received: "server" }[line.kind];
      frames.forEach((frame, i) => details.append(frameView(frame, from, frames.length > 1 ? `Frame ${i + 1} of ${frames.length}` : "Frame")));
    });
    return details;
  }

  function frameView(frame, from, title) {
    const bytes = frame.bytes ? toBytes(frame.bytes) : header(frame);
    const found = decode(bytes, from);
    const total = found.total ?? bytes.length;
    const view = element("section", { class: "wsl-frame" });
    view.append(element("p", { class: "wsl-frame-title" }, `${title}: ${opcodeName(found.opcode ?? frame.opcode)}, ${total} ${total === 1 ? "byte" : "bytes"}`));
    view.append(byteStrip(bytes, found));
    const rows = found.fields.map(({ name, bits, value, why, section }) =>
      element("tr", {}, element("th", { scope: "row" }, name), cell("wsl-bits", bitRange(bits)), cell("wsl-value", value), element("td", {}, `${why}\u00a0`, rfc(section))),
    );
    const heads = ["field", "bits", "value", "what it says"].map((text) => element("th", { scope: "col" }, text));
    view.append(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
    // Without the bytes themselves, what is missing after the header is no fault of the frame.
    const problems = frame.bytes ? found.problems : [];
    for (const { why, section } of problems) view.append(element("p", { class: "wsl-problem" }, `Not allowed: ${why}\u00a0`, rfc(section)));
    return view;
  }

  /** The bytes in the order of the wire, grouped by the field they belong to; the first two also as bits. */
  function byteStrip(bytes, found) {
    const strip = element("p", { class: "wsl-bytes", "aria-hidden": "true" });
    const group = (name, some, bits) => {
      if (some.length === 0) return;
      const shown = some.length > 32 ? `${hex(some.slice(0, 32))} …` : hex(some);
      strip.append(element("span", { class: `wsl-group wsl-of-${name.replace(/ .*/, "")}` }, element("b", {}, shown), element("small", {}, bits ? bitsOf(some[0], bits) : name)), " ");
    };
    group("head", bytes.slice(0, 1), [1, 3, 4]);
    group("head", bytes.slice(1, 2), [1, 7]);
    let at = 2;
    for (const { name, bits } of found.fields.filter(({ bits }) => bits[0] >= 16)) {
      const end = (bits[1] + 1) / 8;
      group(name, bytes.slice(at, end), null);
      at = end;
    }
    if (found.header === null || at < found.header) group("rest", bytes.slice(at), null);
    return strip;
  }

  function bitsOf(byte, widths) {
    const digits = byte.toString(2).padStart(8, "0");
    let at = 0;
    return widths.map((width) => digits.slice(at, (at += width))).join(" ");
  }

  const bitRange = ([first, last]) => (first === last ? String(first) : `${first}–${last}`);
  const cell = (name, text) => element("td", { class: name }, text);
  const rfc = (section) => element("a", { href: `https://www.rfc-editor.org/rfc/rfc6455#section-${section}` }, `§${section}`);

  // The page.

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  async function toClipboard(pre) {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      return true;
    } catch {
      // Without a secure context there is the old way: what is selected can be copied.
      getSelection().selectAllChildren(pre);
      return document.execCommand("copy");
    }
  }

  function fromJson(text) {
    try {
      return JSON.parse(text);
    } catch {
      console.error("<ws-ladder>: the attribute 'frames' is not JSON, so no bytes are shown", text);
      return null;
    }
  }

  /** A page may include a snapshot of insta whole: its header is not part of the transcript. */
  function withoutSnapshotHeader(text) {
    return text.replace(/^---\r?\n[^]*?\n---\r?\n/, "");
  }

  const BLOCK = "pre > code.language-transcript";

  /**
   * Draws every block of the language "transcript" below `root`, unless nothing in it is an event. Two blocks in a
   * `class="beside"`, the expected one first, are drawn beside each other with what differs marked in both.
   */
  function upgrade(root) {
    for (const pair of root.querySelectorAll(".beside")) {
      const codes = [...pair.querySelectorAll(BLOCK)];
      if (codes.length !== 2) continue;
      const [expected, yours] = codes.map((code) => withoutSnapshotHeader(code.textContent));
      replace(codes[0], { expected, yours }, "expected");
      replace(codes[1], { expected, yours }, "yours");
    }
    for (const code of root.querySelectorAll(BLOCK)) {
      if (code.closest("ws-ladder")) continue;
      const transcript = withoutSnapshotHeader(code.textContent);
      if (parse(transcript).lines.some((line) => line.kind !== "unknown")) replace(code, { transcript });
    }
  }

  function replace(code, texts, only) {
    const ladder = Object.assign(document.createElement("ws-ladder"), texts);
    if (only) ladder.setAttribute("only", only);
    code.parentElement.replaceWith(ladder);
  }

  return { Ladder, upgrade };
})();
