// Runs before the first paint, ahead of every other script.
(() => {
  "use strict";
  const assets = new URL(".", document.currentScript.src).href;

  // The chosen theme, before anything is drawn in the wrong one.
  try {
    const theme = localStorage.getItem("lrdoctor-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here: the system's theme holds.
  }

  // Dash would load plotly's full bundle, four times as large, from its own address; it asks this
  // name for that address. tests/browser make sure that the full bundle is never requested.
  const plotly = `${assets}vendor-plotly.min.js`;
  Object.defineProperty(window, "_dashPlotlyJSURL", { get: () => plotly, set() {} });

  // A run page needs it in any case: start early.
  if (/\/run\/[^/]+\/?$/.test(location.pathname)) {
    const early = document.createElement("link");
    early.rel = "preload";
    early.as = "script";
    early.href = plotly;
    document.head.append(early);
  }
})();
