/*
 * What differs between the expected transcript and yours, line by line.
 *
 *     const rows = wsLabs.diff.diff(expected, yours);   // two arrays of lines, or two texts
 *
 * A row is { side: "same" | "expected" | "yours", line, expected, yours }, the last two being the indices of the line there,
 * `null` where it is not. Within one difference, what was expected stands before what came instead.
 * Lines are compared as they are written without padding: a longer name elsewhere moves every arrow and changes nothing.
 */
(globalThis.wsLabs ??= {}).diff = (() => {
  "use strict";

  const { parse, renderLine } = globalThis.wsLabs.transcript;

  // Two runs that have next to nothing in common are not worth an exact answer: the memory for it grows with the square
  // of the number of differences. Beyond this many, the rest is shown as all expected, then all yours.
  const MOST_DIFFERENCES = 1000;

  function diff(expected, yours) {
    const a = toLines(expected);
    const b = toLines(yours);
    const keysA = a.map((line) => renderLine(line));
    const keysB = b.map((line) => renderLine(line));

    let start = 0;
    while (start < a.length && start < b.length && keysA[start] === keysB[start]) start++;
    let endA = a.length;
    let endB = b.length;
    while (endA > start && endB > start && keysA[endA - 1] === keysB[endB - 1]) {
      endA--;
      endB--;
    }

    const same = (i, j) => ({ side: "same", line: b[j], expected: i, yours: j });
    const rows = [];
    for (let i = 0; i < start; i++) rows.push(same(i, i));
    let i = start;
    let j = start;
    const pairs = commonPairs(keysA.slice(start, endA), keysB.slice(start, endB));
    for (const [x, y] of [...pairs.map(([x, y]) => [x + start, y + start]), [endA, endB]]) {
      for (; i < x; i++) rows.push({ side: "expected", line: a[i], expected: i, yours: null });
      for (; j < y; j++) rows.push({ side: "yours", line: b[j], expected: null, yours: j });
      if (x < endA && y < endB) rows.push(same(i++, j++));
    }
    for (; i < a.length; i++, j++) rows.push(same(i, j));
    return rows;
  }

  /**
   * The pairs of indices of a longest common subsequence, by Myers' greedy algorithm ("An O(ND) Difference Algorithm and
   * Its Variations", 1986): `reach[k]` is how far along `a` one comes on diagonal k (index in a minus index in b) with d differences.
   */
  function commonPairs(a, b) {
    const most = Math.min(a.length + b.length, MOST_DIFFERENCES);
    const trace = [];
    const reach = new Map([[1, 0]]);
    for (let d = 0; d <= most; d++) {
      trace.push(new Map(reach));
      for (let k = -d; k <= d; k += 2) {
        const down = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1));
        let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
        let y = x - k;
        while (x < a.length && y < b.length && a[x] === b[y]) {
          x++;
          y++;
        }
        reach.set(k, x);
        if (x >= a.length && y >= b.length) return walkBack(trace, a, b);
      }
    }
    return [];
  }

  function walkBack(trace, a, b) {
    const pairs = [];
    let x = a.length;
    let y = b.length;
    for (let d = trace.length - 1; d >= 0; d--) {
      const reach = trace[d];
      const k = x - y;
      const down = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1));
      const before = down ? k + 1 : k - 1;
      const fromX = reach.get(before);
      const fromY = fromX - before;
      while (x > fromX && y > fromY && x > 0 && y > 0) pairs.push([--x, --y]);
      x = fromX;
      y = fromY;
    }
    return pairs.reverse();
  }

  const toLines = (side) => (typeof side === "string" ? parse(side).lines : side);

  return { diff };
})();
