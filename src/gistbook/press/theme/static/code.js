// Readers may hide the code of all pages, and find it hidden on the next one; before the page is painted, so that nothing moves.
(() => {
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem("gb-code"); } catch { return null; } };
  const remember = value => { try { localStorage.setItem("gb-code", value); } catch { /* a browser that keeps nothing */ } };
  const isHidden = () => root.dataset.gbCode === "hidden";

  root.dataset.gbCode = remembered() === "hidden" ? "hidden" : "shown";

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".gb-code-toggle");
    if (!button || !document.querySelector(".cell_input")) return;
    const say = () => { button.textContent = isHidden() ? "Show code" : "Hide code"; };
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      root.dataset.gbCode = isHidden() ? "shown" : "hidden";
      remember(root.dataset.gbCode);
      say();
    });
  });
})();
