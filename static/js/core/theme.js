// Runs before the first paint, hence a classic script: the chosen theme, without a flash of the other one.
(() => {
  const chosen = localStorage.getItem("understudy.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
