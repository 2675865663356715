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
