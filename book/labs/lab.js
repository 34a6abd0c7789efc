/*
 * <ws-lab lab="01" …>: a console on a real server, as README.md describes it. Loaded where a page has one.
 *
 * The clients run in `cargo workbook`, over a transport where everything can be seen and done: frames, pings, the end of TCP, a peer that reads nothing.
 * One client is the page itself, by the browser's own WebSocket: page.js.
 * Without the workbook the recorded transcript inside the element is played in steps.
 */
(globalThis.wsLabs ??= {}).lab = (() => {
  "use strict";

  // Under node, where the tests run, there is no page to put it in.
  if (typeof HTMLElement === "undefined") return {};

  const { on, id, element } = globalThis.wsLabs.live;
  const { parse, renderLine } = globalThis.wsLabs.transcript;
  const { sentence } = globalThis.wsLabs.words;

  const VERSION = 2;
  const PAGE = "page";
  const ENDED = "The workbook has ended. What was said stays here; the lab goes on when `cargo workbook` is back.";
  // What a page can do, of all that a client can.
  const PAGES = ["text", "burst", "bytes", "close"];
  const CODES = [1000, 1001, 1008, 1011, 1013, 4000];

  let labs = 0;

  class Lab extends HTMLElement {
    #recorded = "";
    #presets = [];
    #servers = {};
    #mode = null;
    #ui = null;

    // The lab that is open: its socket, what it said last, and what waits for it to be open.
    #socket = null;
    #opened = null;
    #waiting = [];
    #clients = {};
    #lines = 0;

    // The page as a client, once somebody wants it, and its transcript.
    #page = null;
    #ownText = "";

    connectedCallback() {
      if (this.#ui) return;
      const block = this.querySelector("ws-ladder, pre > code");
      this.#recorded = block?.transcript ?? block?.textContent ?? "";
      this.#presets = rowsOf(this.querySelector("script[type='application/json']")?.textContent);
      this.#ui = {};
      // Keys that mean something to the book (arrows turn pages, s searches) mean nothing to it while they are typed here.
      this.addEventListener("keydown", (event) => event.ctrlKey || event.altKey || event.metaKey || event.stopPropagation());
      on("line", (line) => this.#became(line));
    }

    disconnectedCallback() {
      this.#end();
    }

    #became(line) {
      const badge = this.querySelector(".wsb-badge");
      if (badge && this.#mode === "console") badge.textContent = line === "open" ? "live" : "waiting for the workbook";
      if (line === "open") this.#console();
      else if (line === "lost" && this.#mode === "console") this.#say(ENDED);
      else if (line === "static") this.#replay();
    }

    // Without a server.

    #replay() {
      if (this.#mode) return;
      this.#mode = "replay";
      // A page that is served never needs it.
      globalThis.wsLabs.load("replay.js", () => this.replaceChildren(frame("Lab", "recorded", ...globalThis.wsLabs.replay.parts(this.#recorded))));
    }

    // With one.

    #console() {
      if (this.#mode === "console") return this.#say("");
      this.#mode = "console";
      const number = ++labs;
      // Who is a client of which server: `alice bob | carol`.
      const groups = (this.getAttribute("clients") ?? "alice").split("|").map((names) => names.trim().split(/\s+/));
      const several = groups.length > 1;
      this.#servers = Object.fromEntries(groups.flatMap((names, server) => names.map((name) => [name, server])));
      const ports = (this.getAttribute("ports") ?? String(3000 + Number(this.getAttribute("lab").slice(0, 2)))).split(" ");
      const name = (what) => `ws-lab-${number}-${what}`;

      const target = choice("Server", name("target"), [
        ["reference", "the chapter’s own"],
        ["own", `yours, on 127.0.0.1:${ports.join(" and ")}`],
      ]);
      target.addEventListener("change", () => this.#again());
      const who = choice("Client", name("who"), [...Object.entries(this.#servers).map(([name, server]) => [name, several ? `${name} (worker ${server + 1})` : name]), [PAGE, "this page"]]);
      who.addEventListener("change", () => this.#refresh());

      const path = element("input", { type: "text", id: name("path"), size: "32", spellcheck: "false", autocomplete: "off" });
      const connect = button("Connect", () => this.#do({ do: "connect", path: path.value }), "wsb-main");
      const message = element("input", { type: "text", id: name("message"), size: "22", spellcheck: "false", autocomplete: "off", value: "hello" });
      const kind = select(name("kind"), "Kind of message", [["text", "text"], ["json", "JSON"], ["bytes", "bytes (hex)"], ["ping", "ping"]]);
      const send = element("button", { type: "submit", class: "wsb-main" }, "Send");
      const code = element("input", { type: "text", id: name("code"), size: "7", inputmode: "numeric", autocomplete: "off", value: "1000", list: name("codes") });
      const codes = element("datalist", { id: name("codes") }, ...CODES.map((code) => element("option", { value: code })));
      const reason = element("input", { type: "text", id: name("reason"), size: "12", autocomplete: "off" });
      const close = button("Close", () => this.#close());
      const vanish = button("Vanish", () => this.#do({ do: "vanish" }), "", "TCP ends without a Close: the process is gone");
      const reset = button("Reset", () => this.#do({ do: "reset" }), "", "TCP ends with a reset");
      const reads = button("Stop reading", () => this.#do({ do: this.#stand().reads ? "stop" : "read" }), "", "What the server sends piles up");
      const answers = button("Stay silent at Close", () => this.#do({ do: this.#stand().answers ? "silent" : "answer" }), "", "Whether this client answers a Close of the server's");
      const presets = [];
      const rows = this.#presets.map(([title, ...row]) => {
        if (row[0].switch) return element("div", { class: "wsb-row" }, this.#switch(row[0], name(title)));
        const buttons = row.map((preset) => {
          const made = Object.assign(button(preset.label, () => this.#preset(preset)), { preset });
          presets.push(made);
          return made;
        });
        return element("div", { class: "wsb-row", role: "group", "aria-label": title }, element("span", { class: "wsb-name" }, title), ...buttons);
      });
      const again = button("Begin anew", () => this.#again());
      const say = element("p", { class: "wsb-note", role: "status" });
      const heard = element("p", { class: "wsv-heard", role: "status" });
      const ladder = element("ws-ladder", { label: "What the clients and the server say" });
      const scroll = element("div", { class: "wsb-scroll", tabindex: "0", role: "region", "aria-label": "The conversation so far" }, ladder);
      const ownLadder = element("ws-ladder", { label: "What this page sees" });
      const own = element("div", { hidden: "" }, element("p", { class: "wsb-note" }, element("b", {}, "As this page sees it"), ": no frames, no pings, and one event for every kind of end."), ownLadder);

      const form = element("form", { class: "wsb-row" }, labelled("Message", message), kind, send);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#send();
      });
      this.#ui = { target, who, path, connect, message, kind, send, code, reason, close, vanish, reset, reads, answers, presets, again, say, heard, ladder, scroll, own, ownLadder, ports };
      this.replaceChildren(
        frame(
          "Lab",
          "live",
          element("div", { class: "wsb-row" }, target, who),
          element("div", { class: "wsb-controls" },
            element("div", { class: "wsb-row" }, labelled("Path", path), connect, reads, answers),
            form,
            element("div", { class: "wsb-row" }, labelled("Code", code), codes, labelled("Reason", reason), close, vanish, reset),
            ...rows,
          ),
          say,
          scroll,
          own,
          heard,
          element("div", { class: "wsb-row wsb-controls" }, again),
        ),
      );
      this.#refresh();
    }

    /** What turns the switch of the chapter's own server. */
    #switch({ label, switch: positions }, name) {
      const made = choice(label, name, Object.entries(positions).map(([text, position]) => [position, text]));
      made.classList.add("wsb-switch");
      made.addEventListener("change", ({ target }) => this.#tell({ as: "operator", do: "switch", text: target.value }));
      return made;
    }

    #target() {
      return this.#ui.target.querySelector("input:checked").value;
    }

    #who() {
      return this.#ui.who.querySelector("input:checked").value;
    }

    /** How the chosen client stands. */
    #stand() {
      if (this.#who() === PAGE) return { open: this.#page?.open, reads: true, answers: true };
      return this.#clients[this.#who()] ?? { open: false, reads: true, answers: true };
    }

    /** Shows what the chosen client can do now. */
    #refresh() {
      const { path, connect, send, close, vanish, reset, reads, answers, presets, who } = this.#ui;
      const page = this.#who() === PAGE;
      const stand = this.#stand();
      const wanted = (this.getAttribute("path") ?? "/").replace("{name}", this.#who());
      if (path.dataset.wanted !== wanted) Object.assign(path, { value: wanted }).dataset.wanted = wanted;
      able(connect, !stand.open);
      for (const one of [send, close]) able(one, stand.open);
      for (const one of [vanish, reset]) able(one, !page && (stand.open || stand.streams));
      for (const one of [reads, answers]) able(one, !page);
      able(reads, !page && (stand.open || stand.streams || !stand.reads));
      reads.textContent = stand.reads ? "Stop reading" : "Read again";
      answers.textContent = stand.answers ? "Stay silent at Close" : "Answer a Close again";
      for (const made of presets) {
        const command = made.preset;
        const another = command.as !== undefined || command.steps !== undefined;
        able(made, another || command.do === "connect" || (page ? stand.open && PAGES.includes(command.do) : command.do === "request" || stand.open));
      }
      for (const input of who.querySelectorAll("input")) {
        const open = input.value === PAGE ? this.#page?.open : this.#clients[input.value]?.open;
        input.parentElement.classList.toggle("wsb-open", Boolean(open));
        input.parentElement.querySelector(".wsv-heard").textContent = open ? " (connected)" : "";
      }
      this.toggleAttribute("data-in-use", this.#lines > 0 || this.#page !== null);
    }

    #send() {
      const { kind, message, say } = this.#ui;
      const text = message.value;
      switch (kind.value) {
        case "text":
          return this.#do({ do: "text", text });
        case "json":
          try {
            JSON.parse(text);
          } catch {
            return this.#say("That is not JSON, and nobody stops you from sending it: choose “text”.");
          }
          return this.#do({ do: "text", text });
        case "bytes":
          if (!/^(\s*[0-9a-f]{2})*\s*$/i.test(text)) return this.#say("Bytes are written as pairs of hexadecimal digits: 00 ff 7f.");
          return this.#do({ do: "bytes", hex: text });
        case "ping":
          return this.#do({ do: "ping", text });
        default:
          throw new TypeError(`'${kind.value}' is no kind of message`);
      }
    }

    #close() {
      const { code, reason } = this.#ui;
      const text = code.value.trim();
      if (text !== "" && !(/^[0-9]+$/.test(text) && Number(text) < 65536)) return this.#say("A close code is a number below 65536, or nothing.");
      this.#do({ do: "close", code: text === "" ? null : Number(text), text: reason.value });
    }

    #preset({ label, steps, ...command }) {
      for (const one of steps ?? [command]) this.#do(one);
    }

    #do(command) {
      this.#say("");
      const as = command.as ?? this.#who();
      // Only the server can make the values that a command names; so the page asks it first, and does one thing after the other.
      this.#tell(as === PAGE ? { as, do: "fill", text: JSON.stringify(command) } : { as, server: this.#servers[as] ?? 0, ...command });
    }

    /** Sends a command to the lab, which is opened first if it is not. */
    #tell(command) {
      this.#open();
      if (this.#opened) this.#socket.send(JSON.stringify(command));
      else this.#waiting.push(() => this.#socket.send(JSON.stringify(command)));
    }

    #open() {
      if (this.#socket) return;
      const target = this.#target();
      const query = new URLSearchParams({ id, lab: this.getAttribute("lab"), target });
      const socket = (this.#socket = new WebSocket(`ws://${location.host}/live/lab?${query}`));
      this.#clients = {};
      this.#lines = 0;
      this.#ui.ladder.transcript = "";
      this.#ui.ladder.setAttribute("server", target === "own" ? "your server" : "server");
      socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
      socket.onclose = ({ code, reason }) => {
        if (socket !== this.#socket) return;
        this.#forget();
        if (code === 1001 || code === 1006) this.#say(ENDED);
        else if (reason) this.#say(`${reason}.`.replace(/^./, (c) => c.toUpperCase()));
        this.#refresh();
      };
    }

    #take(message) {
      const { ladder, scroll, heard, ports } = this.#ui;
      switch (message.type) {
        case "opened": {
          if (message.version !== VERSION) return location.reload();
          this.#opened = message;
          this.#waiting.splice(0).forEach((act) => act());
          return;
        }
        case "transcript": {
          const { transcript, frames, clients } = message;
          const { lines } = parse(transcript);
          const atEnd = scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 40;
          Object.assign(ladder, { transcript, frames });
          this.#clients = clients;
          heard.textContent = lines.slice(this.#lines).slice(-4).map(sentence).join(" ");
          this.#lines = lines.length;
          const last = lines.at(-1);
          if (/^could not connect/.test(last?.event?.text)) {
            this.#say(`Nothing listens on 127.0.0.1:${ports[this.#servers[last.name] ?? 0]}. Start yours with cargo run -p exercise-${this.getAttribute("lab").slice(0, 2)}, and connect again.`);
          }
          // The ladder draws at the end of this turn.
          if (atEnd) setTimeout(() => (scroll.scrollTop = scroll.scrollHeight));
          return this.#refresh();
        }
        case "filled":
          return this.#asPage(JSON.parse(message.text), JSON.parse(message.with));
        case "refused":
          return this.#say(`Not done: ${message.why}.`);
        default:
          throw new TypeError(`the lab said '${message.type}', which is nothing that this page knows`);
      }
    }

    // This page as a client.

    /** What the page shall do, as it is said, and with values in place of their names. */
    #asPage(said, command) {
      const { load, page } = globalThis.wsLabs;
      if (!page) return load("page.js", () => this.#asPage(said, command));
      if (!this.#opened) return;
      this.#page ??= new page.Page({ note: (line) => this.#note(line), changed: () => this.#refresh(), say: (text) => this.#say(text) });
      this.#page.act(command, said, this.#opened.at[said.server ?? 0]);
    }

    #note(line) {
      const { own, ownLadder, heard } = this.#ui;
      this.#ownText += `${renderLine(line)}\n`;
      own.hidden = false;
      ownLadder.transcript = this.#ownText;
      heard.textContent = sentence(line);
    }

    // The end.

    #say(text) {
      const { say } = this.#ui;
      if (say) say.textContent = text.replaceAll("`", "");
    }

    /** The socket is gone, and with it whoever was in the lab. */
    #forget() {
      this.#socket = null;
      this.#opened = null;
      this.#waiting = [];
      for (const stand of Object.values(this.#clients)) stand.open = stand.streams = false;
    }

    #end() {
      const socket = this.#socket;
      this.#page?.end();
      this.#page = null;
      this.#forget();
      socket?.close(1000);
    }

    #again() {
      this.#end();
      this.#clients = {};
      this.#lines = 0;
      this.#ownText = "";
      Object.assign(this.#ui.ladder, { transcript: "", frames: null });
      this.#ui.ownLadder.transcript = "";
      this.#ui.own.hidden = true;
      for (const made of this.querySelectorAll(".wsb-switch")) {
        made.disabled = this.#target() === "own";
        made.querySelector("input").checked = true;
      }
      this.#say("");
      this.#refresh();
    }
  }

  // Pieces of the page.

  function frame(title, mode, ...children) {
    const badge = element("span", { class: "wsb-badge" }, mode);
    return element("section", { class: "wsb", "aria-label": title }, element("div", { class: "wsb-head" }, element("b", {}, title), badge), ...children);
  }

  function button(text, act, name = "", title = "") {
    const made = element("button", { type: "button", class: name });
    made.textContent = text;
    if (title) made.title = title;
    // A button that is of no use now stays where it is and can be reached, so that the focus is not lost when it changes.
    made.addEventListener("click", () => made.getAttribute("aria-disabled") === "true" || act());
    return made;
  }

  const able = (button, can) => button.setAttribute("aria-disabled", String(!can));

  function choice(legend, name, options) {
    const group = element("fieldset", { class: "wsb-choice" }, element("legend", {}, legend));
    options.forEach(([value, text], i) => {
      const input = element("input", { type: "radio", name, value, ...(i === 0 ? { checked: "" } : {}) });
      group.append(element("label", {}, input, text, element("i", { "aria-hidden": "true" }), element("span", { class: "wsv-heard" })));
    });
    return group;
  }

  function select(id, label, options) {
    return element("select", { id, "aria-label": label }, ...options.map(([value, text]) => element("option", { value }, text)));
  }

  const labelled = (text, input) => element("label", { class: "wsb-label" }, element("span", { class: "wsb-name" }, text), input);

  /** What stands under a lab, in rows: each its title, and what it offers. */
  function rowsOf(text) {
    const rows = [["Try"]];
    for (const one of JSON.parse(text || "[]")) {
      if (typeof one === "string") rows.push([one]);
      else if (one.switch) rows.push([one.label, one]);
      else rows.at(-1).push(one);
    }
    return rows.filter((row) => row.length > 1);
  }

  customElements.define("ws-lab", Lab);
  return { Lab };
})();
