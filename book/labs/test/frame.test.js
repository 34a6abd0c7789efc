/* Frame headers, most of them the examples of RFC 6455 section 5.7. */
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { frame } = require("./scripts.js");

const { decode, header, hex } = frame;
const field = (bytes, name) => decode(bytes).fields.find((field) => field.name === name);
const problems = (bytes, from) => decode(bytes, from).problems.map(({ why, section }) => `§${section} ${why}`);
const text = ({ payload }) => new TextDecoder().decode(Uint8Array.from(payload));

test("a text from a server", () => {
  const found = decode("81 05 48 65 6c 6c 6f", "server");
  assert.equal(text(found), "Hello");
  assert.deepEqual(
    found.fields.map(({ name, bits, value }) => [name, ...bits, value]),
    [
      ["FIN", 0, 0, "1"],
      ["RSV1–3", 1, 3, "000"],
      ["opcode", 4, 7, "0x1 text"],
      ["MASK", 8, 8, "0"],
      ["payload length", 9, 15, "5"],
      ["payload", 16, 55, "“Hello”"],
    ],
  );
  assert.deepEqual(found.problems, []);
});

test("the same from a client is masked", () => {
  const found = decode("8185 37fa213d 7f9f4d5158", "client");
  assert.equal(text(found), "Hello");
  assert.equal(found.total, 11);
  assert.deepEqual(field("8185 37fa213d 7f9f4d5158", "masking key").bits, [16, 47]);
  assert.deepEqual(found.problems, []);
});

test("a fragmented text", () => {
  assert.equal(decode("01 03 48 65 6c").fin, false);
  assert.equal(field("80 02 6c 6f", "opcode").value, "0x0 continuation");
  assert.equal(field("80 02 6c 6f", "FIN").why, "the last frame of its message");
});

test("lengths of 16 and of 64 bits", () => {
  assert.equal(decode(`82 7e 01 00 ${"00".repeat(256)}`).length, 256);
  assert.deepEqual(field("82 7f 00 00 00 00 00 01 00 00", "extended length").bits, [16, 79]);
  const found = decode("82 7f 00 00 00 00 00 01 00 00 07");
  assert.equal(found.length, 65536);
  assert.equal(found.total, 65546);
  assert.equal(found.fields.at(-1).why, "the first 1 of 65536 bytes");
});

test("a length that needs fewer bytes is named", () => {
  assert.deepEqual(problems("82 7e 00 05 00 00 00 00 00"), ["§5.2 the length is not in its shortest form"]);
  assert.deepEqual(problems("82 7f 00 00 00 00 00 00 ff ff"), ["§5.2 the length is not in its shortest form"]);
  assert.deepEqual(problems("82 7f 80 00 00 00 00 00 00 00"), ["§5.2 the top bit of a 64-bit length must be 0"]);
});

test("a length beyond what a number holds is shown exactly", () => {
  assert.equal(field("82 7f 7f ff ff ff ff ff ff ff", "extended length").value, "9223372036854775807");
});

test("who must mask and who must not", () => {
  assert.match(problems("81 00", "client")[0], /^§5\.1 a client must mask/);
  assert.match(problems("81 80 00 00 00 00", "server")[0], /^§5\.1 a server must not mask/);
  assert.deepEqual(problems("81 00"), []);
});

test("control frames are short and whole", () => {
  assert.deepEqual(problems("09 00"), ["§5.5 a control frame must not be fragmented"]);
  assert.deepEqual(problems(`89 7e 00 7e ${"00".repeat(126)}`), ["§5.5 a control frame carries at most 125 bytes"]);
});

test("reserved bits and opcodes are named", () => {
  assert.equal(problems("c1 00").length, 1);
  assert.deepEqual(problems("83 00"), ["§5.2 opcode 0x3 is reserved"]);
  assert.deepEqual(problems("8b 00"), ["§5.2 opcode 0xb is reserved"]);
});

test("a Close carries a code and a reason", () => {
  assert.equal(field("88 05 03 e8 62 79 65", "payload").value, "1000 “bye”");
  assert.match(field("88 02 03 f5", "payload").why, /\(try again later\)/);
  assert.deepEqual(problems("88 00"), []);
  assert.deepEqual(problems("88 01 03"), ["§5.5.1 a Close has no payload, or at least the 2 bytes of its code"]);
  assert.deepEqual(problems("88 02 03 ee"), ["§7.4.1 1006 must never be sent"]);
  assert.deepEqual(problems("88 02 00 05"), ["§7.4.2 5 is not a close code"]);
  assert.deepEqual(problems("88 03 03 e8 ff"), ["§5.5.1 the reason is not UTF-8"]);
});

test("a frame that is cut anywhere is read as far as it goes", () => {
  const whole = "81fe0100 37fa213d 7f9f4d5158";
  for (let end = 0; end <= whole.length; end++) assert.ok(Array.isArray(decode(whole.slice(0, end)).fields));
  assert.equal(decode("").problems.length, 1);
  assert.equal(decode("81").problems.length, 1);
  assert.equal(decode("81 fe 01").problems.length, 1);
});

test("any two bytes are read without a throw, and their fields cover the bits in order", () => {
  for (let first = 0; first < 65536; first++) {
    const { fields } = decode([first >> 8, first & 255, ...Array(12).fill(7)]);
    let next = 0;
    for (const { bits } of fields) {
      assert.equal(bits[0], next);
      next = bits[1] + 1;
    }
  }
});

test("a header is built from its fields", () => {
  assert.equal(hex(header({ fin: false, rsv: 4, opcode: 1, masked: true, length: 5 })), "41 85");
  assert.equal(hex(header({ opcode: 2, length: 65535 })), "82 7e ff ff");
  assert.equal(hex(header({ opcode: 2, length: 65536 })), "82 7f 00 00 00 00 00 01 00 00");
});
