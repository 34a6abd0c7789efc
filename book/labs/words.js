/*
 * What an event of a transcript is called: a short label for the diagram, a sentence for who listens to it.
 *
 *     const { kind, parts, more } = wsLabs.words.label(line);   // parts: [{ as: "verb" | "payload" | "note", text }]
 *     wsLabs.words.sentence(line);                              // "alice sends text “hi” to the server."
 */
(globalThis.wsLabs ??= {}).words = (() => {
  "use strict";

  const { quote, renderStatus } = globalThis.wsLabs.transcript;

  // RFC 6455 section 7.4.1, and what IANA's registry of close codes has added since.
  const CLOSE_CODES = {
    1000: "normal",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1004: "reserved",
    1005: "no code: never sent",
    1006: "no Close frame: never sent",
    1007: "payload does not fit its type",
    1008: "policy violation",
    1009: "message too big",
    1010: "extension missing",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake failed: never sent",
  };

  /** The meaning of a close code; codes that RFC 6455 section 7.4.2 leaves to others are named by their range. */
  function closeName(code) {
    if (CLOSE_CODES[code]) return CLOSE_CODES[code];
    if (code < 1000 || code > 4999) return "not a close code";
    if (code < 3000) return "not assigned";
    return code < 4000 ? "registered by a library" : "private to the application";
  }

  /** The participants of some lines in order of appearance, the server last. */
  function lanes(lines) {
    const names = new Set(lines.map((line) => line.name).filter((name) => name !== undefined && name !== "server"));
    return [...names, "server"];
  }

  const verb = (text) => ({ as: "verb", text });
  const note = (text) => ({ as: "note", text });

  /** Kinds: http, data, control, close, raw, sse, end, remark, broke, gap, unknown. */
  function label(line) {
    switch (line.kind) {
      case "gap":
        return { kind: "gap", parts: [note(`${duration(line.tenths)} ${line.tenths === 10 ? "passes" : "pass"}`)], more: [] };
      case "unknown":
        return { kind: "unknown", parts: [{ as: "payload", text: line.text || "(an empty line)" }, note(line.why)], more: [] };
      case "ended":
        return { kind: "end", parts: endParts(line), more: [] };
      case "remark":
        return { kind: "remark", parts: [{ as: "payload", text: line.event.text }], more: [] };
      case "broke":
        return { kind: "broke", parts: brokeParts(line), more: [] };
      default:
        return eventLabel(line.event);
    }
  }

  function endParts({ event }) {
    const parts = [verb(`TCP ${event.reset ? "reset" : "closed"} by ${event.by === "server" ? "the server" : event.by}`)];
    if (event.abnormal) parts.push({ as: "warning", text: "· no Close frame: 1006" });
    return parts;
  }

  function brokeParts(line) {
    if (!isPanic(line)) return [verb("gives up"), { as: "payload", text: line.event.text }];
    return [verb("the server panicked"), { as: "payload", text: line.event.text.slice(PANICKED.length) }];
  }

  function eventLabel(event) {
    switch (event.type) {
      case "request":
        return {
          kind: "http",
          parts: [verb(event.method), { as: "payload", text: event.target }, ...(event.upgrade ? [note("upgrade")] : [])],
          more: httpMore(event),
        };
      case "response":
        return { kind: "http", parts: [verb(renderStatus(event.status))], more: httpMore(event) };
      case "text":
      case "binary":
        return { kind: "data", parts: [verb(event.type), ...payloadParts(event.payload)], more: [] };
      case "first":
        return { kind: "data", parts: [verb(`${event.binary ? "binary" : "text"}, first frame`), ...payloadParts(event.payload)], more: [] };
      case "continue":
        return { kind: "data", parts: [verb("next frame"), ...payloadParts(event.payload)], more: [] };
      case "last":
        return { kind: "data", parts: [verb("last frame"), ...payloadParts(event.payload)], more: [] };
      case "bytes":
        return { kind: "raw", parts: [verb("bytes"), ...payloadParts(event.payload)], more: [] };
      case "ping":
      case "pong":
        return { kind: "control", parts: [verb(event.type), ...(event.payload ? payloadParts(event.payload) : [])], more: [] };
      case "close":
        return { kind: "close", parts: closeParts(event), more: [] };
      case "comment":
        return { kind: "sse", parts: [verb("comment"), ...payloadParts({ as: "text", text: event.text })], more: [] };
      case "event":
        return { kind: "sse", parts: [verb("event"), ...sseParts(event)], more: [] };
      default:
        throw new TypeError(`'${event.type}' is no type of event`);
    }
  }

  function httpMore({ headers, body }) {
    const more = headers.map(([name, value]) => [note(`${name}:`), { as: "payload", text: display(value) }]);
    if (body) more.push([note("body"), ...payloadParts(body)]);
    return more;
  }

  function closeParts({ code, reason }) {
    if (code === null) return [verb("close"), note("without a code")];
    const parts = [verb(`close ${code}`), note(closeName(code))];
    if (reason !== "") parts.push({ as: "payload", text: `“${display(reason)}”` });
    return parts;
  }

  function sseParts(event) {
    const fields = ["id", "event", "data", "retry"].filter((field) => event[field] !== null);
    return fields.flatMap((field) => [note(field), ...payloadParts({ as: "text", text: event[field] })]);
  }

  function payloadParts(payload) {
    const cut = payload.cut ? [note(`… ${payload.cut.bytes} bytes in all`)] : [];
    switch (payload.as) {
      case "json":
        return [{ as: "payload", text: payload.text }];
      case "hex":
        return [{ as: "payload", text: payload.hex || "no bytes" }, ...cut];
      default:
        return [{ as: "payload", text: `“${display(payload.text)}”` }, ...cut];
    }
  }

  /** A text between curly quotes needs no escape for straight ones, only for what cannot be seen. */
  function display(text) {
    return quote(text).slice(1, -1).replaceAll('\\"', '"');
  }

  function duration(tenths) {
    const seconds = tenths / 10;
    if (seconds < 120) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    const rest = Math.round((seconds - minutes * 60) * 10) / 10;
    return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  }

  function sentence(line) {
    const { kind, name, event } = line;
    const said = () => {
      const { parts, more } = label(line);
      return [parts, ...more].map((some) => some.map((part) => part.text).join(" ")).join(", ");
    };
    switch (kind) {
      case "gap":
        return `${duration(line.tenths).replace(/ s$/, line.tenths === 10 ? " second" : " seconds").replace(" min", " minutes")} ${line.tenths === 10 ? "passes" : "pass"}.`;
      case "unknown":
        return `A line that is not in the notation, ${line.why}: ${line.text}`;
      case "sent":
        if (event.type === "request") return `${name} ${event.upgrade ? "asks the server for a WebSocket" : "sends the server a request"}: ${said()}.`;
        return `${name} sends ${said()} to the server.`;
      case "received":
        if (event.type === "response") return `The server answers ${name}: ${said()}.`;
        return `${name} receives ${said()} from the server.`;
      case "ended": {
        const by = event.by === "server" ? "the server" : event.by;
        const abnormal = event.abnormal ? ` ${name} has received no Close frame and would report 1006.` : "";
        return `${by === name ? `${name} ${event.reset ? "resets" : "closes"} its TCP connection` : `${name}'s TCP connection is ${event.reset ? "reset" : "closed"} by ${by}`}.${abnormal}`;
      }
      case "remark":
        return `${who(name)}: ${event.text}.`;
      case "broke":
        return isPanic(line) ? `The server ${event.text}` : `${who(name)} gives up, a rule was broken: ${event.text}.`;
      default:
        throw new TypeError(`'${kind}' is no kind of line`);
    }
  }

  const PANICKED = "panicked: ";
  const isPanic = (line) => line.kind === "broke" && line.name === "server" && line.event.text.startsWith(PANICKED);
  const who = (name) => (name === "server" ? "The server" : name);

  return { label, sentence, lanes, closeName, duration, isPanic };
})();
