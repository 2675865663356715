/* A page to which the search led opens at the passage that has most of what was asked for, and marks it. Nothing of the
   page is changed; Escape takes the marks away. */
(() => {
  const asked = new URLSearchParams(location.search).get("highlight");
  const article = document.querySelector("article.bd-article");
  if (!asked || !article) return;
  const forms = asked.split(" ").filter(Boolean).map(term => {
    const form = term.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
    const end = /\p{N}/u.test(term) ? "(?![\\p{N}%]|[.,]\\p{N})" : term.length > 3 ? "\\p{L}*" : "(?!\\p{L}{2})";
    return new RegExp(`(?<![\\p{L}\\p{N}.,])${form}${end}`, "giu");
  });

  const blocks = new Map();
  function look(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest("script, style, svg, .headerlink, .gb-numbers, .gb-menu")) continue;
      const block = node.parentElement.closest("p, li, tr, dt, dd, figcaption, caption, h1, h2, h3, h4, pre, div");
      forms.forEach((form, number) => {
        for (const { index, 0: words } of node.data.matchAll(form)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + words.length);
          if (!blocks.has(block)) blocks.set(block, { ranges: [], terms: new Set(), rank: 0 });
          const found = blocks.get(block);
          found.ranges.push(range);
          found.terms.add(number);
          found.rank = found.terms.size + (node.parentElement.closest(".gb-number") ? 0.5 : 0);
        }
      });
    }
  }
  const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  look(place || article);
  if (!blocks.size) look(article);
  if (!blocks.size) return;
  const ranges = [...blocks.values()].flatMap(found => found.ranges);
  const best = [...blocks].reduce((a, b) => (b[1].rank > a[1].rank ? b : a))[0];
  const folded = best.closest("details:not([open])");
  if (folded) folded.open = true;
  const show = () => best.scrollIntoView({ block: "center" });
  show();
  addEventListener("load", show);
  if (!CSS.highlights) return;
  CSS.highlights.set("gb-found", new Highlight(...ranges));
  addEventListener("keydown", event => { if (event.key === "Escape") CSS.highlights.delete("gb-found"); });
})();
