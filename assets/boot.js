// Stands in the document itself, and runs before anything else that it names is there.
(() => {
  "use strict";
  const { root, assets } = document.documentElement.dataset;

  // The chosen theme, before anything is drawn in the wrong one.
  try {
    const theme = localStorage.getItem("lrdoctor-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here: the system's theme holds.
  }

  // What the page's script will ask for first comes while that script is still on its way.
  const early = (href, kind) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: kind, href });
    if (kind === "fetch") link.crossOrigin = "anonymous";
    document.head.append(link);
  };
  if (document.visibilityState === "hidden") return; // it asks for nothing until it is looked at
  const run = /\/run\/([^/]+)\/?$/.exec(location.pathname);
  if (run) {
    early(`${root}api/runs/${run[1]}`, "fetch");
    early(`${assets}vendor-plotly.min.js`, "script");
  }
  early(`${root}api/runs`, "fetch");
})();
