/*
 * Spaced repetition with five boxes, as Leitner had it: what you know moves up and comes back later, what you do not goes back to the first.
 *
 *     let state = wsLabs.boxes.empty();
 *     wsLabs.boxes.session(state, questions, "2026-11-24");      // ids: what is due, lowest box first, then some new ones
 *     state = wsLabs.boxes.grade(state, id, "knew", "2026-11-24");
 *
 * Days are text in local time, so that a day is a day where you live. A state is plain data, and never changed in place.
 * `cargo workbook quiz` keeps the same rules: corpus-cards.json says what they are, and both are tested with it.
 */
(globalThis.wsLabs ??= {}).boxes = (() => {
  "use strict";

  /** How many days a card of each box waits; box 1 is for today. */
  const WAIT = [0, 1, 2, 4, 8];
  const NEW_A_DAY = 15;
  const DAY = /^\d{4}-\d{2}-\d{2}$/;

  const empty = () => ({ format: 1, cards: {} });

  function day(date) {
    const two = (number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  }

  function later(today, days) {
    const [year, month, date] = today.split("-").map(Number);
    return day(new Date(year, month - 1, date + days));
  }

  const compare = (a, b) => (a < b ? -1 : Number(a > b));
  const known = (state, id) => (Object.hasOwn(state.cards, id) ? state.cards[id] : undefined);

  /** The cards to ask today: what is due, lowest box first, then new ones up to the day's number; or, `ahead`, all. */
  function session(state, questions, today, ahead = false) {
    const ids = questions.map((question) => question.id);
    const seen = ids.filter((id) => known(state, id));
    const due = seen.filter((id) => ahead || state.cards[id].due <= today);
    // Equals stay in the order of the book.
    due.sort((a, b) => state.cards[a].box - state.cards[b].box || compare(state.cards[a].due, state.cards[b].due));
    const begun = Object.values(state.cards).filter((card) => card.first === today).length;
    const room = ahead ? Infinity : Math.max(0, NEW_A_DAY - begun);
    return [...due, ...ids.filter((id) => !known(state, id)).slice(0, room)];
  }

  /** `knew` moves a card up, `almost` keeps it where it is until tomorrow, `not` puts it into the first box, for today. */
  function grade(state, id, how, today) {
    const card = known(state, id) ?? { box: 1, first: today };
    const box = { knew: Math.min(card.box + 1, WAIT.length), almost: card.box, not: 1 }[how];
    if (!box) throw new Error(`no such grade: ${how}`);
    const due = later(today, how === "almost" ? 1 : WAIT[box - 1]);
    return { ...state, cards: { ...state.cards, [id]: { ...card, box, due, last: today } } };
  }

  /** How many cards are in each box, those not yet seen first. */
  function count(state, questions) {
    const boxes = Array(WAIT.length + 1).fill(0);
    for (const { id } of questions) boxes[known(state, id)?.box ?? 0] += 1;
    return boxes;
  }

  /** Reads an exported state; throws a sentence that says what to do. */
  function parse(text) {
    let state;
    try {
      state = JSON.parse(text);
    } catch {
      throw new Error("This is not a file of cards: it holds no JSON. Choose the file that “Export” gave you.");
    }
    if (state?.format !== 1 || typeof state.cards !== "object" || state.cards === null || Array.isArray(state.cards)) {
      throw new Error("This is JSON, but no file of cards of this book. Choose the file that “Export” gave you.");
    }
    const cards = {};
    for (const [id, card] of Object.entries(state.cards)) {
      const { box, due, last, first } = card ?? {};
      const days = [due, last, first].every((text) => typeof text === "string" && DAY.test(text));
      if (!(Number.isInteger(box) && box >= 1 && box <= WAIT.length && days)) {
        throw new Error(`The card ${id} in this file is damaged, so nothing was changed. Export again, or remove it from the file.`);
      }
      cards[id] = { box, first, due, last };
    }
    return { format: 1, cards };
  }

  /** A state as the text that `parse` reads. */
  const write = (state) => `${JSON.stringify(state, null, 1)}\n`;

  /** Two states as one: of each card, the one that was answered last. */
  function merge(mine, theirs) {
    const cards = { ...mine.cards };
    for (const [id, card] of Object.entries(theirs.cards)) {
      if (!known(mine, id) || card.last > mine.cards[id].last) cards[id] = card;
    }
    return { format: 1, cards };
  }

  /**
   * All questions as text that Anki imports as it is. The first lines tell it how; the first field is the note's id,
   * so importing a newer export changes the notes instead of doubling them. Links into the book become plain words.
   */
  function anki(questions) {
    const field = (text) => `"${text.replace(/[\t\r\n]+/g, " ").replaceAll('"', '""')}"`;
    const words = (html) => html.replace(/<a\s[^>]*href="(?!https?:)[^"]*"[^>]*>(.*?)<\/a>/gs, "$1");
    const head = ["#separator:tab", "#html:true", "#notetype:Basic", "#deck:The WebSocket workbook", "#guid column:1", "#tags column:4"];
    const note = ({ id, ask, answer, trap, proof, chapter, grade }) =>
      [`ws-workbook-${id}`, ask, words(answer + trap + proof), `websocket chapter-${chapter} ${grade}`].map(field).join("\t");
    return `${[...head, ...questions.map(note)].join("\n")}\n`;
  }

  return { WAIT, NEW_A_DAY, empty, day, later, session, grade, count, parse, write, merge, anki };
})();
