/* Lets a reader read a figure: a rule moves over its drawing, or a row of it is marked, and the row of its table that
   belongs there is shown. Groups are hidden and shown. Nothing is reckoned here, and without this script the drawing
   and the table are there. */
(() => {
  "use strict";

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /* The rule over a curve of a drawing, which time crosses from 0 to the end of the axis. */
  function ruled(svg) {
    const ground = svg.querySelector("[class*=pathgroup] path.background");
    const [, width, height] = ground.getAttribute("d").match(/h([\d.]+)v([\d.]+)/).map(Number);
    const rule = document.createElementNS(svg.namespaceURI, "line");
    rule.setAttribute("class", "gb-rule");
    rule.setAttribute("y2", height);
    rule.style.display = "none";
    ground.after(rule);
    return { ground, width, rule };
  }

  function nearest(distances) {
    return distances.indexOf(Math.min(...distances));
  }

  function read(figure) {
    const data = figure.querySelector(".gb-data"), drawing = figure.querySelector(".gb-drawing");
    const byTime = data.dataset.by === "time", last = Number(data.dataset.last);
    const rows = [...data.querySelectorAll("tbody tr")].filter(row => Number(row.dataset.at) <= last), places = rows.map(row => Number(row.dataset.at));
    const headings = [...data.querySelectorAll("thead th")].slice(1).map(cell => cell.textContent);
    const svgs = [...drawing.querySelectorAll("svg")];
    const rules = byTime ? svgs.map(ruled) : [];
    const grounds = svg => [...svg.querySelectorAll(".mark-rect.role-mark path")];
    const range = element("input", { type: "range", min: 0, max: last, step: "any", value: 0 });
    const output = element("output", {}, "Point at the figure, or move the control: the values there are written here.");
    let here = 0;

    function show(index) {
      here = index;
      const [name, ...phrases] = [...rows[index].cells].map(cell => cell.textContent);
      const lines = phrases.map((phrase, column) => element("span", {}, `${headings[column]}: ${phrase}`));
      output.replaceChildren(element("strong", {}, name), ...lines);
      output.style.minHeight = `${output.offsetHeight}px`;
      range.value = places[index];
      range.setAttribute("aria-valuetext", name);
      for (const { rule, width } of rules) {
        for (const end of ["x1", "x2"]) rule.setAttribute(end, (width * places[index]) / last);
        rule.style.display = "";
      }
      if (!byTime) svgs.forEach(svg => grounds(svg).forEach((each, row) => each.setAttribute("opacity", row === index ? 0.15 : 0)));
    }

    function point(event) {
      const drawn = svgs.findIndex(svg => svg.getClientRects().length);
      const boxes = (byTime ? [rules[drawn].ground] : grounds(svgs[drawn])).map(each => each.getBoundingClientRect());
      const time = ((event.clientX - boxes[0].left) / boxes[0].width) * last;
      show(nearest(byTime ? places.map(place => Math.abs(place - time))
        : boxes.map(box => Math.abs((box.top + box.bottom) / 2 - event.clientY))));
    }

    /* Keys go from row to row, however far apart in time those are. */
    function step(event) {
      const end = rows.length - 1;
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -end, End: end };
      if (!(event.key in steps)) return;
      event.preventDefault();
      show(Math.min(Math.max(here + steps[event.key], 0), end));
    }

    /* What is drawn of a group, found by the name of its colour; its line is drawn on its button too. */
    function button(group, number) {
      const paints = ["stroke", "fill"].flatMap(paint => [",", "_"].map(end => `[${paint}^="var(--gb-${number + 1}${end}"]`));
      const named = paints.flatMap(paint => [`.role-mark path${paint}`, `[class*=" label_"] text${paint}`]).join();
      const marks = [...drawing.querySelectorAll(named)], line = marks.find(mark => mark.getAttribute("stroke-dasharray"));
      const sample = element("i", { "aria-hidden": "true" });
      if (line) {
        sample.innerHTML = '<svg width="32" height="10"><path d="M0,5h32" stroke-width="2.5"/></svg>';
        for (const name of ["stroke", "stroke-dasharray"]) sample.firstChild.firstChild.setAttribute(name, line.getAttribute(name));
      }
      const made = element("button", { type: "button", "aria-pressed": "true" }, sample, ` ${group}`);
      made.addEventListener("click", () => {
        const shown = made.getAttribute("aria-pressed") === "false";
        made.setAttribute("aria-pressed", String(shown));
        for (const mark of marks) mark.style.visibility = shown ? "" : "hidden";
      });
      return made;
    }

    for (const kind of ["pointermove", "pointerdown"]) drawing.addEventListener(kind, point);
    range.addEventListener("input", () => show(nearest(places.map(place => Math.abs(place - range.value)))));
    range.addEventListener("keydown", step);
    const controls = element("div", { class: "gb-controls" });
    if (byTime && headings.length > 1) {
      const about = { class: "gb-groups", role: "group", "aria-label": "Groups that the figure shows" };
      controls.append(element("div", about, ...headings.map(button)));
    }
    const how = byTime ? "Read the figure at one time " : "Read the figure row by row ";
    controls.append(element("label", { class: "gb-read" }, how, range), output);
    data.before(controls);
  }

  /* Of a figure of alternatives a reader chooses one: its band, line and drop are shown over those of the base analysis,
     and its row is told. They stand in the drawing in the order of the rows. */
  function choose(figure) {
    const data = figure.querySelector(".gb-data"), rows = [...data.querySelectorAll("tbody tr")];
    const headings = [...data.querySelectorAll("thead th")].slice(2).map(cell => cell.textContent);
    const select = element("select", {}), output = element("output", {});
    const marks = kind => [...figure.querySelectorAll(".gb-drawing svg")].map(svg => [...svg.querySelectorAll(kind)]);
    const drawn = [[".mark-area.role-mark", 0.18], [".mark-line.role-mark", 1], [".mark-rule.role-mark line", 1]];
    const layers = drawn.flatMap(([kind, opacity]) => marks(kind).map(each => ({ each, opacity })));

    rows.forEach((row, place) => {
      const [assumption, setting] = [...row.cells].map(cell => cell.textContent);
      if (select.lastChild?.label !== assumption) select.append(element("optgroup", { label: assumption }));
      select.lastChild.append(element("option", { value: place }, setting));
    });

    function show(chosen) {
      const [assumption, setting, ...phrases] = [...rows[chosen].cells].map(cell => cell.textContent);
      const lines = phrases.map((phrase, column) => element("span", {}, `${headings[column]}: ${phrase}`));
      output.replaceChildren(element("strong", {}, `${assumption}: ${setting}`), ...lines);
      for (const { each, opacity } of layers) {
        each.slice(1).forEach((mark, place) => (mark.firstChild ?? mark).setAttribute("opacity", place + 1 === chosen ? opacity : 0));
      }
    }

    select.addEventListener("input", () => show(Number(select.value)));
    show(0);
    data.before(element("div", { class: "gb-controls" }, element("label", { class: "gb-read" }, "Change one assumption ", select), output));
  }

  for (const figure of document.querySelectorAll(".gb-figure:has(.gb-data)")) {
    try {
      (figure.querySelector(".gb-data").dataset.by === "choice" ? choose : read)(figure);
    } catch (error) {
      console.warn("A figure stays a drawing:", error);
    }
  }
})();

/* Shows beside a number, while it is pointed at or has the focus, what its row in the table of the page says of it.

The row is copied, so that nothing is written twice; without this script the number leads to the row itself. */
(() => {
  "use strict";
  const WAIT = 300, GAP = 4, EDGE = 8;
  let number = null, popover = null, timer = 0, dismissed = null, tapped = false;

  const rowOf = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));

  const said = (head, cell) => {
    const line = document.createElement("span"), name = document.createElement("b");
    name.textContent = `${head.textContent}: `;
    line.append(name, ...[...cell.childNodes].map((node) => node.cloneNode(true)));
    return line;
  };

  const made = (row) => {
    const box = document.createElement("span"), heads = [...row.closest("table").tHead.rows[0].cells];
    box.className = "gb-popover";
    box.id = "gb-popover";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "What this number is");
    box.append(...heads.slice(1).map((head, i) => said(head, row.cells[i + 1])));
    return box;
  };

  const place = () => {
    if (!popover) return;
    const lines = [...number.getClientRects()], size = popover.getBoundingClientRect();
    const last = lines[lines.length - 1], below = last.bottom + GAP, above = lines[0].top - GAP - size.height;
    const top = below + size.height <= innerHeight - EDGE || above < EDGE ? below : above;
    const right = document.documentElement.clientWidth - EDGE - size.width;
    popover.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - EDGE - size.height))}px`;
    popover.style.left = `${Math.max(EDGE, Math.min(last.left, right))}px`;
  };

  const close = () => {
    clearTimeout(timer);
    if (!popover) return;
    const [link, box] = [number, popover];
    number = popover = null;
    link.removeAttribute("aria-describedby");
    box.remove();
  };

  const open = (link) => {
    clearTimeout(timer);
    if (link === number || link === dismissed) return;
    const row = rowOf(link);
    close();
    if (!row) return;
    number = link;
    popover = made(row);
    link.after(popover);
    link.setAttribute("aria-describedby", popover.id);
    popover.addEventListener("pointerenter", () => clearTimeout(timer));
    popover.addEventListener("pointerleave", leave);
    popover.addEventListener("focusout", lose);
    place();
  };

  const isHeld = () => popover.contains(document.activeElement) || document.activeElement === number;
  const leave = () => {
    dismissed = null;
    clearTimeout(timer);
    timer = setTimeout(() => { if (popover && !isHeld()) close(); }, WAIT);
  };
  const lose = (event) => {
    if (popover && (event.relatedTarget === number || popover.contains(event.relatedTarget))) return;
    dismissed = null;
    close();
  };

  for (const link of document.querySelectorAll("a.gb-number")) {
    link.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") open(link); });
    link.addEventListener("pointerleave", leave);
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) open(link); });
    link.addEventListener("blur", lose);
    link.addEventListener("pointerdown", (event) => { tapped = event.pointerType === "touch" && link !== number; });
    link.addEventListener("click", (event) => {
      // A finger cannot point without pressing: its first tap shows, its second one leads on.
      if (tapped) { event.preventDefault(); open(link); } else { close(); }
      tapped = false;
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popover) return;
    if (popover.contains(document.activeElement)) number.focus();
    dismissed = number;
    close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (popover && !popover.contains(event.target) && event.target.closest("a.gb-number") !== number) close();
  });
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);

  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", unfold);
  unfold();
})();

// Code is hidden at first. Readers may show that of all pages, and find it shown on the next one; the frame of a page
// sees to that. A link to the cell that made a number shows the code of its page.
(() => {
  const root = document.documentElement;
  const button = document.querySelector(".gb-code-toggle");
  if (!button || !document.querySelector(".cell_input")) return;
  const isHidden = () => root.dataset.gbCode === "hidden";
  const say = () => { button.textContent = isHidden() ? "Show code" : "Hide code"; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    root.dataset.gbCode = isHidden() ? "shown" : "hidden";
    localStorage.setItem("gb-code", root.dataset.gbCode);
    say();
  });
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#made-")) return;
    root.dataset.gbCode = "shown";
    say();
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  });
})();

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

/* A page is printed in the light theme, whichever the reader has chosen; it is theirs again afterwards. */
(() => {
  const root = document.documentElement;
  let chosen = "";
  addEventListener("beforeprint", () => {
    chosen = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    if (chosen) root.dataset.theme = chosen;
  });
})();
