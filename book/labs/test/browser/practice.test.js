/*
 * Cards and mock interview in a real browser, on the real pages. It needs a Chromium, and the book: BOOK names a built one,
 * or an mdbook on the path builds it. Without either, it says so and is skipped.
 */
"use strict";

const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { after, before, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { launch } = require("./chromium.js");

const ROOT = join(__dirname, "../../../..");
const temporary = mkdtempSync(join(tmpdir(), "workbook-book-"));
let browser;
let book = process.env.BOOK;
let missing;

before(async () => {
  if (!book) {
    book = join(temporary, "book");
    if (spawnSync("mdbook", ["build", "-d", book, ROOT]).status !== 0) missing = "no built book: set BOOK, or install mdbook";
  }
  missing ??= existsSync(join(book, "cards.html")) ? undefined : `${book} holds no cards.html`;
  if (missing) return;
  browser = await launch();
  missing = browser ? undefined : "no Chromium: install one, or name it in CHROMIUM";
});

after(async () => {
  await browser?.close();
  rmSync(temporary, { recursive: true, force: true });
});

/** A test with a fresh page of the book; what a script throws there fails it. */
function inBrowser(name, file, options, action) {
  test(name, async (t) => {
    if (missing) return t.skip(missing);
    const page = await browser.open(pathToFileURL(join(book, file)).href, options);
    try {
      if (options.scripts !== false) {
        await page.run(() => localStorage.clear());
        await page.reload();
      }
      await action(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.close();
    }
  });
}

const text = (page, selector) => page.run((selector) => document.querySelector(selector)?.textContent, selector);
const boxes = (page) => page.run(() => [...document.querySelectorAll(".wsp-boxes b")].map((b) => Number(b.textContent)));
const state = (page) => page.run(() => JSON.parse(localStorage.getItem("ws-workbook.cards")));
const click = (page, name) => page.run((name) => [...document.querySelectorAll(".wsp button, .wsp summary")].find((b) => b.textContent.trim() === name).click(), name);
async function until(page, holds, ...values) {
  for (let turn = 0; turn < 100; turn += 1) {
    if (await page.run(holds, ...values)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`it never came: ${holds}`);
}

inBrowser("a session of cards needs the keyboard alone, and survives a reload", "cards.html", {}, async (page) => {
  const [fresh] = await boxes(page);
  await page.press("Enter");
  const first = await text(page, ".wsp-ask");
  assert.ok(first.length > 10);
  assert.equal(await page.run(() => document.activeElement.className), "wsp-ask", "the question has the focus");
  await page.press("3");
  assert.equal(await text(page, ".wsp-ask"), first, "no grade before the answer");
  await page.press(" ");
  assert.match(await text(page, ".wsp-answer"), /Trap\..*Proof\./s);
  assert.equal(await page.run(() => document.activeElement.className), "wsp-answer");
  await page.press("3");
  const second = await text(page, ".wsp-ask");
  assert.notEqual(second, first);
  await page.press(" ");
  await page.press("1");
  await page.press("u");
  assert.equal(await text(page, ".wsp-ask"), second, "u takes the grade back");
  assert.equal(Object.keys((await state(page)).cards).length, 1);
  await page.press(" ");
  await page.press("2");

  await page.reload();
  assert.deepEqual(await boxes(page), [fresh - 2, 1, 1, 0, 0, 0]);
  assert.equal(Object.keys((await state(page)).cards).length, 2);
});

inBrowser("what was not known comes once more, and the session ends", "cards.html", {}, async (page) => {
  await page.run(() => {
    const [chapter, grade] = document.querySelectorAll(".wsp select");
    chapter.value = "01";
    chapter.dispatchEvent(new Event("change"));
    document.querySelector("[name=grade]").value = "warm-up";
    document.querySelector("[name=grade]").dispatchEvent(new Event("change"));
  });
  // The select has the focus, and keeps Enter for itself.
  await page.run(() => document.activeElement.blur());
  const [cards] = await boxes(page);
  await page.press("Enter");
  assert.equal(await text(page, ".wsp-progress"), `${cards} to go`);
  const first = await text(page, ".wsp-ask");
  await page.press(" ");
  await page.press("1");
  for (let turn = 1; turn < cards; turn += 1) {
    await page.press(" ");
    await page.press("3");
  }
  assert.equal(await text(page, ".wsp-ask"), first);
  await page.press(" ");
  await page.press("3");
  assert.match(await text(page, ".wsp-said"), new RegExp(`^Done: ${cards} cards`));
  assert.match(await text(page, ".wsp-due"), /Nothing is due today/);
});

inBrowser("mdBook keeps its keys while cards are asked, and the cards keep theirs", "cards.html", {}, async (page) => {
  await page.press("Enter");
  const question = await text(page, ".wsp-ask");
  await page.press("s");
  await until(page, () => document.activeElement.id === "mdbook-searchbar" || document.activeElement.type === "search");
  await page.press("3");
  await page.press(" ");
  assert.equal(await text(page, ".wsp-ask"), question, "what is typed into the search is no grade");
  assert.equal(await text(page, ".wsp-answer"), undefined);
});

inBrowser("the boxes leave as a file and come back", "cards.html", { downloads: temporary }, async (page) => {
  for (const key of ["Enter", " ", "3", " ", "1"]) await page.press(key);
  await click(page, "End");
  const before = await state(page);
  await click(page, "Export");
  await until(page, () => new Promise((resolve) => setTimeout(() => resolve(true), 200)));
  const file = readdirSync(temporary).find((name) => /^websocket-cards-.*\.json$/.test(name));
  const exported = readFileSync(join(temporary, file), "utf8");
  assert.deepEqual(JSON.parse(exported), before);

  await click(page, "Forget everything");
  await until(page, () => document.querySelector(".wsp-said").textContent === "All cards are new again.");
  assert.deepEqual(page.dialogs, ["confirm"]);
  assert.deepEqual((await state(page)).cards, {});

  const put = async (path) => {
    const { root } = await page.send("DOM.getDocument");
    const { nodeId } = await page.send("DOM.querySelector", { nodeId: root.nodeId, selector: ".wsp input[type=file]" });
    await page.send("DOM.setFileInputFiles", { nodeId, files: [path] });
  };
  await put(join(temporary, file));
  await until(page, () => /^Imported: 2 cards/.test(document.querySelector(".wsp-said").textContent));
  assert.deepEqual(await state(page), before);

  await put(__filename);
  await until(page, () => /holds no JSON/.test(document.querySelector(".wsp-said").textContent));
  assert.deepEqual(await state(page), before, "a wrong file changes nothing");

  await click(page, "For Anki");
  await until(page, () => new Promise((resolve) => setTimeout(() => resolve(true), 200)));
  const notes = readFileSync(join(temporary, "websocket-cards.txt"), "utf8").trimEnd().split("\n");
  const count = (await boxes(page)).reduce((sum, one) => sum + one);
  assert.equal(notes.filter((line) => !line.startsWith("#")).length, count);
  for (const note of notes.slice(6)) assert.equal(note.split("\t").length, 4, note.slice(0, 60));
});

inBrowser("a mock interview, from the level to what to reread", "mock-interview.html", {}, async (page) => {
  await page.run(() => {
    // The questions in their own order, so that the one which is answered badly is one of a chapter that can be reread.
    Math.random = () => 0;
    const set = (name, value) => {
      const select = document.querySelector(`[name=${name}]`);
      select.value = value;
      select.dispatchEvent(new Event("change"));
    };
    set("level", "junior");
    set("minutes", "10");
    document.activeElement.blur();
  });
  await page.press("Enter");
  const [, many] = /^Question 1 of (\d+)/.exec(await text(page, ".wsp-progress"));
  assert.ok(Number(many) >= 3);
  assert.match(await text(page, ".wsp-clock"), /^(10:00|9:59)$/);
  for (let turn = 1; turn <= Number(many); turn += 1) {
    assert.match(await text(page, ".wsp-progress"), new RegExp(`^Question ${turn} of`));
    await page.press(" ");
    assert.match(await text(page, ".wsp-ask"), /^Follow-up: .{8,}/);
    await page.press(" ");
    assert.match(await text(page, ".wsp-answer"), /Trap\..*Proof\./s);
    await page.press("1");
    if (turn > 1) for (const key of ["2", "3"]) await page.press(key);
    // The arrows would leave the page.
    await page.press("ArrowRight");
    assert.equal(await page.run(() => document.querySelectorAll(".wsp-rubric input:checked").length), turn > 1 ? 3 : 1);
    await page.press("Enter");
  }
  assert.equal(await text(page, "h2.wsp-ask"), `${3 * many - 2} of ${3 * many} points`);
  assert.match(await text(page, ".wsp"), /What was missing.*without the trap, the proof.*Reread/s);
  const broken = await page.run(() => [...document.querySelectorAll(".wsp a[href]")].map((a) => a.getAttribute("href")).filter((href) => !/^[\w-]+\.html(#[\w-]+)?$/.test(href)));
  assert.deepEqual(broken, []);
  await click(page, "Put these into today's cards");
  assert.deepEqual(Object.values((await state(page)).cards).map(({ box }) => box), [1]);

  await page.reload();
  assert.match(await text(page, ".wsp-past"), new RegExp(`Junior.*10 min.*${3 * many - 2} of ${3 * many}`));
});

inBrowser("the clock warns once, and lets the question under way be finished", "mock-interview.html", {}, async (page) => {
  const pass = (minutes) => page.run((minutes) => ((now) => (Date.now = () => now() + minutes * 60_000))(Date.now), minutes);
  await page.press("Enter");
  assert.match(await text(page, ".wsp-clock"), /^(20:00|19:59)$/);
  await pass(19.5);
  await until(page, () => /^One minute left/.test(document.querySelector(".wsp-said").textContent));
  await pass(1);
  await until(page, () => document.querySelector(".wsp-over")?.textContent.startsWith("−0:"));
  for (const key of [" ", " ", "1"]) await page.press(key);
  assert.match(await text(page, ".wsp-main"), /^To the result/);
  await page.press("Enter");
  assert.equal(await text(page, "h2.wsp-ask"), "1 of 3 points");
});

inBrowser("leaving an interview by accident is asked about, and afterwards it is not", "mock-interview.html", {}, async (page) => {
  await page.press("Enter");
  await page.reload();
  assert.deepEqual(page.dialogs, ["beforeunload"]);
  await page.reload();
  assert.equal(page.dialogs.length, 1);
});

for (const file of ["cards.html", "mock-interview.html", "question-bank.html"]) {
  inBrowser(`without scripts, ${file} shows every question with its answer`, file, { scripts: false }, async (page) => {
    // Scripts of the page are off; the debugger's own still run.
    const [questions, answered] = await page.run(() => {
      const all = [...document.querySelectorAll("details.question")];
      return [all.length, all.filter((one) => /Trap\..*Proof\./s.test(one.textContent) && one.checkVisibility()).length];
    });
    assert.ok(questions > 50);
    assert.equal(answered, questions);
    assert.equal(await page.run(() => document.querySelector(".wsp")), null);
  });
}

inBrowser("the bank is filtered by grade without a script of ours, and printed with its answers", "question-bank.html", { scripts: false }, async (page) => {
  const seen = () => page.run(() => [...new Set([...document.querySelectorAll(".bank details.question")].filter((one) => one.checkVisibility()).map((one) => one.dataset.grade))]);
  assert.equal((await seen()).length, 4);
  await page.run(() => (document.querySelector("[name=bank-grade][value=senior]").checked = true));
  assert.deepEqual(await seen(), ["senior"]);
  await page.send("Emulation.setEmulatedMedia", { media: "print" });
  await until(page, () =>
    [...document.querySelectorAll('.question[data-grade="senior"]')].every(({ lastElementChild: proof }) => proof.checkVisibility({ contentVisibilityAuto: true }) && proof.offsetHeight > 0),
  );
});

inBrowser("a link to something folded opens it", "question-bank.html", {}, async (page) => {
  const open = () => page.run(() => [...document.querySelectorAll("details[open]")].map((details) => details.id));
  assert.deepEqual(await open(), []);
  await page.run(() => (location.hash = "q-resume"));
  await until(page, () => document.querySelector("#q-resume").open);
  assert.deepEqual(await open(), ["q-resume"]);
  await page.run(() => (location.hash = "%"));
  await page.go(pathToFileURL(join(book, "01-lifecycle.html")).href);
  assert.deepEqual(await open(), []);
  await page.go(`${pathToFileURL(join(book, "01-lifecycle.html")).href}?#close-is-answered`);
  assert.deepEqual(await open(), ["close-is-answered"]);
});

inBrowser("the cheat sheet is two sides of A4", "cheat-sheet.html", {}, async (page) => {
  const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true });
  const pages = Buffer.from(data, "base64").toString("latin1").match(/\/Type\s*\/Page\b/g);
  assert.equal(pages.length, 2);
});

for (const file of ["cards.html", "mock-interview.html", "question-bank.html", "cheat-sheet.html", "false-claims.html", "in-30-seconds.html", "10-design-interview.html"]) {
  inBrowser(`${file} fits a phone of 360 px`, file, { width: 360, height: 740 }, async (page) => {
    const wide = await page.run(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} px`);
  });
}
