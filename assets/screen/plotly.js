// plotly.js: its basic bundle, a quarter of the full one, asked for with the first chart.

const ADDRESS = `${document.documentElement.dataset.assets}vendor-plotly.min.js`;
const AGAIN = 2000; // ms until it is asked for again

let asked = null;

/**
 * The library, once it is there; it is asked for as long as `place` is on the page, and `late` is
 * called whenever it did not come. Null where nobody waits for it any more.
 */
export async function plotly(place, late = () => {}) {
  while (place.isConnected) {
    try {
      return await ask();
    } catch {
      late();
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
  return null;
}

function ask() {
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
