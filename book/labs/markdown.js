/*
 * The little Markdown that a verdict has: `code`, *emphasis*, **strong**, [links](to.html). Text to nodes, and never to HTML.
 *
 *     paragraph.append(...wsLabs.markdown.inline("keep polling `recv()`"));
 */
(globalThis.wsLabs ??= {}).markdown = (() => {
  "use strict";

  const PIECES = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^()\s]+)\)/g;

  /** What a text consists of: strings, and [tag, text, href]. */
  function pieces(text) {
    const found = [];
    let end = 0;
    for (const match of text.matchAll(PIECES)) {
      const [whole, code, strong, em, words, href] = match;
      if (match.index > end) found.push(text.slice(end, match.index));
      end = match.index + whole.length;
      if (code !== undefined) found.push(["code", code]);
      else if (strong !== undefined) found.push(["strong", strong]);
      else if (em !== undefined) found.push(["em", em]);
      // Only what leads to a page: a link never runs anything.
      else if (/^(https:|#|[\w./-]+(#|$))/.test(href)) found.push(["a", words, href]);
      else found.push(words);
    }
    if (end < text.length) found.push(text.slice(end));
    return found;
  }

  function inline(text) {
    return pieces(text).map((piece) => {
      if (typeof piece === "string") return piece;
      const [tag, words, href] = piece;
      const made = document.createElement(tag);
      made.textContent = words;
      if (href) made.href = href;
      return made;
    });
  }

  return { pieces, inline };
})();
