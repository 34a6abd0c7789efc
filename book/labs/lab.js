/*
 * <ws-lab lab="01" …>: a console on a real server, as README.md describes it. Loaded where a page has one.
 *
 * The clients run in `cargo workbook`, over a transport where everything can be seen and done: frames, pings, the end of TCP, a peer that reads nothing.
 * One client is the page itself, with the browser's own WebSocket: it shows how little of all that a page gets to see.
 * Without the workbook the recorded transcript inside the element is played in steps.
 */
(globalThis.wsLabs ??= {}).lab = (() => {
  "use strict";

  // Under node, where the tests run, there is no page to put it in.
  if (typeof HTMLElement === "undefined") return {};

  const { on, id, element } = globalThis.wsLabs.live;
  const { parse, quote, renderLine } = globalThis.wsLabs.transcript;
  const { sentence } = globalThis.wsLabs.words;

  const VERSION = 1;
  const PAGE = "page";
  const ENDED = "The workbook has ended. What was said stays here; the lab goes on when `cargo workbook` is back.";
  const CODES = [1000, 1001, 1008, 1011, 1013, 4000];

  let labs = 0;

  class Lab extends HTMLElement {
    #recorded = "";
    #presets = [];
    #mode = null;
    #ui = null;

    // The lab that is open: its socket, what it said last, and what waits for it to be open.
    #socket = null;
    #opened = null;
    #waiting = [];
    #clients = {};
    #lines = 0;

    // The page's own socket, and its transcript.
    #own = null;
    #source = null;
    #ownText = "";

    connectedCallback() {
      if (this.#ui) return;
      const block = this.querySelector("ws-ladder, pre > code");
      this.#recorded = block?.transcript ?? block?.textContent ?? "";
      this.#presets = fromJson(this.querySelector("script[type='application/json']")?.textContent);
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
      const names = (this.getAttribute("clients") ?? "alice").split(/\s+/);
      const port = 3000 + Number(this.getAttribute("lab").slice(0, 2));
      const name = (what) => `ws-lab-${number}-${what}`;

      const target = choice("Server", name("target"), [
        ["reference", "the chapter’s own"],
        ["own", `yours, on 127.0.0.1:${port}`],
      ]);
      target.addEventListener("change", () => this.#again());
      const who = choice("Client", name("who"), [...names.map((name) => [name, name]), [PAGE, "this page"]]);
      who.addEventListener("change", () => this.#refresh());

      const path = element("input", { type: "text", id: name("path"), size: "18", spellcheck: "false", autocomplete: "off" });
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
      const presets = this.#presets.map((preset) => {
        const made = button(preset.label, () => this.#preset(preset));
        return Object.assign(made, { preset });
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
      this.#ui = { target, who, path, connect, message, kind, send, code, reason, close, vanish, reset, reads, answers, presets, again, say, heard, ladder, scroll, own, ownLadder, port };
      this.replaceChildren(
        frame(
          "Lab",
          "live",
          element("div", { class: "wsb-row" }, target, who),
          element("div", { class: "wsb-controls" },
            element("div", { class: "wsb-row" }, labelled("Path", path), connect, reads, answers),
            form,
            element("div", { class: "wsb-row" }, labelled("Code", code), codes, labelled("Reason", reason), close, vanish, reset),
            presets.length ? element("div", { class: "wsb-row", role: "group", "aria-label": "To try" }, element("span", { class: "wsb-name" }, "Try"), ...presets) : "",
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

    #who() {
      return this.#ui.who.querySelector("input:checked").value;
    }

    /** How the chosen client stands. */
    #stand() {
      if (this.#who() === PAGE) return { open: this.#own?.readyState === WebSocket.OPEN, reads: true, answers: true };
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
        const http = ["connect", "request"].includes(command.do);
        able(made, another || (page ? stand.open && ["text", "bytes", "close"].includes(command.do) : http || stand.open));
      }
      for (const input of who.querySelectorAll("input")) {
        const open = input.value === PAGE ? this.#own?.readyState === WebSocket.OPEN : this.#clients[input.value]?.open;
        input.parentElement.classList.toggle("wsb-open", Boolean(open));
        input.parentElement.querySelector(".wsv-heard").textContent = open ? " (connected)" : "";
      }
      this.toggleAttribute("data-in-use", this.#lines > 0 || this.#own !== null || this.#source !== null);
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
      if (as === PAGE) return this.#asPage(command);
      this.#tell({ as, ...command });
    }

    /** Sends a command to the lab, which is opened first if it is not. */
    #tell(command) {
      this.#open();
      if (this.#opened) this.#socket.send(JSON.stringify(command));
      else this.#waiting.push(() => this.#socket.send(JSON.stringify(command)));
    }

    #open() {
      if (this.#socket) return;
      const target = this.#ui.target.querySelector("input:checked").value;
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
      const { ladder, scroll, heard, port } = this.#ui;
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
          if (/^could not connect/.test(lines.at(-1)?.event?.text)) {
            this.#say(`Nothing listens on 127.0.0.1:${port}. Start yours with cargo run -p exercise-${this.getAttribute("lab").slice(0, 2)}, and connect again.`);
          }
          // The ladder draws at the end of this turn.
          if (atEnd) setTimeout(() => (scroll.scrollTop = scroll.scrollHeight));
          return this.#refresh();
        }
        case "refused":
          return this.#say(`Not done: ${message.why}.`);
        default:
          throw new TypeError(`the lab said '${message.type}', which is nothing that this page knows`);
      }
    }

    // This page as a client.

    #asPage(command) {
      const begin = { connect: () => this.#connectPage(command.path), events: () => this.#follow(command) }[command.do];
      if (begin) {
        this.#open();
        if (this.#opened) begin();
        else this.#waiting.push(begin);
        return;
      }
      const socket = this.#own;
      if (socket?.readyState !== WebSocket.OPEN) return;
      switch (command.do) {
        case "text": {
          const text = (command.text ?? "").repeat(command.times ?? 1);
          socket.send(text);
          return this.#note("sent", { type: "text", payload: asText(text) });
        }
        case "bytes": {
          const bytes = Uint8Array.from(command.hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
          socket.send(bytes);
          return this.#note("sent", { type: "binary", payload: asHex(bytes) });
        }
        case "close":
          try {
            if (command.code === null) socket.close();
            else socket.close(command.code, command.text ?? "");
          } catch (error) {
            return this.#remark(`close(${command.code}) throws ${error.name}: a page may send 1000 and 3000 to 4999`);
          }
          return this.#remark(command.code === null ? "calls close()" : `calls close(${command.code})`);
        default:
          this.#say("A page cannot do that: there is no ping, no vanishing and no pause in the browser's WebSocket.");
      }
    }

    #connectPage(path) {
      const url = new URL(this.#opened.at + path, location.href);
      url.protocol = "ws:";
      const socket = (this.#own = new WebSocket(url));
      socket.binaryType = "arraybuffer";
      this.#ui.own.hidden = false;
      this.#note("sent", { type: "request", method: "GET", target: path, upgrade: true, headers: [], body: null });
      socket.onopen = () => {
        this.#remark("open event");
        this.#refresh();
      };
      socket.onmessage = ({ data }) => {
        const text = typeof data === "string";
        this.#note("received", text ? { type: "text", payload: asText(data) } : { type: "binary", payload: asHex(new Uint8Array(data)) });
      };
      socket.onerror = () => this.#remark("error event, which says nothing more");
      socket.onclose = ({ code, reason, wasClean }) => {
        this.#remark(`close event: code ${code}, ${reason ? `reason ${quote(reason)}, ` : ""}wasClean ${wasClean}`);
        if (this.#own === socket) this.#own = null;
        this.#refresh();
      };
      this.#refresh();
    }

    /** An event stream, as the browser's own EventSource reads it: it comes again by itself, with the last id. */
    #follow({ path, names = [] }) {
      this.#source?.close();
      const source = (this.#source = new EventSource(new URL(this.#opened.at + path, location.href)));
      this.#ui.own.hidden = false;
      this.#note("sent", { type: "request", method: "GET", target: path, upgrade: false, headers: [], body: null });
      source.onopen = () => this.#remark("open event");
      source.onerror = () => this.#remark(`error event; ${source.readyState === EventSource.CLOSED ? "it is closed" : "it comes again by itself"}`);
      for (const name of ["message", ...names]) {
        source.addEventListener(name, ({ data, lastEventId }) => {
          this.#note("received", { type: "event", id: lastEventId || null, event: name === "message" ? null : name, data, retry: null });
        });
      }
      this.#refresh();
    }

    #note(kind, event) {
      this.#ownText += `${renderLine({ name: PAGE, kind, event })}\n`;
      this.#ui.ownLadder.transcript = this.#ownText;
      this.#ui.heard.textContent = sentence({ name: PAGE, kind, event });
    }

    #remark(text) {
      this.#note("remark", { text });
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
      const own = this.#own;
      this.#own = null;
      if (own) own.onclose = own.onerror = null;
      own?.close();
      this.#source?.close();
      this.#source = null;
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

  // Payloads as the notation has them.

  function asText(text) {
    const cut = [...text].length > 100;
    return cut ? { as: "text", text: `${[...text].slice(0, 80).join("")}…` } : { as: /^[{[]/.test(text) && isJson(text) ? "json" : "text", text };
  }

  const asHex = (bytes) => ({ as: "hex", hex: [...bytes.slice(0, 24)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ") });

  function isJson(text) {
    try {
      return typeof JSON.parse(text) === "object";
    } catch {
      return false;
    }
  }

  function fromJson(text) {
    if (!text) return [];
    return JSON.parse(text);
  }

  customElements.define("ws-lab", Lab);
  return { Lab };
})();
