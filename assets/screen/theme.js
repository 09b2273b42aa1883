// Light or dark: the system's choice until the reader makes one; paper is light.

import { onPaper } from "./paper.js";

const KEY = "lrdoctor-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
const TOKENS = ["ink", "ink-2", "ink-3", "line", "line-soft", "surface", "crit", "crit-bg", "warn", "watch",
  "quiet", "ok", "ok-bg", "accent", "on-accent", "plot-train", "plot-raw", "plot-val", "plot-lr", "plot-grad", "plot-past"];
let chosen = ""; // while the browser prints
let paint = null; // looked up once for a theme: each colour costs a pass over the page's styles

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

/** Calls `listener` when the colours change, with true where it has to draw at once; returns what ends that. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme's colours as charts take them, `rgb(...)` by token, and the page's type. */
export function palette() {
  paint ??= {
    ...Object.fromEntries(TOKENS.map((token) => [token, colour(token)])),
    font: getComputedStyle(document.body).fontFamily,
  };
  return paint;
}

function colour(token) {
  const probe = document.getElementById("colour-probe");
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

function changed({ now = false } = {}) {
  paint = null;
  for (const listener of listeners) listener(now);
}

/** The browser prints what stands once this returns. */
function print(on) {
  const { dataset } = document.documentElement;
  if (on) {
    chosen = dataset.theme ?? "";
    dataset.theme = "light";
  } else if (chosen) dataset.theme = chosen;
  else delete dataset.theme;
  changed({ now: on });
}

export function mountTheme() {
  const button = document.getElementById("theme");
  const name = () => {
    const label = isDark() ? "Switch to the light theme" : "Switch to the dark theme";
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is forbidden here: the choice holds for this tab.
    }
    name();
    changed();
  });
  system.addEventListener("change", () => {
    name();
    changed();
  });
  onPaper(print);
  name();
}
