// Readers may hide the code of all pages, and find it hidden on the next one; the frame of a page sees to that.
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
})();
