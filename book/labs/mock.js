/* A mock interview: the pages around interview.js. Enter begins; Space goes on; 1, 2 and 3 tick the rubric, Enter takes the next question. */
(() => {
  "use strict";

  if (typeof document === "undefined") return;
  const { boxes, interview, practice, questions: bank } = globalThis.wsLabs;
  const { h, kbd } = practice;
  const place = practice.mount("mock");
  if (!place) return;

  const { LEVELS, LENGTHS, RUBRIC } = interview;
  const { questions } = place;
  const kept = practice.store("ws-workbook.mock");
  const cards = practice.store("ws-workbook.cards");

  let history = interview.remembered(kept.read());
  let plan = { level: "middle", minutes: 20 };
  /** The interview under way, or nothing: { asked, at, stage, points, answers, since, ends, ticking, warned }. */
  let now;

  // Before

  function overview(said = "") {
    now = undefined;
    place.show(
      h(
        "div",
        { class: "wsp-row" },
        choice("Level", "level", Object.entries(LEVELS).map(([key, { name }]) => [key, name])),
        choice("Minutes", "minutes", LENGTHS.map((minutes) => [String(minutes), String(minutes)])),
      ),
      h("p", {}, h("button", { class: "wsp-main", "data-focus": true, onclick: begin }, "Begin ", kbd("Enter"))),
      past(),
    );
    place.say(said);
  }

  function choice(label, key, options) {
    const select = h("select", { name: key, onchange: () => (plan = { ...plan, [key]: key === "minutes" ? Number(select.value) : select.value }) });
    for (const [value, text] of options) select.append(h("option", { value, selected: String(plan[key]) === value }, text));
    return h("label", {}, `${label} `, select);
  }

  function past() {
    if (history.length === 0) return undefined;
    const rows = history.slice(-8).reverse().map(({ date, level, minutes, answers }) => {
      const points = answers.reduce((sum, answer) => sum + answer.points.length, 0);
      return h("tr", {}, h("td", {}, date), h("td", {}, LEVELS[level].name), h("td", {}, `${minutes} min`), h("td", {}, `${points} of ${answers.length * RUBRIC.length}`));
    });
    const forget = () => {
      if (!confirm("Forget the interviews that are listed here?")) return;
      remember([]);
      overview("Forgotten.");
    };
    return h(
      "div",
      { class: "wsp-past" },
      h("h2", {}, "So far"),
      h("table", {}, h("thead", {}, h("tr", {}, ...["Day", "Level", "Length", "Points"].map((name) => h("th", {}, name)))), h("tbody", {}, ...rows)),
      h("p", {}, h("button", { class: "wsp-quiet", onclick: forget }, "Forget these")),
    );
  }

  function remember(next) {
    history = next.slice(-30);
    kept.write(JSON.stringify(history));
  }

  // During

  function begin() {
    const asked = interview.choose(questions, { ...plan, random: Math.random, history });
    if (asked.length === 0) return overview("There is no question of this level on the page.");
    now = { asked, at: 0, answers: [], ends: Date.now() + plan.minutes * 60_000, warned: false };
    now.ticking = setInterval(tick, 1000);
    addEventListener("beforeunload", hold);
    question();
  }

  // Leaving the page by accident would lose the interview; the browser asks first.
  const hold = (event) => event.preventDefault();

  function tick() {
    const left = Math.round((now.ends - Date.now()) / 1000);
    const clock = place.stage.querySelector(".wsp-clock");
    clock.textContent = interview.clock(left);
    clock.classList.toggle("wsp-over", left < 0);
    // Said once: a clock that speaks every second says nothing.
    if (left <= 60 && !now.warned) {
      now.warned = true;
      place.say("One minute left: this is the last question.");
    }
  }

  function head() {
    const left = Math.round((now.ends - Date.now()) / 1000);
    return h(
      "p",
      { class: "wsp-progress" },
      `Question ${now.at + 1} of ${now.asked.length} · `,
      h("span", { class: "wsp-clock", role: "timer", "aria-label": "time left" }, interview.clock(left)),
    );
  }

  const quit = () => h("button", { class: "wsp-quiet", onclick: finish }, "End here");
  const current = () => now.asked[now.at];

  function question() {
    now.stage = "ask";
    now.points = new Set();
    place.show(
      head(),
      practice.origin(current()),
      practice.heading(current().ask),
      h("p", { class: "wsp-hint" }, "Answer aloud, to the end. One or two minutes are usual; for a design question, five."),
      h("p", { class: "wsp-row" }, h("button", { class: "wsp-main", onclick: follow }, "I have answered ", kbd("Space")), quit()),
    );
  }

  function follow() {
    now.stage = "follow";
    place.show(
      head(),
      h("p", { class: "wsp-from" }, current().title),
      practice.heading(""),
      h("p", { class: "wsp-hint" }, "What is wrong with that, and how do you know? Aloud again."),
      h("p", { class: "wsp-row" }, h("button", { class: "wsp-main", onclick: compare }, "Compare ", kbd("Space")), quit()),
    );
    place.stage.querySelector(".wsp-ask").append("Follow-up: ", h("q", {}, bank.followUp(current().trap)));
  }

  function compare() {
    now.stage = "grade";
    const { answer, trap, proof } = current();
    const box = ({ key, label }, index) => {
      const input = h("input", { type: "checkbox", name: key, onchange: () => (input.checked ? now.points.add(key) : now.points.delete(key)) });
      return h("label", {}, input, ` ${label} `, kbd(String(index + 1)));
    };
    const last = now.at + 1 === now.asked.length || Date.now() >= now.ends;
    place.show(
      head(),
      h("h2", { class: "wsp-ask", html: current().ask }),
      h("div", { class: "wsp-answer", tabindex: "-1", "data-focus": true, html: answer + trap + proof }),
      h("fieldset", { class: "wsp-rubric" }, h("legend", {}, "Be honest: one point each"), ...RUBRIC.map(box)),
      h("p", { class: "wsp-row" }, h("button", { class: "wsp-main", onclick: next }, last ? "To the result " : "Next question ", kbd("Enter")), quit()),
    );
  }

  function next() {
    now.answers.push({ question: current(), points: [...now.points] });
    now.at += 1;
    // When time is up the question under way is still finished, as a polite interviewer would let you.
    if (now.at === now.asked.length || Date.now() >= now.ends) return finish();
    question();
  }

  // After

  function finish() {
    clearInterval(now.ticking);
    removeEventListener("beforeunload", hold);
    const { answers } = now;
    if (answers.length === 0) return overview("Nothing was graded, so nothing is kept.");
    const ids = answers.map(({ question, points }) => ({ id: question.id, points }));
    remember([...history, { date: boxes.day(new Date()), ...plan, answers: ids }]);
    now = undefined;
    const { points, most, missed, reread, redo, verdict } = interview.report(answers);
    const link = ({ href, text }) => h("li", {}, h("a", { href }, text));
    const missedRow = ({ question, without }) => h("li", {}, h("a", { href: `question-bank.html#${question.id}` }, question.title), ` — without ${without.join(", ")}`);
    const exercise = ({ chapter, page }) =>
      h("li", {}, page ? h("a", { href: `${page}#exercise` }, `Exercise ${chapter}`) : `Exercise ${chapter}`, ": ", h("code", {}, `cargo workbook reset ${chapter}`));
    const practise = h("button", { onclick: () => demote(missed, practise) }, "Put these into today's cards");
    place.show(
      h("h2", { class: "wsp-ask", tabindex: "-1", "data-focus": true }, `${points} of ${most} points`),
      h("p", {}, verdict),
      missed.length > 0 ? h("h3", {}, "What was missing") : undefined,
      missed.length > 0 ? h("ul", {}, ...missed.map(missedRow)) : undefined,
      missed.length > 0 ? h("p", {}, practise) : undefined,
      reread.length > 0 ? h("h3", {}, "Reread") : undefined,
      reread.length > 0 ? h("ul", {}, ...reread.map(link)) : undefined,
      redo.length > 0 ? h("h3", {}, "Do again, from nothing") : undefined,
      redo.length > 0 ? h("ul", {}, ...redo.map(exercise)) : undefined,
      h("p", { class: "wsp-row" }, h("button", { class: "wsp-main", onclick: () => overview() }, "Another one ", kbd("Enter"))),
    );
  }

  function demote(missed, button) {
    let state = boxes.empty();
    try {
      state = boxes.parse(cards.read() ?? JSON.stringify(state));
    } catch {
      // Cards that cannot be read are replaced, as on their own page.
    }
    for (const { question } of missed) state = boxes.grade(state, question.id, "not", boxes.day(new Date()));
    cards.write(JSON.stringify(state));
    button.replaceWith(h("a", { href: "cards.html" }, "They are in today's cards."));
  }

  // The arrows turn mdBook's pages; in the middle of an interview that would end it.
  place.stage.addEventListener("keydown", (event) => {
    if (now && (event.key === "ArrowLeft" || event.key === "ArrowRight")) event.stopPropagation();
  });

  practice.onKeys((key) => {
    if (key === (now === undefined || now.stage === "grade" ? "Enter" : " ")) return place.stage.querySelector(".wsp-main").click(), true;
    if (now?.stage !== "grade") return false;
    const box = place.stage.querySelectorAll(".wsp-rubric input")[Number(key) - 1];
    return box !== undefined && (box.click(), true);
  });

  overview();
})();
