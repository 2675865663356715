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
