// The rows of the ward and their order. A better order is offered, never imposed: rows must not
// move under the pointer.

import { el } from "./dom.js";
import { sickest, stateOf } from "./status.js";
import { makeRow } from "./ward_row.js";

export class Rows {
  #rows = new Map(); // by run id, in the order shown
  #sorted = false;

  constructor(place, template) {
    this.place = place;
    this.template = template;
  }

  get size() {
    return this.#rows.size;
  }

  /** Whether the rows have been put in order at all. */
  get sorted() {
    return this.#sorted;
  }

  [Symbol.iterator]() {
    return this.#rows.values();
  }

  /** Draws a line into its row, a new one at the end where it has none. */
  draw(line) {
    let row = this.#rows.get(line.id);
    if (!row) {
      row = makeRow(this.template);
      this.#rows.set(line.id, row);
      this.place.append(row.node);
    }
    row.draw(line);
  }

  drop(id) {
    this.#rows.get(id)?.node.remove();
    this.#rows.delete(id);
  }

  keepOnly(ids) {
    for (const id of [...this.#rows.keys()]) if (!ids.has(id)) this.drop(id);
  }

  /** The pointer or the keyboard is among the rows: nothing may move now. */
  isInUse() {
    return this.place.matches(":hover") || this.place.contains(document.activeElement);
  }

  sort() {
    const rows = [...this.#rows.values()].sort((a, b) => sickest(a.line, b.line));
    this.#rows = new Map(rows.map((row) => [row.line.id, row]));
    this.#sorted = true;
    const focused = document.activeElement;
    this.place.replaceChildren(...rows.map((row) => row.node));
    if (this.place.contains(focused)) focused.focus();
  }

  /** How many rows stand below one that is less sick. */
  misplaced() {
    let lowest = -1;
    let n = 0;
    for (const { line } of this.#rows.values()) {
      const { rank } = stateOf(line);
      if (rank < lowest) n += 1;
      lowest = Math.max(lowest, rank);
    }
    return n;
  }

  /** Grey rows of the real ones' height at the end, where runs will stand. */
  skeleton(n) {
    const old = this.place.querySelectorAll(".skeleton");
    if (old.length === n) return;
    for (const node of old) node.remove();
    for (let i = 0; i < n; i += 1) this.place.append(skeletonRow());
  }

  /** Goes up or down among the visible rows; false where there is no way to go. */
  walk(step, from) {
    const visible = [...this.#rows.values()].filter((row) => !row.node.hidden);
    const to = visible[visible.indexOf(this.rowOf(from)) + step];
    to?.link.focus();
    return Boolean(to);
  }

  /** The row that holds an element, or undefined. */
  rowOf(element) {
    return [...this.#rows.values()].find((row) => row.node.contains(element));
  }

  get(id) {
    return this.#rows.get(id);
  }
}

function skeletonRow() {
  const cell = (name, ...bones) =>
    el("div", { class: name }, ...bones.map((bone) => el("i", { class: bone })));
  return el(
    "div",
    { class: "row skeleton", "aria-hidden": "true" },
    cell("c-chip", "pill"),
    cell("c-name", "", ""),
    cell("c-find", ""),
    cell("c-spark", "tall"),
    cell("c-rate", "", ""),
  );
}
