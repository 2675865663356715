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
