// A run's state as icon, word and colour.

import { el, icon } from "./dom.js";
import { stateOf } from "./status.js";

export function chip(line) {
  const status = stateOf(line);
  return el("span", { class: `chip ${status.tone}` }, icon(status.icon), status.word);
}

/** Makes `node` the chip of a status, leaving it alone where it already is. */
export function setChip(node, status) {
  if (node.dataset.status === status.name) return;
  node.dataset.status = status.name;
  node.className = `chip ${status.tone}`;
  node.replaceChildren(icon(status.icon), status.word);
}
