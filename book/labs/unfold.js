/* Opens what a link leads to: a conversation or an answer that is folded would otherwise be found shut. */
(() => {
  "use strict";

  if (typeof document === "undefined" || !globalThis.location) return;

  function unfold() {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // A hash with a stray per cent sign names nothing, or itself.
    }
    for (let element = document.getElementById(name); element; element = element.parentElement) {
      if (element.tagName === "DETAILS") element.open = true;
    }
  }

  addEventListener("hashchange", unfold);
  unfold();
})();
