/* Flashcards: the pages around boxes.js. Enter begins, Space shows the answer; 1, 2 and 3 grade it; u takes the last grade back. */
(() => {
  "use strict";

  if (typeof document === "undefined") return;
  const { boxes, practice, questions: bank } = globalThis.wsLabs;
  const { h, kbd } = practice;
  const place = practice.mount("cards");
  if (!place) return;

  const GRADES = [
    ["1", "not", "Not yet"],
    ["2", "almost", "Almost"],
    ["3", "knew", "Knew it"],
  ];
  const { questions } = place;
  const byId = new Map(questions.map((question) => [question.id, question]));
  const kept = practice.store("ws-workbook.cards");
  const today = () => boxes.day(new Date());

  let state = load();
  let filter = { chapter: "", grade: "" };
  /** The session: what is still to be asked, what went before, for `u`, and whether the answer is open. */
  let queue = [];
  let before = [];
  let open = false;

  function load() {
    const text = kept.read();
    if (text === undefined) return boxes.empty();
    try {
      return boxes.parse(text);
    } catch {
      // What somebody else has put under this name is no reason to show nothing.
      return boxes.empty();
    }
  }

  function save(next) {
    state = next;
    kept.write(JSON.stringify(state));
  }

  const wanted = () =>
    questions.filter(({ chapter, grade }) => (!filter.chapter || chapter === filter.chapter) && (!filter.grade || grade === filter.grade));

  // The overview

  function overview(said = "") {
    queue = [];
    const cards = wanted();
    const waiting = boxes.session(state, cards, today());
    const fresh = waiting.filter((id) => !Object.hasOwn(state.cards, id)).length;
    const due = waiting.length - fresh;
    const start = h("button", { class: "wsp-main", "data-focus": true, onclick: () => begin(boxes.session(state, cards, today(), waiting.length === 0)) });
    start.append(waiting.length > 0 ? "Start" : "Practise all the same", " ", kbd("Enter"));
    const sentence =
      waiting.length > 0
        ? `Due today: ${due} to repeat, ${fresh} new.`
        : `Nothing is due today.${nextDay(cards)}`;
    place.show(
      h(
        "div",
        { class: "wsp-row" },
        choice("Chapter", "chapter", [["", "all"], ...unique(questions, "chapter").map((chapter) => [chapter, practice.chapterName(chapter)])]),
        choice("Grade", "grade", [["", "all"], ...bank.GRADES.map((grade) => [grade, grade])]),
      ),
      h("p", { class: "wsp-due" }, sentence),
      cards.length > 0 ? h("p", {}, start) : h("p", {}, "There is no such question; choose another chapter or grade."),
      counts(cards),
      keeping(),
      kept.kept() ? undefined : h("p", { class: "wsp-warn" }, "This browser keeps nothing for this page: export before you leave."),
    );
    place.say(said);
  }

  function nextDay(cards) {
    const days = cards.map(({ id }) => state.cards[id]?.due).filter(Boolean).sort();
    return days.length > 0 ? ` The next card is due on ${days[0]}.` : " Fifteen new ones a day are enough; more come tomorrow.";
  }

  const unique = (all, key) => [...new Set(all.map((one) => one[key]))];

  function choice(label, key, options) {
    const select = h("select", {
      onchange: () => {
        filter = { ...filter, [key]: select.value };
        overview();
        place.stage.querySelector(`[name=${key}]`).focus();
      },
      name: key,
    });
    for (const [value, text] of options) select.append(h("option", { value, selected: filter[key] === value }, text));
    return h("label", {}, `${label} `, select);
  }

  function counts(cards) {
    const names = ["new", ...boxes.WAIT.map((_, index) => `box ${index + 1}`)];
    const list = h("ol", { class: "wsp-boxes", "aria-label": "Cards in each box" });
    boxes.count(state, cards).forEach((count, index) => list.append(h("li", {}, h("b", {}, String(count)), ` ${names[index]}`)));
    return list;
  }

  // Keeping, moving, forgetting

  function keeping() {
    const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => file.files[0]?.text().then(take) });
    const button = (text, onclick) => h("button", { onclick }, text);
    return h(
      "details",
      { class: "wsp-keep" },
      h("summary", {}, "Export, import, Anki"),
      h("p", {}, "Your boxes live in this browser. Take them along as a file, or take the questions to Anki (File, Import)."),
      h(
        "p",
        { class: "wsp-row" },
        button("Export", () => practice.download(`websocket-cards-${today()}.json`, "application/json", boxes.write(state))),
        button("Import", () => file.click()),
        button("For Anki", () => practice.download("websocket-cards.txt", "text/plain", boxes.anki(wanted()))),
        button("Forget everything", forget),
        file,
      ),
    );
  }

  function take(text) {
    try {
      const theirs = boxes.parse(text);
      save(boxes.merge(state, theirs));
      overview(`Imported: ${Object.keys(theirs.cards).length} cards were in the file, and of each the newer answer was kept.`);
    } catch (error) {
      overview(error.message);
    }
  }

  function forget() {
    if (!confirm("Forget what is in which box? An export made before brings it back.")) return;
    save(boxes.empty());
    overview("All cards are new again.");
  }

  // A session

  function begin(ids) {
    queue = ids;
    before = [];
    ask();
  }

  function ask() {
    open = false;
    if (queue.length === 0) return finish();
    const question = byId.get(queue[0]);
    place.show(
      progress(),
      practice.origin(question),
      practice.heading(question.ask),
      h("p", { class: "wsp-row" }, h("button", { class: "wsp-main", onclick: reveal }, "Show the answer ", kbd("Space")), leave()),
    );
  }

  const progress = () => h("p", { class: "wsp-progress" }, `${queue.length} to go`);
  const leave = () => h("button", { class: "wsp-quiet", onclick: () => overview("What you have graded is kept.") }, "End");

  function reveal() {
    open = true;
    const question = byId.get(queue[0]);
    const { answer, trap, proof } = question;
    const buttons = GRADES.map(([key, how, text]) => h("button", { class: `wsp-${how}`, onclick: () => grade(how) }, `${text} `, kbd(key)));
    place.show(
      progress(),
      practice.origin(question),
      h("h2", { class: "wsp-ask", html: question.ask }),
      h("div", { class: "wsp-answer", tabindex: "-1", "data-focus": true, html: answer + trap + proof }),
      h("p", { class: "wsp-row" }, ...buttons, before.length > 0 ? h("button", { class: "wsp-quiet", onclick: undo }, "Undo ", kbd("u")) : undefined, leave()),
    );
  }

  function grade(how) {
    const [id, ...rest] = queue;
    before.push({ state, queue });
    save(boxes.grade(state, id, how, today()));
    // What was not known comes once more in this session, after the others.
    queue = how === "not" ? [...rest, id] : rest;
    ask();
  }

  function undo() {
    const last = before.pop();
    if (!last) return;
    save(last.state);
    queue = last.queue;
    ask();
  }

  function finish() {
    const answered = new Set(before.map(({ queue }) => queue[0])).size;
    overview(`Done: ${answered} ${answered === 1 ? "card" : "cards"} today. Come back tomorrow.`);
  }

  practice.onKeys((key) => {
    if (queue.length === 0) return key === "Enter" && (place.stage.querySelector(".wsp-main")?.click(), true);
    if (key === "u" && before.length > 0) return undo(), true;
    if (!open) return (key === " " || key === "Enter") && (reveal(), true);
    const how = GRADES.find(([digit]) => digit === key)?.[1];
    return how !== undefined && (grade(how), true);
  });

  overview();
})();
