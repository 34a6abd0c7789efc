/*
 * The notation of a transcript, text to lines and back (crates/transcript/NOTATION.md).
 *
 *     const { lines, errors } = wsLabs.transcript.parse("alice → text \"hi\"\n");
 *     wsLabs.transcript.render(lines);   // the same text
 *
 * A line is one of these, which is also how crates/transcript writes its lines as JSON:
 *
 *     { kind: "gap", tenths }
 *     { name, kind: "sent",     event: request | message }
 *     { name, kind: "received", event: response | message | sse }
 *     { name, kind: "ended",    event: { by, reset, abnormal } }      by: a name, "server" among them
 *     { name, kind: "remark",   event: { text } }
 *     { name, kind: "broke",    event: { text } }                     the name is "server" for a panic
 *     { kind: "unknown", text, why }                                  only here: Rust answers with an error
 *
 *     request  = { type: "request", method, target, upgrade, headers: [[name, value]], body: payload | null }
 *     response = { type: "response", status: 404 | { class: 4 }, headers: [[name, value]], body: payload | null }
 *     message  = { type: "text" | "binary" | "continue" | "last" | "bytes", payload }
 *              | { type: "first", binary, payload }
 *              | { type: "ping" | "pong", payload: payload | null }
 *              | { type: "close", code: 1000 | null, reason: "" }
 *     sse      = { type: "event", id, event, data, retry }            each a string or null
 *              | { type: "comment", text }
 *     payload  = { as: "json", text }
 *              | { as: "text", text, cut? }
 *              | { as: "hex", hex: "00 ff", cut? }
 *     cut      = { bytes: 70000, sha1: "ff4b3e45" }
 *
 * `parse` never throws: what it cannot read becomes a line of the kind "unknown", and an entry
 * { line: its number from 1, text, why } in `errors`. What could be read but would be written
 * differently ("+5.0s" for "+5s") is unknown too, so that `render` after `parse` changes no text,
 * except that it pads the names and ends the lines as the notation says.
 */
(globalThis.wsLabs ??= {}).transcript = (() => {
  "use strict";

  const GLYPHS = { "→": "sent", "←": "received", "⊘": "ended", "·": "remark", "!": "broke" };
  const KINDS = Object.fromEntries(Object.entries(GLYPHS).map(([glyph, kind]) => [kind, glyph]));
  const NAME = /^[a-z][a-z0-9_-]*$/;
  const ABNORMAL = " without a close frame (1006)";
  const JSON_LIMIT = 400;

  /** What makes a line unknown; it never leaves this file. */
  class Unreadable extends Error {}
  const unreadable = (why) => {
    throw new Unreadable(why);
  };

  function parse(text) {
    const lines = [];
    const errors = [];
    const texts = String(text ?? "").split("\n");
    if (texts.at(-1) === "") texts.pop();
    texts.forEach((raw, index) => {
      const line = parseLine(raw.replace(/\r$/, ""));
      lines.push(line);
      if (line.kind === "unknown") errors.push({ line: index + 1, text: line.text, why: line.why });
    });
    return { lines, errors };
  }

  function render(lines) {
    const width = lines.reduce((most, line) => Math.max(most, line.name?.length ?? 0), 0);
    return lines.map((line) => renderLine(line, width) + "\n").join("");
  }

  function parseLine(text) {
    try {
      const line = readLine(text);
      const again = renderLine(line, text.match(/^[^ ]* */)[0].length - 1);
      return again === text ? line : unreadable(`this is written as: ${renderLine(line)}`);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return { kind: "unknown", text, why: error.message };
    }
  }

  /** One line, without its line break. */
  function renderLine(line, width = 0) {
    switch (line.kind) {
      case "gap":
        return `+${Math.floor(line.tenths / 10)}${line.tenths % 10 ? `.${line.tenths % 10}` : ""}s`;
      case "unknown":
        return line.text;
      default:
        return `${line.name.padEnd(width)} ${KINDS[line.kind]} ${renderEvent(line)}`;
    }
  }

  // Reading: each function takes the rest of the line and returns what it found, most of them with what is left.

  function readLine(text) {
    if (text.startsWith("+")) return { kind: "gap", tenths: readGap(text) };
    if (text.trim() === "") unreadable("an empty line");
    const parts = /^([^ ]+) +(\S)(?: ([^]*))?$/u.exec(text) ?? unreadable("there is no name with an event behind it");
    const [, name, glyph, what] = parts;
    if (!NAME.test(name)) unreadable(`'${name}' is not a name`);
    const kind = GLYPHS[glyph] ?? unreadable(`'${glyph}' is none of → ← ⊘ · !`);
    if (what === undefined) unreadable(`there is nothing behind '${glyph}'`);
    if (name === "server" && kind !== "remark" && kind !== "broke") unreadable("'server' is the name of no client");
    return { name, kind, event: READ[kind](what) };
  }

  const READ = {
    sent: (text) => readMessage(text) ?? readRequest(text),
    received: (text) => readMessage(text) ?? readSse(text) ?? readResponse(text),
    ended: readEnded,
    remark: (text) => ({ text }),
    broke: (text) => ({ text }),
  };

  function readGap(text) {
    const [, seconds, tenth = "0"] = /^\+([0-9]+)(?:\.([0-9]))?s$/.exec(text) ?? unreadable(`'${text}' is not a time such as +20s or +1.5s`);
    const tenths = Number(seconds) * 10 + Number(tenth);
    if (tenths === 0) unreadable("no time passed");
    return Number.isSafeInteger(tenths) ? tenths : unreadable(`'${text}' is too long a time`);
  }

  function readRequest(text) {
    const [, method, target, after] =
      /^([A-Z-]+) ([^ ]+)([^]*)$/.exec(text) ?? unreadable(`'${word(text)[0]}' is neither a kind of message nor a method with a target`);
    // A header may have the name "upgrade": then a string follows.
    const upgrade = /^ upgrade(?! ")(?= |$)/.test(after);
    let rest = upgrade ? after.slice(" upgrade".length) : after;
    const headers = [];
    while (rest !== "" && !rest.startsWith(" body ")) {
      const [header, left] = readHeader(rest, " ");
      headers.push(header);
      rest = left;
    }
    return { type: "request", method, target, upgrade, headers, body: readBody(rest) };
  }

  function readResponse(text) {
    const [first, after] = word(text);
    let status;
    let reason;
    if (/^[0-9]xx$/.test(first)) {
      status = { class: Number(first[0]) };
      reason = "refused";
    } else if (/^[0-9]{3}$/.test(first)) {
      status = Number(first);
      reason = reasonOf(status);
    } else {
      unreadable(`'${text}' is neither a message nor a response`);
    }
    if (!after.startsWith(reason)) unreadable(`behind ${first} stands '${reason}'`);
    let rest = after.slice(reason.length);
    const headers = [];
    while (rest.startsWith(" with ")) {
      const [header, left] = readHeader(rest, " with ");
      headers.push(header);
      rest = left;
    }
    return { type: "response", status, headers, body: readBody(rest) };
  }

  function readHeader(text, before) {
    const [, name, after] = /^([a-z0-9!#$%&'*+.^_`|~-]+) ([^]*)$/.exec(text.slice(before.length)) ?? unreadable(`'${text}' is not a header`);
    const [value, rest] = readString(after);
    return [[name, value], rest];
  }

  function readBody(text) {
    if (text === "") return null;
    return text.startsWith(" body ") ? readPayload(text.slice(" body ".length)) : unreadable(`'${text}' is left over`);
  }

  /** `undefined` when the first word is no kind of message. */
  function readMessage(text) {
    const [type, rest] = word(text);
    switch (type) {
      case "text":
      case "binary":
        if (rest.startsWith("first ")) return { type: "first", binary: type === "binary", payload: readPayload(rest.slice("first ".length)) };
      // falls through
      case "continue":
      case "last":
      case "bytes":
        return { type, payload: readPayload(rest) };
      case "ping":
      case "pong":
        return { type, payload: rest === "" ? null : readPayload(rest) };
      case "close":
        return readClose(rest);
      default:
        return undefined;
    }
  }

  function readClose(text) {
    if (text === "") return { type: "close", code: null, reason: "" };
    const [digits, rest] = word(text);
    const code = /^[0-9]{1,5}$/.test(digits) ? Number(digits) : NaN;
    if (!(code <= 0xffff)) unreadable(`'${digits}' is not a close code`);
    return { type: "close", code, reason: rest === "" ? "" : readLastString(rest) };
  }

  /** `undefined` when the first word is no part of an event stream. */
  function readSse(text) {
    const [type, after] = word(text);
    if (type === "comment") return { type, text: readLastString(after) };
    if (type !== "event") return undefined;
    const sse = { type, id: null, event: null, data: null, retry: null };
    let rest = text.slice(type.length);
    while (rest !== "") {
      const [, field, value] = /^ (id|event|data|retry) ([^]*)$/.exec(rest) ?? unreadable(`'${rest}' is not a field of an event`);
      [sse[field], rest] = readString(value);
    }
    return sse;
  }

  function readEnded(text) {
    const abnormal = text.endsWith(ABNORMAL);
    const start = abnormal ? text.slice(0, -ABNORMAL.length) : text;
    const [, how, who] = /^tcp (closed|reset) by (.+)$/.exec(start) ?? unreadable(`'${text}' does not say how the connection ended`);
    const by = who === "the server" ? "server" : who;
    if (!NAME.test(by) || who === "server") unreadable(`'${who}' is not a name`);
    return { by, reset: how === "reset", abnormal };
  }

  function readPayload(text) {
    if (text === "") unreadable("the payload is missing");
    if (/^[{[]/.test(text)) {
      return standsAsJson(text) ? { as: "json", text } : unreadable("a JSON object or array that cannot be read");
    }
    if (text.startsWith("<")) {
      const [, hex, rest] = /^<((?:[0-9a-f]{2}(?: (?!>)|(?=>)))*)>([^]*)$/.exec(text) ?? unreadable(`'${text}' is not a row of bytes`);
      return { as: "hex", hex, ...readCut(rest) };
    }
    const [string, rest] = readString(text);
    const cut = readCut(rest);
    if (!cut.cut && standsAsJson(string)) unreadable("a JSON object or array in quotes");
    return { as: "text", text: string, ...cut };
  }

  function readCut(text) {
    if (text === "") return {};
    const [, bytes, sha1] = /^ … ([0-9]{1,15}) bytes #([0-9a-f]{8})$/.exec(text) ?? unreadable(`'${text}' is not a length and a fingerprint`);
    return { cut: { bytes: Number(bytes), sha1 } };
  }

  function readString(text) {
    const [whole] = /^"(?:[^"\\]|\\[^])*"/.exec(text) ?? unreadable(`'${text}' does not begin with a string`);
    try {
      return [JSON.parse(whole), text.slice(whole.length)];
    } catch {
      return unreadable(`${whole} is not a JSON string`);
    }
  }

  function readLastString(text) {
    const [string, rest] = readString(text);
    return rest === "" ? string : unreadable(`'${rest}' is left over`);
  }

  /** The text up to the next space, and what follows the space. */
  function word(text) {
    const space = text.indexOf(" ");
    return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
  }

  // Writing.

  function renderEvent({ kind, event }) {
    switch (kind) {
      case "sent":
      case "received":
        return renderMessage(event);
      case "ended":
        return `tcp ${event.reset ? "reset" : "closed"} by ${event.by === "server" ? "the server" : event.by}${event.abnormal ? ABNORMAL : ""}`;
      case "remark":
      case "broke":
        return event.text;
      default:
        throw new TypeError(`'${kind}' is no kind of line`);
    }
  }

  function renderMessage(event) {
    const payload = (value) => (value ? ` ${renderPayload(value)}` : "");
    const body = event.body ? ` body ${renderPayload(event.body)}` : "";
    switch (event.type) {
      case "request": {
        const headers = event.headers.map(([name, value]) => ` ${name} ${quote(value)}`).join("");
        return `${event.method} ${event.target}${event.upgrade ? " upgrade" : ""}${headers}${body}`;
      }
      case "response": {
        const headers = event.headers.map(([name, value]) => ` with ${name} ${quote(value)}`).join("");
        return `${renderStatus(event.status)}${headers}${body}`;
      }
      case "event":
        return ["id", "event", "data", "retry"].reduce((text, field) => (event[field] === null ? text : `${text} ${field} ${quote(event[field])}`), "event");
      case "comment":
        return `comment ${quote(event.text)}`;
      case "first":
        return `${event.binary ? "binary" : "text"} first${payload(event.payload)}`;
      case "close":
        if (event.code === null) return "close";
        return `close ${event.code}${event.reason === "" ? "" : ` ${quote(event.reason)}`}`;
      default:
        return event.type + payload(event.payload);
    }
  }

  function renderStatus(status) {
    return typeof status === "number" ? `${String(status).padStart(3, "0")} ${reasonOf(status)}` : `${status.class}xx refused`;
  }

  function renderPayload(payload) {
    const cut = payload.cut ? ` … ${payload.cut.bytes} bytes #${payload.cut.sha1}` : "";
    switch (payload.as) {
      case "json":
        return payload.text;
      case "text":
        return quote(payload.text) + cut;
      case "hex":
        return `<${payload.hex}>${cut}`;
      default:
        throw new TypeError(`'${payload.as}' is no kind of payload`);
    }
  }

  // Control characters, line separators, and characters that only format: a reader cannot see them.
  const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
  const ESCAPED = new RegExp(`["\\\\]|${HIDDEN.source}`, "g");
  const SHORT = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

  /** A JSON string in which no character is invisible or moves the others about. */
  function quote(text) {
    return `"${text.replace(ESCAPED, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
  }

  function standsAsJson(text) {
    if (!/^[{[][^]*[}\]]$/.test(text) || HIDDEN.test(text)) return false;
    if (new TextEncoder().encode(text).length > JSON_LIMIT) return false;
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }

  function reasonOf(status) {
    return REASONS[status] ?? "unnamed";
  }

  // Reason phrases, lower case, one row for each hundred that has any: code, phrase, code, phrase.
  const REASONS = Object.fromEntries(
    `100 continue|101 switching protocols|102 processing|103 early hints
    |200 ok|201 created|202 accepted|203 non authoritative information|204 no content|205 reset content|206 partial content
    |207 multi-status|208 already reported|226 im used
    |300 multiple choices|301 moved permanently|302 found|303 see other|304 not modified|305 use proxy|307 temporary redirect
    |308 permanent redirect
    |400 bad request|401 unauthorized|402 payment required|403 forbidden|404 not found|405 method not allowed|406 not acceptable
    |407 proxy authentication required|408 request timeout|409 conflict|410 gone|411 length required|412 precondition failed
    |413 payload too large|414 uri too long|415 unsupported media type|416 range not satisfiable|417 expectation failed
    |418 i'm a teapot|421 misdirected request|422 unprocessable entity|423 locked|424 failed dependency|425 too early
    |426 upgrade required|428 precondition required|429 too many requests|431 request header fields too large
    |451 unavailable for legal reasons
    |500 internal server error|501 not implemented|502 bad gateway|503 service unavailable|504 gateway timeout
    |505 http version not supported|506 variant also negotiates|507 insufficient storage|508 loop detected|510 not extended
    |511 network authentication required`
      .split("|")
      .map((entry) => [entry.slice(0, 3), entry.slice(4).trim()]),
  );

  return { parse, render, parseLine, renderLine, quote, renderStatus };
})();
