/* The page of the search, after Sphinx's searchtools.js: it answers what that asks, and says what it has found. */
"use strict";
(() => {
  let texts = {};
  const suffix = DOCUMENTATION_OPTIONS.FILE_SUFFIX;
  const ask = window.fetch;

  /* Written by theme/search.py: the text of each page, by its name. */
  Search.setTexts = given => { texts = given; };
  Search.asText = name => `<div role="main">${texts[name]}</div>`;

  /* From a disk no page may read another, so Sphinx is given the text of a page of the book without reading it. */
  window.fetch = (address, options) => {
    const root = new URL(".", document.baseURI).href;
    const asked = new URL(address, document.baseURI).href;
    const name = asked.startsWith(root) ? decodeURI(asked.slice(root.length, -suffix.length)) : "";
    if (!Object.hasOwn(texts, name)) return ask(address, options);
    return Promise.resolve(new Response(Search.asText(name)));
  };

  /* What is asked for: numbers as they are, words by their beginnings; each with how it is found in a text. */
  const NUMBER = /(?<![\p{L}\p{N}_])\p{N}+(?:[.,]\p{N}+)*(?![\p{L}_])%?/gu;
  const escaped = text => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  const beginning = word => {
    let stem = new Stemmer().stemWord(word);
    while (!word.startsWith(stem)) stem = stem.slice(0, -1);
    return stem;
  };
  const form = (term, isNumber) => isNumber ? `(?<![\\p{N}.,])${escaped(term)}(?![\\p{N}%]|[.,]\\p{N})`
    : `(?<![\\p{L}\\p{N}])${escaped(term)}${term.length > 3 ? "\\p{L}*" : "(?!\\p{L}{2})"}`;
  const asked = query => {
    const words = splitQuery(query.replace(NUMBER, " ")).filter(word => !stopwords.includes(word)).map(beginning);
    const parts = [...query.matchAll(NUMBER)].map(found => [found[0], true]).concat(words.map(word => [word, false]));
    parts.sort((a, b) => query.indexOf(a[0]) - query.indexOf(b[0]));
    const forms = parts.map(part => form(...part));
    return { terms: parts.map(([term]) => term), all: forms.map(each => new RegExp(each, "giu")),
      phrase: new RegExp(forms.join("[^\\p{L}\\p{N}]+(?:\\p{L}{1,4}[^\\p{L}\\p{N}]+)?"), "giu") };  // a short word may stand between
  };

  /* The sections of a text of theme/search.py, innermost: id, heading, lines. */
  const sectionsOf = text => {
    const open = [], all = [];
    for (const line of text.split("\n")) {
      const begins = line.match(/^<section id="([^"]*)">$/), words = line.replaceAll("</section>", "");
      if (begins) open.push(all[all.push({ id: begins[1], heading: "", lines: [] }) - 1]);
      else if (open.length && words) open.at(-1).heading ? open.at(-1).lines.push(words) : open.at(-1).heading = words;
      open.length -= begins ? 0 : line.split("</section>").length - 1;
    }
    return all;
  };

  /* Relevance: a title says most, then a heading, a number that the page computes (more, where it has an interval and
     few others stand beside it), and how often the text has it, up to a number of times, so that no long table outweighs. */
  const TITLE = 60, HEADING = 25, COMPUTED = 25, PHRASE = 6, OF_REFERENCES = 0.2;
  const MOST = 5;
  const often = (text, form) => Math.log2(1 + Math.min((text.match(form) || []).length, MOST));
  const share = (text, { all }) => all.filter(each => often(text, each)).length / all.length;
  const inText = (text, query) => PHRASE * often(text, query.phrase) + query.all.reduce((sum, each) => sum + often(text, each), 0);
  const computed = (text, query) => {
    const all = [...text.matchAll(/<data>(.*?)<\/data>/g)].map(([, number]) => number);
    const found = all.filter(number => number.search(query.phrase) === 0);
    const weight = found.some(number => number.includes(" CI ")) ? COMPUTED : COMPUTED / 2;
    return found.length && weight * (1 + found.length / all.length) + PHRASE * Math.log2(found.length);
  };
  const named = (text, weight, query) => weight * (often(text, query.phrase) ? 1 : share(text, query) ** 2 / 2);
  const relevance = (section, query) => {
    const text = section.lines.join("\n");
    const says = named(section.heading, HEADING, query) + computed(text, query) + inText(text, query);
    return says * (section.id === "references" ? OF_REFERENCES : 1);
  };

  /* What the patients of the book show comes before what explains it, and that before what lists names and files. */
  const OF_PART = { Results: 1.2, Reference: 0.6 };
  const partOf = name => {
    const link = document.querySelector(`.bd-links a[href$="${CSS.escape(name.split("/").pop() + suffix)}"]`);
    return link?.closest("ul")?.previousElementSibling?.textContent.trim();
  };

  const spelt = text => text.replace(/<[^>]*>/g, "").replace(/</g, "&lt;");
  const resultOf = (at, query) => {
    const { docnames, filenames, titles } = Search._index, text = texts[docnames[at]] || "", title = titles[at];
    if (!query.terms.length || share(`${title} ${text}`, query) < 1) return [];
    const ranked = sectionsOf(text).map(section => [relevance(section, query), section]).sort((a, b) => b[0] - a[0]);
    const [best, section] = ranked[0] || [0, { id: "", heading: title }];
    const says = named(title, TITLE, query) + best + inText(text, query) / 2;
    const score = says * (OF_PART[partOf(docnames[at])] || 1);
    const name = spelt(section.heading) === title ? title : `${title} > ${spelt(section.heading)}`;
    const mark = `?highlight=${encodeURIComponent(query.terms.join(" "))}${section.id && "#"}${section.id}`;
    return [[docnames[at], name, mark, null, score, filenames[at]]];
  };
  Search._performSearch = (words, terms, excluded, highlight) => {
    const query = asked(words.toLowerCase().trim());
    [terms, highlight].forEach(each => { each.clear(); query.terms.forEach(term => each.add(term)); });

    /* Sphinx quotes a page from its last word on that is there: best all words as they were asked for. */
    terms.add(words.toLowerCase().trim());
    return Search._index.docnames.flatMap((_, at) => resultOf(at, query)).reverse().sort((a, b) => a[4] - b[4]);
  };

  /* The section is quoted to which a result leads; what is to be marked there is not of its name. */
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (html, terms, anchor) => {
    const [, id] = anchor.split("#");
    return summary(html, terms, id ? `#${CSS.escape(id)}` : "");
  };

  if (Search.status) Search.status.setAttribute("role", "status");
})();
