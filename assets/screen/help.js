// The keys of the screen, on a panel that the browser itself opens, closes by Escape and gives the
// focus back from.

import { el } from "./dom.js";
import { onKeys } from "./keys.js";

const KEYS = [
  ["Everywhere", [
    ["?", "These keys"],
    ["Esc", "Close; clear the search, then leave it"],
  ]],
  ["Ward", [
    ["/", "Search; Enter or ↓ goes to what is found"],
    ["j or ↓", "Next run"],
    ["k or ↑", "Run before"],
    ["Enter", "Open the run"],
    ["x", "Choose the run, or let it go"],
    ["c", "Compare the chosen runs; with none chosen, the runs of this run's folder"],
  ]],
  ["Run", [
    ["c", "Compare with the runs of its folder"],
    ["u", "Up to the ward"],
    ["a", "Acknowledge: say that you look after it"],
    ["m", "Mute what is found, for a reason"],
    ["n", "Write a note"],
    ["← →", "Along the chart, when it has the focus"],
    ["+ −", "Zoom the chart, when it has the focus"],
  ]],
];

export function mountHelp() {
  const panel = document.getElementById("help");
  const close = el("button", { class: "btn small", type: "button", autofocus: true, popovertarget: "help", popovertargetaction: "hide" }, "Close");
  panel.append(el("div", { class: "help-head" }, el("h2", { id: "help-title" }, "Keys"), close), ...KEYS.flatMap(section));
  onKeys({ "?": () => void panel.togglePopover() });
}

function section([where, keys]) {
  const lines = keys.map(([key, does]) => el("div", {}, el("dt", {}, ...caps(key)), el("dd", {}, does)));
  return [el("h3", {}, where), el("dl", {}, ...lines)];
}

function caps(text) {
  return text.split(" ").flatMap((part, at) => {
    const cap = part === "or" ? "or" : el("kbd", {}, part);
    return at ? [" ", cap] : [cap];
  });
}
