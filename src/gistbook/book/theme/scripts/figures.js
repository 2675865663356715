/* Makes the figures of a page interactive, once one of them is near to be seen: its drawing is replaced by a view of the
   same spec, in the same place. What is read in a figure are the phrases of its table; nothing is reckoned here. Where
   anything fails, the drawing stays as it is. */
(() => {
  "use strict";

  const NEAR = "200px";
  const runtime = document.currentScript.src.replace(/gistbook\.js.*$/, "vega.js");
  let loading = null;

  function loaded() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = runtime;
      script.onload = () => resolve(window.vegaEmbed);
      script.onerror = () => reject(new Error("the runtime of figures was not loaded"));
      document.head.append(script);
    });
    return loading;
  }

  function specOf(data, name) {
    const datasets = {};
    for (const [key, { columns, rows }] of Object.entries(data.datasets)) {
      datasets[key] = rows.map(row => Object.fromEntries(columns.map((column, place) => [column, row[place]])));
    }
    return { ...data[name], datasets };
  }

  function originOf(svg) {
    const moved = svg.querySelector("g[transform]").getAttribute("transform");
    return moved.match(/-?[\d.]+/g).map(Number);
  }

  /* A browser measures letters a little differently than the program that drew: what is plotted stays where it was. */
  function place(live, still) {
    const [width, height] = ["width", "height"].map(side => still.getAttribute(side));
    const [[x, y], [left, top]] = [originOf(live), originOf(still)];
    live.setAttribute("width", width);
    live.setAttribute("height", height);
    live.setAttribute("viewBox", `${x - left} ${y - top} ${width} ${height}`);
  }

  function nearest(distances) {
    return distances.indexOf(Math.min(...distances));
  }

  class Figure {
    constructor(root) {
      this.root = root;
      this.data = JSON.parse(root.querySelector(".gb-spec").textContent);
      const table = root.querySelector(".gb-data");
      this.by = table.dataset.by;
      this.last = Number(table.dataset.last);
      this.rows = [...table.querySelectorAll("tbody tr")];
      this.headings = [...table.querySelectorAll("thead th")].map(cell => cell.textContent);
      this.buttons = [...root.querySelectorAll(".gb-groups button")];
      this.range = root.querySelector(".gb-read input");
      this.output = root.querySelector(".gb-controls output");
      this.views = {};
      this.index = null;
    }

    start() {
      const soon = new IntersectionObserver(seen => {
        if (seen.some(each => each.isIntersecting)) {
          soon.disconnect();
          new ResizeObserver(() => this.enliven()).observe(this.root);
        }
      }, { rootMargin: NEAR });
      soon.observe(this.root);
      this.root.addEventListener("focusin", () => this.enliven(), { once: true });
    }

    shown() {
      return ["wide", "narrow"].find(name => this.root.querySelector(`.gb-${name}`).getClientRects().length);
    }

    async enliven() {
      const name = this.shown();
      if (!name || name in this.views) return;
      this.views[name] = null;
      try {
        await this.replace(name, await loaded());
        this.listen();
      } catch (error) {
        console.warn("A figure stays a drawing:", error);
      }
    }

    async replace(name, embed) {
      const away = document.createElement("div"), still = this.root.querySelector(`.gb-${name} svg`);
      const asked = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: false };
      const { view } = await embed(away, specOf(this.data, name), asked);
      const live = away.querySelector("svg");
      await this.tell(view).runAsync();
      for (const name of ["role", "aria-roledescription", "aria-label"]) {
        live.querySelectorAll(`[${name}]`).forEach(part => part.removeAttribute(name));
      }
      place(live, still);
      view.addResizeListener(() => place(live, still));
      still.replaceWith(live);
      this.views[name] = { view, svg: live, across: this.across(live, name) };
    }

    /* The ground of the plot, over which time runs from 0 to the end of the axis. */
    across(svg, name) {
      const spec = this.data[name], width = spec.width ?? spec.vconcat?.[0].width;
      return [...svg.querySelectorAll("path.background")].find(each => Math.abs(each.getBBox().width - width) < 1);
    }

    listen() {
      if (this.root.classList.contains("gb-live")) return;
      const drawing = this.root.querySelector(".gb-drawing");
      for (const kind of ["pointermove", "pointerdown"]) drawing.addEventListener(kind, event => this.point(event));
      this.range.addEventListener("input", () => this.readNear(Number(this.range.value)));
      this.range.addEventListener("keydown", event => this.step(event));
      this.buttons.forEach(button => button.addEventListener("click", () => this.toggle(button)));
      this.root.classList.add("gb-live");
    }

    point(event) {
      const here = this.views[this.shown()];
      if (here) this.readNear(this.by === "time" ? this.timeAt(event, here) : this.rowAt(event, here));
    }

    timeAt(event, { across }) {
      const { left, width } = across.getBoundingClientRect();
      return ((event.clientX - left) / width) * this.last;
    }

    rowAt(event, { svg }) {
      const boxes = [...svg.querySelectorAll(".mark-rect.role-mark path")].map(each => each.getBoundingClientRect());
      return nearest(boxes.map(box => Math.abs((box.top + box.bottom) / 2 - event.clientY)));
    }

    /* Keys go from row to row, however far apart in time those are. */
    step(event) {
      const last = this.rows.length - 1, here = this.index ?? 0;
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -last, End: last };
      if (!(event.key in steps)) return;
      event.preventDefault();
      this.read(Math.min(Math.max(here + steps[event.key], 0), last));
    }

    readNear(place) {
      const index = nearest(this.rows.map(row => Math.abs(Number(row.dataset.at) - place)));
      if (index !== this.index) this.read(index);
      else this.range.value = this.rows[index].dataset.at;
    }

    read(index) {
      this.index = index;
      const [place, ...phrases] = [...this.rows[index].cells].map(cell => cell.textContent);
      const lines = phrases.map((phrase, column) => `${this.headings[column + 1]}: ${phrase}`);
      const told = [place, ...lines].map((words, line) => {
        const element = document.createElement(line ? "span" : "strong");
        element.textContent = words;
        return element;
      });
      this.output.replaceChildren(...told);
      this.range.value = this.rows[index].dataset.at;
      this.range.setAttribute("aria-valuetext", place);
      this.tellAll();
    }

    toggle(button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
      this.tellAll();
    }

    tellAll() {
      for (const each of Object.values(this.views)) if (each) this.tell(each.view).runAsync();
    }

    tell(view) {
      if (this.index !== null) view.signal("at", Number(this.rows[this.index].dataset.at)).signal("read", true);
      return view.signal("hidden", this.buttons.map(button => button.getAttribute("aria-pressed") === "false"));
    }
  }

  document.querySelectorAll(".gb-figure:has(.gb-spec)").forEach(root => new Figure(root).start());
})();
