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
