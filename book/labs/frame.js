/*
 * The header of a WebSocket frame, bytes to fields with the bits they stand in and the section of RFC 6455 that explains them.
 *
 *     const { fields, problems, payload } = wsLabs.frame.decode("81 85 37 fa 21 3d 7f 9f 4d 51 58");
 *
 * A field is { name, bits: [first, last], value, why, section }; bits are counted from 0 at the frame's first, most significant bit.
 * `payload` is unmasked; it may be shorter than `length` says, when the bytes were cut or are not all there yet.
 * Nothing throws: bytes that break a rule are decoded as far as they go, and `problems` says which rule ({ why, section }).
 */
(globalThis.wsLabs ??= {}).frame = (() => {
  "use strict";

  const { closeName } = globalThis.wsLabs.words;

  const OPCODES = {
    0x0: ["continuation", "a further frame of the message that an earlier frame began", "5.4"],
    0x1: ["text", "a text message, or the first frame of one", "5.6"],
    0x2: ["binary", "a binary message, or the first frame of one", "5.6"],
    0x8: ["close", "the closing handshake; a control frame", "5.5.1"],
    0x9: ["ping", "wants a pong with the same payload; a control frame", "5.5.2"],
    0xa: ["pong", "answers a ping, or says unasked that its sender is alive; a control frame", "5.5.3"],
  };

  const opcodeName = (opcode) => OPCODES[opcode]?.[0] ?? `reserved opcode ${opcode}`;

  /** `from` is "client" or "server", where it is known who sent the frame: then the rule on masking is checked. */
  function decode(bytes, from) {
    const all = toBytes(bytes);
    const fields = [];
    const problems = [];
    const field = (name, first, count, value, why, section) => fields.push({ name, bits: [first, first + count - 1], value, why, section });
    const problem = (why, section) => problems.push({ why, section });
    const frame = { fields, problems, fin: null, opcode: null, masked: null, length: null, header: null, payload: [], total: null };

    if (all.length < 2) {
      problem(`a header has at least 2 bytes, and ${all.length === 0 ? "none is" : "only 1 is"} here`, "5.2");
      return frame;
    }

    const fin = all[0] >> 7 === 1;
    const rsv = (all[0] >> 4) & 7;
    const opcode = all[0] & 15;
    const control = opcode >= 8;
    const masked = all[1] >> 7 === 1;
    const short = all[1] & 127;
    Object.assign(frame, { fin, opcode, masked });

    field("FIN", 0, 1, fin ? "1" : "0", finWhy(fin, opcode), "5.4");
    field("RSV1–3", 1, 3, rsv.toString(2).padStart(3, "0"), rsv === 0 ? "no extension uses these bits" : "an extension must have given these bits a meaning", "5.2");
    if (rsv !== 0) problem("a reserved bit is set: without an extension that defines it, the connection fails", "5.2");
    const [name, meaning, section] = OPCODES[opcode] ?? ["reserved", "not defined: who receives it fails the connection", "5.2"];
    field("opcode", 4, 4, `0x${opcode.toString(16)} ${name}`, meaning, section);
    if (!OPCODES[opcode]) problem(`opcode 0x${opcode.toString(16)} is reserved`, "5.2");
    if (control && !fin) problem("a control frame must not be fragmented", "5.5");

    field("MASK", 8, 1, masked ? "1" : "0", masked ? "a masking key follows: frames to a server are always masked" : "no masking key: frames to a client are never masked", "5.1");
    if (from === "client" && !masked) problem("a client must mask every frame; the server closes the connection", "5.1");
    if (from === "server" && masked) problem("a server must not mask; the client closes the connection", "5.1");

    field("payload length", 9, 7, String(short), shortWhy(short), "5.2");
    if (control && short > 125) problem("a control frame carries at most 125 bytes", "5.5");
    let at = 2;
    let length = short;
    if (short >= 126) {
      const size = short === 126 ? 2 : 8;
      if (all.length < at + size) {
        problem(`the length goes on for ${size} bytes that are not here`, "5.2");
        return frame;
      }
      // Beyond 2^53 a number is no longer exact, and no browser holds such a payload: the text of the field still is.
      const exact = all.slice(at, at + size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      length = Number(exact);
      field("extended length", at * 8, size * 8, String(exact), `the payload's length, ${size * 8} bits, most significant byte first`, "5.2");
      if (length < (size === 2 ? 126 : 65536)) problem("the length is not in its shortest form", "5.2");
      if (exact >> 63n) problem("the top bit of a 64-bit length must be 0", "5.2");
      at += size;
    }
    frame.length = length;

    let key = null;
    if (masked) {
      if (all.length < at + 4) {
        problem("the masking key is not here", "5.3");
        return frame;
      }
      key = all.slice(at, at + 4);
      field("masking key", at * 8, 32, hex(key), "chosen anew for every frame; byte i of the payload is XORed with byte i mod 4 of the key", "5.3");
      at += 4;
    }
    frame.header = at;
    frame.total = at + length;

    const raw = all.slice(at, Math.min(all.length, at + length));
    frame.payload = key ? raw.map((byte, i) => byte ^ key[i % 4]) : raw;
    if (length > 0) field("payload", at * 8, raw.length * 8, payloadValue(frame), payloadWhy(frame), PAYLOAD_SECTIONS[opcode] ?? "5.2");
    if (opcode === 8) checkClose(frame, problem);
    return frame;
  }

  /** The first bytes of a frame of which only the fields are known; without a masking key, which they do not tell. */
  function header({ fin = true, rsv = 0, opcode = 1, masked = false, length = 0 }) {
    const bytes = [(fin ? 0x80 : 0) | ((rsv & 7) << 4) | (opcode & 15)];
    const mask = masked ? 0x80 : 0;
    if (length < 126) return [...bytes, mask | length];
    if (length < 65536) return [...bytes, mask | 126, length >> 8, length & 255];
    const long = BigInt(length);
    return [...bytes, mask | 127, ...Array.from({ length: 8 }, (_, i) => Number((long >> BigInt(56 - 8 * i)) & 255n))];
  }

  const PAYLOAD_SECTIONS = { 0x0: "5.4", 0x1: "5.6", 0x2: "5.6", 0x8: "5.5.1", 0x9: "5.5.2", 0xa: "5.5.3" };

  function finWhy(fin, opcode) {
    if (fin && opcode >= 8) return "a control frame is always whole";
    if (!fin) return "more frames of this message follow";
    return opcode === 0 ? "the last frame of its message" : "the whole message is in this frame";
  }

  function shortWhy(short) {
    if (short === 126) return "126 says: the length is in the next 2 bytes";
    if (short === 127) return "127 says: the length is in the next 8 bytes";
    return "up to 125 the length itself, in bytes";
  }

  function payloadValue({ opcode, payload }) {
    if (opcode === 8 && payload.length >= 2) {
      const code = payload[0] * 256 + payload[1];
      const reason = utf8(payload.slice(2));
      return `${code}${reason ? ` “${reason}”` : ""}`;
    }
    const text = opcode === 2 ? null : utf8(payload);
    if (text === null || /[\u0000-\u001f\u007f]/.test(text)) return payload.length > 16 ? `${hex(payload.slice(0, 16))} …` : hex(payload);
    return text.length > 80 ? `“${[...text].slice(0, 60).join("")}” …` : `“${text}”`;
  }

  function payloadWhy({ opcode, payload, masked, length }) {
    const part = payload.length < length ? `the first ${payload.length} of ${length} bytes` : `${length} ${length === 1 ? "byte" : "bytes"}`;
    const unmasked = masked ? ", shown with the mask removed" : "";
    if (opcode === 8 && payload.length >= 2) {
      return `${part}${unmasked}: the close code in 2 bytes (${closeName(payload[0] * 256 + payload[1])}), then the reason`;
    }
    return part + unmasked;
  }

  function checkClose({ length, payload }, problem) {
    if (length === 1) problem("a Close has no payload, or at least the 2 bytes of its code", "5.5.1");
    if (payload.length < 2) return;
    const code = payload[0] * 256 + payload[1];
    if ([1004, 1005, 1006, 1015].includes(code)) problem(`${code} must never be sent`, "7.4.1");
    else if (code < 1000 || code > 4999) problem(`${code} is not a close code`, "7.4.2");
    if (payload.length === length && utf8(payload.slice(2)) === null) problem("the reason is not UTF-8", "5.5.1");
  }

  function toBytes(bytes) {
    if (typeof bytes !== "string") return Array.from(bytes ?? [], (byte) => byte & 255);
    const digits = bytes.replace(/[^0-9a-f]/gi, "");
    return Array.from({ length: Math.floor(digits.length / 2) }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  }

  const hex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

  function utf8(bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    } catch {
      return null;
    }
  }

  return { decode, header, toBytes, hex, opcodeName };
})();
