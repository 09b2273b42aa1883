// On paper: charts are drawn anew before the browser prints, light and as wide as a sheet.

const SHEET = 640; // px: A4 without its margins and a card's padding

const listeners = new Set();
let printing = false;

/** Calls `listener` with true before the browser prints, with false after; returns what ends that. */
export function onPaper(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How wide a chart is drawn in its frame. */
export function widthOf(frame) {
  const width = Math.round(frame.clientWidth);
  return printing ? Math.min(width, SHEET) : width;
}

function turn(on) {
  printing = on;
  for (const listener of listeners) listener(on);
}

window.addEventListener("beforeprint", () => turn(true));
window.addEventListener("afterprint", () => turn(false));
