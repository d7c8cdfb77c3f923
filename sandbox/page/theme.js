/* A classic script, so that the chosen theme stands before the first paint. */
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    /* storage may be forbidden; the system's theme is good enough */
  }
})();
