/*
 * The questions of the book, read from a page that includes them: `<details class="question">` is their only source.
 *
 *     const all = wsLabs.questions.read(document);     // [{ id, chapter, grade, title, ask, answer, trap, proof, links }], in the book's order
 *
 * `title` is text; `ask`, `answer`, `trap` and `proof` are HTML of this project's own pages; `links` leads into the book.
 */
(globalThis.wsLabs ??= {}).questions = (() => {
  "use strict";

  const GRADES = ["warm-up", "working", "senior", "design"];

  function read(root) {
    return [...root.querySelectorAll("details.question")].map((details) => {
      const summary = details.querySelector("summary");
      const parts = { answer: "", trap: "", proof: "" };
      let part = "answer";
      for (const child of details.children) {
        if (child === summary) continue;
        const label = child.querySelector(":scope > strong:first-child")?.textContent;
        if (label === "Trap.") part = "trap";
        if (label === "Proof.") part = "proof";
        parts[part] += child.outerHTML;
      }
      const links = [...details.querySelectorAll("a[href]")].map((a) => ({ href: a.getAttribute("href"), text: a.textContent }));
      const { grade, chapter } = details.dataset;
      return {
        id: details.id,
        chapter,
        grade,
        title: summary.textContent.trim(),
        ask: summary.innerHTML.trim(),
        ...parts,
        links: links.filter((link) => !/^[a-z]+:/i.test(link.href)),
      };
    });
  }

  /**
   * What is said after "Trap.": the first sentence as the follow-up of an interviewer, the whole as its explanation.
   * A sentence ends at a full stop, a colon or a question mark before a space, and not within quotation marks or tags.
   */
  function followUp(trap) {
    const text = plain(trap).replace(/^Trap\.\s*/, "");
    const quoted = /^[“"]([^”"]+)[”"]/.exec(text);
    if (quoted) return quoted[1].replace(/[,.]$/, "");
    const end = /[.:;?!](?=\s|$)/.exec(text);
    return end ? text.slice(0, end.index + (end[0] === "?" ? 1 : 0)) : text;
  }

  /** HTML as text, for where no markup can go. */
  function plain(html) {
    const entities = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&", nbsp: " " };
    const text = html.replace(/<[^>]*>/g, "").replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name) => entities[name]);
    return text.replace(/\s+/g, " ").trim();
  }

  return { GRADES, read, followUp, plain };
})();
