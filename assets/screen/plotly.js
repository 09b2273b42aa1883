// plotly.js: its basic bundle, a quarter of the full one, asked for with the first chart.

const ADDRESS = new URL("vendor-plotly.min.js", document.currentScript.src).href;

let asked = null;

/** Resolves once the library is there; it is asked for again where it did not come. */
export function plotly() {
  asked ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = ADDRESS;
    script.addEventListener("load", () => done(window.Plotly));
    script.addEventListener("error", () => {
      script.remove();
      asked = null;
      failed(new TypeError("plotly.js did not come"));
    });
    document.head.append(script);
  });
  return asked;
}
