/*
 * This page as a client of a lab, with the browser's own WebSocket and EventSource: it shows how little of all that a page gets to see.
 * A lab loads it when somebody wants it.
 *
 *     const page = new wsLabs.page.Page({ note, changed, say });   // told of each line, of a socket that came or went, and what to say of a mistake
 *     page.act(command, said, at);   // a command as the page does it, as the lab calls it, and where the server is
 */
(globalThis.wsLabs ??= {}).page = (() => {
  "use strict";

  const { quote } = globalThis.wsLabs.transcript;

  const OFFER = "sec-websocket-protocol";

  class Page {
    name = "page";
    #lab;
    #socket = null;
    #source = null;
    // What is to be done when it has left.
    #waiting = null;
    // Cookies that were set, to be taken away.
    #cookies = new Set();

    constructor(lab) {
      this.#lab = lab;
    }

    get open() {
      return this.#socket?.readyState === WebSocket.OPEN;
    }

    act(command, said, at) {
      if (this.#waiting) return this.#waiting.push([command, said, at]);
      const socket = this.#socket;
      switch (command.do) {
        case "connect":
          return this.#connect(command, said, at);
        case "events":
          return this.#follow(command, at);
        case "request":
          return this.#lab.say("This page asks nothing by itself here: choose another client for a request.");
      }
      if (socket?.readyState === WebSocket.CONNECTING) return socket.addEventListener("open", () => this.act(command, said, at));
      if (!this.open) return;
      switch (command.do) {
        case "text": {
          socket.send((command.text ?? "").repeat(command.times ?? 1));
          return this.#note("sent", { type: "text", payload: asText((said.text ?? "").repeat(command.times ?? 1)) });
        }
        case "burst": {
          for (let i = 1; i <= command.times; i++) socket.send(`${command.text} ${i}`);
          return this.#remark(`sends ${command.times} messages at once`);
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
          this.#lab.say("A page cannot do that: there is no ping, no vanishing and no pause in the browser's WebSocket.");
      }
    }

    #connect(command, said, at) {
      if (this.#socket) {
        // Whoever is in leaves first, and does nothing else until then.
        this.#waiting = [[command, said, at]];
        this.#socket.addEventListener("close", () => {
          const waiting = this.#waiting;
          this.#waiting = null;
          for (const one of waiting) this.act(...one);
        });
        this.#remark("calls close(1000)");
        return this.#socket.close(1000);
      }
      const url = new URL(at + command.path, location.href);
      const protocols = this.#headers(command.headers ?? [], said.headers, new URL(at, location.href).pathname);
      url.protocol = "ws:";
      this.#request(said.path, true);
      let socket;
      try {
        socket = this.#socket = new WebSocket(url, protocols);
      } catch (error) {
        return this.#remark(`new WebSocket throws ${error.name}`);
      }
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        this.#remark(`open event${socket.protocol ? `, protocol ${quote(socket.protocol)}` : ""}`);
        this.#lab.changed();
      };
      socket.onmessage = ({ data }) => {
        const text = typeof data === "string";
        this.#note("received", text ? { type: "text", payload: asText(data) } : { type: "binary", payload: asHex(new Uint8Array(data)) });
      };
      socket.onerror = () => this.#remark("error event, which says nothing more");
      socket.onclose = ({ code, reason, wasClean }) => {
        this.#remark(`close event: code ${code}, ${reason ? `reason ${quote(reason)}, ` : ""}wasClean ${wasClean}`);
        if (this.#socket === socket) this.#socket = null;
        this.#lab.changed();
      };
      this.#lab.changed();
    }

    /** What a program puts into headers, as far as a page can bring it along. What it offers as subprotocols is returned. */
    #headers(headers, said, path) {
      let protocols = [];
      headers.forEach(([name, value], i) => {
        const shown = quote(said[i][1]);
        switch (name) {
          case OFFER:
            protocols = value.split(/, */);
            return this.#remark(`new WebSocket(url, ${JSON.stringify(said[i][1].split(/, */))})`);
          case "cookie":
            this.#cookies.add(`${value.split("=")[0]}=; path=${path}`);
            document.cookie = `${value}; path=${path}; max-age=600; samesite=strict`;
            return this.#remark(`document.cookie = ${shown}, for the path of this lab`);
          case "origin":
            return this.#remark(`cannot choose its origin: the browser will write ${quote(location.origin)}`);
          default:
            return this.#remark(`cannot send the header ${name}`);
        }
      });
      return protocols;
    }

    /** An event stream, as the browser's own EventSource reads it: it comes again by itself, with the last id. */
    #follow({ path, names = [] }, at) {
      this.#source?.close();
      const source = (this.#source = new EventSource(new URL(at + path, location.href)));
      this.#request(path, false);
      source.onopen = () => this.#remark("open event");
      source.onerror = () => this.#remark(`error event; ${source.readyState === EventSource.CLOSED ? "it is closed" : "it comes again by itself"}`);
      for (const name of ["message", ...names]) {
        source.addEventListener(name, ({ data, lastEventId }) => {
          this.#note("received", { type: "event", id: lastEventId || null, event: name === "message" ? null : name, data, retry: null });
        });
      }
      this.#lab.changed();
    }

    #request(target, upgrade) {
      this.#note("sent", { type: "request", method: "GET", target, upgrade, headers: [], body: null });
    }

    #note(kind, event) {
      this.#lab.note({ name: this.name, kind, event });
    }

    #remark(text) {
      this.#note("remark", { text });
    }

    /** Leaves without another word. */
    end() {
      const socket = this.#socket;
      this.#socket = null;
      if (socket) socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket?.close();
      this.#source?.close();
      for (const cookie of this.#cookies) document.cookie = `${cookie}; max-age=0`;
    }
  }

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

  return { Page };
})();
