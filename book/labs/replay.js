/*
 * A recorded transcript in steps, each what somebody did with all that it caused; and the controls that a lab has without a server.
 *
 *     wsLabs.replay.steps('alice → ping\nalice ← pong\n');   // [{ text: "alice → ping\nalice ← pong\n", lines, line: its first that is no time }]
 */
(globalThis.wsLabs ??= {}).replay = (() => {
  "use strict";

  const { parse, render } = globalThis.wsLabs.transcript;

  /** What a client does of its own accord begins a step; what it only answers, or sees, belongs to the one before. */
  function begins(line, before) {
    if (line.kind === "remark") return line.name !== "server";
    if (line.kind === "ended") return line.event.by === line.name;
    if (line.kind !== "sent") return false;
    const answers = { pong: "ping", close: "close" }[line.event.type];
    return !(answers && before?.kind === "received" && before.name === line.name && before.event.type === answers);
  }

  function steps(text) {
    const { lines } = parse(text);
    const steps = [];
    lines.forEach((line, i) => {
      // Time belongs to what happens after it.
      const acts = line.kind === "gap" ? lines[i + 1] && begins(lines[i + 1], line) : begins(line, lines[i - 1]) && lines[i - 1]?.kind !== "gap";
      if (acts || steps.length === 0) steps.push({ lines: [] });
      steps.at(-1).lines.push(line);
    });
    return steps.map(({ lines }) => ({ text: render(lines), lines, line: lines.find((line) => line.kind !== "gap") ?? lines[0] }));
  }

  /** What stands in a lab that replays this recording. */
  function parts(text) {
    const { element } = globalThis.wsLabs.live;
    const { sentence } = globalThis.wsLabs.words;
    const all = steps(text);
    let shown = 0;
    const ladder = element("ws-ladder", { label: "The recorded conversation so far" });
    const next = element("button", { type: "button", class: "wsb-main" });
    const rest = element("button", { type: "button" }, "Show all");
    const again = element("button", { type: "button" }, "From the beginning");
    const heard = element("p", { class: "wsv-heard", role: "status" });
    const go = (to) => {
      const before = shown;
      shown = Math.min(to, all.length);
      ladder.transcript = render(all.slice(0, shown).flatMap(({ lines }) => lines));
      ladder.hidden = shown === 0;
      const over = shown === all.length;
      next.textContent = over ? "That was all" : `Next: ${sentence(all[shown].line).replace(/\.$/, "")}`;
      next.setAttribute("aria-disabled", String(over));
      rest.disabled = over;
      again.disabled = shown === 0;
      heard.textContent = all.slice(before, shown).flatMap(({ lines }) => lines.map(sentence)).slice(0, 6).join(" ");
    };
    next.addEventListener("click", () => go(shown + 1));
    rest.addEventListener("click", () => {
      go(all.length);
      again.focus();
    });
    again.addEventListener("click", () => {
      go(0);
      next.focus();
    });
    go(0);
    const why = element("p", { class: "wsb-note" }, "A recording, since this page is not served by ", element("code", {}, "cargo workbook"), ": with it, here is a console on a real server.");
    return [why, element("div", { class: "wsb-row wsb-controls" }, next, rest, again), ladder, heard];
  }

  return { steps, parts };
})();
