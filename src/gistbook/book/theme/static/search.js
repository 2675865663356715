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

  /* Sphinx's index has no numbers: a page must have those that are asked for, beside what the index finds. */
  const find = Search._performSearch;
  const numbersOf = query => query.match(/(?<![\p{L}\p{N}_])\p{N}+(?:[.,]\p{N}+)*(?![\p{L}_])%?/gu) || [];
  const plain = text => text.replace(/<[^>]*>/g, " ");
  const has = (text, number) => {
    const escapedNumber = number.replace(/[.]/g, "\\$&");
    return new RegExp(`(?<![\\p{N}.,])${escapedNumber}(?![\\p{N}%]|[.,]\\p{N})`, "u").test(text);
  };
  const withNumbers = (found, numbers, isNumbersOnly) => {
    if (!numbers.length) return found;
    const { docnames, filenames, titles } = Search._index;
    const having = docnames.filter(name => numbers.every(number => has(plain(texts[name] || ""), number)));
    if (!isNumbersOnly) return found.filter(([name]) => having.includes(name));
    return having.map(name => docnames.indexOf(name)).map(at => [docnames[at], titles[at], "", null, 1, filenames[at]]);
  };
  Search._performSearch = (query, terms, excluded, highlight, objects) => {
    const numbers = numbersOf(query).filter(number => !terms.has(number));
    const found = withNumbers(find(query, terms, excluded, highlight, objects), numbers, terms.size === 0);
    numbers.forEach(number => highlight.add(number));

    /* Sphinx quotes a page from its last word on that is there: numbers, and best all words as they were asked for. */
    [...numbers, query.toLowerCase().trim()].forEach(words => terms.add(words));
    return found;
  };

  if (Search.status) Search.status.setAttribute("role", "status");
})();
