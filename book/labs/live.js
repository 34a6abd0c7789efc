/*
 * The page's line to `cargo workbook`: news of the exercises, as crates/workbook/src/pages/message.rs describes them.
 *
 *     wsLabs.live.on("run", (message) => …);    // at once with the last one, then with every further one; also "exercises"
 *     wsLabs.live.on("line", (state) => …);     // "static", "connecting", "open", "lost"
 *
 * It also ticks the exercises in the sidebar, and loads the page again when it was rebuilt.
 * Where no workbook serves the page ("static") nothing is sent anywhere.
 */
(globalThis.wsLabs ??= {}).live = (() => {
  "use strict";

  if (typeof document === "undefined") return {};

  const { Backoff } = globalThis.wsLabs.reconnect;

  const VERSION = 2;
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // What was heard last, by the name of what it is; and who wants to hear more.
  const last = new Map();
  const listeners = new Map();

  function on(name, listener) {
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    if (last.has(name)) listener(last.get(name));
  }

  function say(name, what) {
    last.set(name, what);
    for (const listener of listeners.get(name) ?? []) listener(what);
  }

  // The workbook serves this machine only; a book that comes from elsewhere, or from a file, was built for reading.
  const possible = location.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

  const backoff = new Backoff();
  let timer = null;
  let met = false;

  function connect() {
    timer = null;
    const page = location.pathname.slice(1) || "index.html";
    const chapter = document.querySelector("ws-run")?.getAttribute("chapter") ?? "";
    const socket = new WebSocket(`ws://${location.host}/live?${new URLSearchParams({ id, page, chapter })}`);
    socket.onopen = () => {
      met = true;
      backoff.opened(performance.now());
    };
    socket.onmessage = ({ data }) => take(JSON.parse(data));
    socket.onclose = ({ code }) => {
      // A server of files answers no socket: until somebody does, this is a page of a static book.
      say("line", met ? "lost" : "static");
      const wait = backoff.closed(performance.now(), code, Math.random());
      if (wait !== null) timer = setTimeout(connect, wait);
    };
  }

  function take(message) {
    switch (message.type) {
      case "hello":
        if (message.version !== VERSION) return outdated(message.version);
        return say("line", "open");
      case "run":
      case "exercises":
      case "book":
        return say(message.type, message);
      default:
        throw new TypeError(`the workbook said '${message.type}', which is nothing that this page knows`);
    }
  }

  /** The workbook was updated under an open page: a fresh page knows its language, or nobody does. */
  function outdated(version) {
    const key = "wsLabs.version";
    if (sessionStorage.getItem(key) === String(version)) return banner("This page and the workbook that serves it are of different versions. Build the book again.");
    sessionStorage.setItem(key, String(version));
    location.reload();
  }

  // The sidebar.

  function tick({ exercises }) {
    const links = document.querySelectorAll(".sidebar a[href]");
    for (const { page, state, passed, total } of exercises) {
      const link = [...links].find((link) => new URL(link.href).pathname === new URL(page, root()).pathname);
      if (!link) continue;
      link.querySelector(".wsv-tick")?.remove();
      const text = state === "passing" ? "✓" : `${passed}/${total}`;
      if (state !== "passing" && !(state === "failing" && passed > 0)) continue;
      const spoken = state === "passing" ? "exercise done" : `exercise ${passed} of ${total}`;
      const mark = element("span", { class: "wsv-tick", "data-state": state }, element("span", { "aria-hidden": "true" }, text), element("span", { class: "wsv-heard" }, ` (${spoken})`));
      link.append(mark);
    }
  }

  /** Where the book begins: mdBook tells every page how to get there. */
  const root = () => new URL(typeof path_to_root === "string" ? path_to_root || "./" : "./", location.href);

  // The page itself.

  let print = null;

  function rebuilt({ page, broken }) {
    if (broken) return banner(`The book could not be built. ${broken}`);
    banner(null);
    if (page === null || page === print) return;
    const first = print === null;
    print = page;
    if (first) return;
    // A lab that is in use, or something half written, is worth more than the newest page.
    if (document.querySelector("[data-in-use]")) return banner("This page was built anew.", "Load it");
    location.reload();
  }

  let shown = null;

  function banner(text, action) {
    shown?.remove();
    shown = null;
    if (text === null) return;
    shown = element("div", { class: "wsv-banner", role: "status" }, element("span", {}, text));
    if (action) {
      const button = element("button", { type: "button" }, action);
      button.addEventListener("click", () => location.reload());
      shown.append(button);
    }
    document.body.append(shown);
  }

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  on("exercises", tick);
  on("book", rebuilt);
  if (possible) {
    say("line", "connecting");
    connect();
    // Who comes back to the page wants to see it live, and not wait for a timer.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || timer === null) return;
      clearTimeout(timer);
      connect();
    });
  } else {
    say("line", "static");
  }

  return { on, id, element };
})();
