/*
 * When to come again after a connection was lost: exponential backoff with full jitter, and never for some close codes.
 *
 *     const backoff = new wsLabs.reconnect.Backoff();
 *     backoff.opened(now);                          // milliseconds, of any clock that only goes forward
 *     backoff.closed(now, event.code, Math.random());   // how long to wait, or null: do not come again
 *
 * Pure: it neither waits nor connects, and it is told the time and the dice.
 */
(globalThis.wsLabs ??= {}).reconnect = (() => {
  "use strict";

  const BASE = 400;
  const CAP = 15_000;
  // A server that takes a connection and drops it at once is not well: only one that stayed up ends the backoff.
  const STEADY = 10_000;
  // We broke a rule of crates/workbook/src/pages/message.rs, and would break it again.
  const NEVER = [1003, 1007, 1008, 1009];

  /** The longest wait before this attempt, counted from 0. */
  const limit = (attempt) => Math.min(CAP, BASE * 2 ** attempt);

  class Backoff {
    #attempt = 0;
    #since = null;

    opened(now) {
      this.#since = now;
    }

    /** Any time between nothing and the limit, so that pages which lost their server together do not come back together. */
    closed(now, code, random) {
      if (this.#since !== null && now - this.#since >= STEADY) this.#attempt = 0;
      this.#since = null;
      if (NEVER.includes(code)) return null;
      return random * limit(this.#attempt++);
    }
  }

  return { Backoff, limit };
})();
