/*
 * A mock interview as data: which questions, how long, how it went, and what to do about it.
 *
 *     const asked = wsLabs.interview.choose(questions, { level: "senior", minutes: 20, random: Math.random, history: [] });
 *     wsLabs.interview.report(asked.map((question) => ({ question, points: ["answer", "trap"] })));
 */
(globalThis.wsLabs ??= {}).interview = (() => {
  "use strict";

  /** What each level is asked, in turn: it begins easily and climbs, as interviews do. */
  const LEVELS = {
    junior: { name: "Junior", grades: ["warm-up", "working", "working"] },
    middle: { name: "Middle", grades: ["warm-up", "working", "senior", "working", "senior"] },
    senior: { name: "Senior", grades: ["working", "senior", "senior", "design"] },
    design: { name: "System design", grades: ["senior", "design", "design"] },
  };
  /** Minutes that an answer takes, with its follow-up and its grading. */
  const TAKES = { "warm-up": 2, working: 3, senior: 4, design: 6 };
  const LENGTHS = [10, 20, 40];

  /** The rubric: one point each. */
  const RUBRIC = [
    { key: "answer", label: "I said what matters", missed: "the point" },
    { key: "trap", label: "I saw what is wrong with the follow-up", missed: "the trap" },
    { key: "proof", label: "I could say how I know", missed: "the proof" },
  ];

  /** As many questions as fit: first what was never asked or went badly, and no chapter twice in a row where that can be helped. */
  function choose(questions, { level, minutes, random, history }) {
    const last = new Map(history.flatMap((interview) => interview.answers.map(({ id, points }) => [id, points.length])));
    // Never asked counts as badly as no point; chance decides among equals.
    const pool = questions.map((question) => ({ question, rank: (last.get(question.id) ?? 0) + random() }));
    pool.sort((a, b) => a.rank - b.rank);
    const { grades } = LEVELS[level];
    const chosen = [];
    let time = 0;
    for (let turn = 0; pool.length > 0; turn += 1) {
      const grade = grades[turn % grades.length];
      const fits = (entry) => entry.question.grade === grade;
      const another = (entry) => fits(entry) && entry.question.chapter !== chosen.at(-1)?.chapter;
      const entry = pool.find(another) ?? pool.find(fits);
      if (!entry) {
        // This grade is used up; when all are, there is nothing left to ask.
        if (!pool.some((entry) => grades.includes(entry.question.grade))) break;
        continue;
      }
      if (chosen.length > 0 && time + TAKES[grade] > minutes) break;
      chosen.push(entry.question);
      time += TAKES[grade];
      pool.splice(pool.indexOf(entry), 1);
    }
    return chosen;
  }

  /** What came of it. `answers` are `{ question, points }`, the points being keys of the rubric. */
  function report(answers) {
    const points = answers.reduce((sum, answer) => sum + answer.points.length, 0);
    const most = answers.length * RUBRIC.length;
    const missed = answers
      .filter((answer) => answer.points.length < RUBRIC.length)
      .map(({ question, points }) => ({ question, without: RUBRIC.filter(({ key }) => !points.includes(key)).map(({ missed }) => missed) }));
    const reread = new Map();
    for (const { href, text } of missed.flatMap(({ question }) => question.links)) if (!reread.has(href)) reread.set(href, text);
    // An exercise is worth doing again when its chapter's point itself was missed, not only the proof.
    const weak = missed.filter(({ without }) => without.length > 1 || without[0] !== "the proof");
    const redo = [...new Set(weak.map(({ question }) => question.chapter))].filter((chapter) => /^0[1-9]$/.test(chapter)).sort();
    // The chapter's page is where its own questions lead.
    const page = (chapter) => answers.flatMap(({ question }) => question.links).find(({ href }) => href.startsWith(`${chapter}-`))?.href.split("#")[0];
    return { points, most, missed, reread: [...reread].map(([href, text]) => ({ href, text })), redo: redo.map((chapter) => ({ chapter, page: page(chapter) })), verdict: verdict(points, most) };
  }

  function verdict(points, most) {
    if (most === 0) return "Nothing was answered, so there is nothing to say.";
    const share = points / most;
    if (share >= 0.85) return "You would have made the person across the table learn something.";
    if (share >= 0.6) return "A solid interview, with gaps that you can now name.";
    if (share >= 0.35) return "The outline is there. Reread what is listed, and come back tomorrow.";
    return "Too early: work through the chapters below first, exercises included.";
  }

  /** Seconds as a clock shows them; past the end they count on, with a sign. */
  function clock(seconds) {
    const size = Math.abs(Math.trunc(seconds));
    return `${seconds < 0 ? "−" : ""}${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
  }

  /** The history that a browser kept, or none if it is not ours. */
  function remembered(text) {
    try {
      const history = JSON.parse(text ?? "[]");
      const ours = (one) => LEVELS[one?.level] && Array.isArray(one.answers) && one.answers.every(({ id, points }) => typeof id === "string" && Array.isArray(points));
      return Array.isArray(history) ? history.filter(ours) : [];
    } catch {
      return [];
    }
  }

  return { LEVELS, TAKES, LENGTHS, RUBRIC, choose, report, clock, remembered };
})();
