// The rows of the ward and their order. A better order is offered, never imposed: rows must not
// move under the pointer. Of thousands of runs only those near the view get a row to be drawn;
// more follow as the reader comes to them.

import { el } from "./dom.js";
import { bySickness, stateOf } from "./status.js";
import { makeRow } from "./ward_row.js";

const FIRST = 20; // rows that are drawn at once: a screen of them, and what AHEAD asks for below it
const MORE = 60;
const AHEAD = "600px"; // how far below the view the next ones are drawn

let drawn = FIRST; // kept while the reader looks at a run

export class Rows {
  #entries = new Map(); // by run id, in the order shown: {line, state, row, stale}
  #shown = []; // those that pass and are drawn, in order
  #sorted = false;
  #ends = [];

  /** `onMore` is called when the reader comes near the last drawn row. */
  constructor(place, template, onMore) {
    this.place = place;
    this.template = template;
    this.more = el("div", { class: "more", "aria-hidden": "true" });
    const near = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting) return;
        drawn = Math.max(drawn, this.#shown.length) + MORE;
        onMore();
      },
      { rootMargin: AHEAD },
    );
    near.observe(this.more);
    this.#ends.push(() => near.disconnect());
  }

  close() {
    for (const end of this.#ends) end();
  }

  get size() {
    return this.#entries.size;
  }

  /** Whether the rows have been put in order at all. */
  get sorted() {
    return this.#sorted;
  }

  /** Takes a line; its row is drawn, or drawn again, by the next `draw`. */
  take(line) {
    const entry = this.#entries.get(line.id);
    if (!entry) this.#entries.set(line.id, { line, state: stateOf(line), row: null, stale: true });
    else Object.assign(entry, { line, state: stateOf(line), stale: true });
  }

  drop(id) {
    this.#entries.get(id)?.row?.node.remove();
    this.#entries.delete(id);
  }

  keepOnly(ids) {
    for (const id of [...this.#entries.keys()]) if (!ids.has(id)) this.drop(id);
  }

  /** The pointer or the keyboard is among the rows: nothing may move now. */
  isInUse() {
    return this.place.matches(":hover") || this.place.contains(document.activeElement);
  }

  sort() {
    const entries = bySickness([...this.#entries.values()], (entry) => entry.line);
    this.#entries = new Map(entries.map((entry) => [entry.line.id, entry]));
    this.#sorted = true;
  }

  /** Draws the first of those that pass, with `coming` grey rows below; says how many pass. */
  draw(passes, isChosen, coming) {
    let passing = 0;
    this.#shown = [];
    for (const entry of this.#entries.values()) {
      if (!passes(entry.line)) continue;
      passing += 1;
      if (passing <= drawn) this.#shown.push(entry);
    }
    for (const entry of this.#shown) {
      entry.row ??= makeRow(this.template);
      if (entry.stale) entry.row.draw(entry.line);
      entry.stale = false;
      entry.row.pick.checked = isChosen(entry.line.id);
    }
    const bones = [...this.place.querySelectorAll(".skeleton")].slice(0, coming);
    while (bones.length < coming) bones.push(skeletonRow());
    const below = passing > this.#shown.length ? [this.more] : [];
    this.#arrange([...this.#shown.map((entry) => entry.row.node), ...below, ...bones]);
    return passing;
  }

  /** Looks at the clock: ages move on, and a mute may end. True where some row is another now. */
  tick() {
    let over = false;
    for (const entry of this.#entries.values()) {
      const state = stateOf(entry.line);
      if (state !== entry.state) {
        Object.assign(entry, { state, stale: true });
        over = true;
      }
    }
    for (const entry of this.#shown) if (!entry.stale) entry.row.age();
    return over;
  }

  /** Lets all that pass be drawn, and no more than before once what this returns is called. */
  unfold() {
    const before = drawn;
    drawn = Infinity;
    return () => {
      drawn = before;
    };
  }

  /** How many rows stand below one that is less sick. */
  misplaced() {
    let lowest = -1;
    let n = 0;
    for (const { state } of this.#entries.values()) {
      if (state.rank < lowest) n += 1;
      lowest = Math.max(lowest, state.rank);
    }
    return n;
  }

  /** Goes up or down among the rows; false where there is no way to go. */
  walk(step, from) {
    const to = this.#shown[this.#shown.indexOf(this.entryOf(from)) + step];
    to?.row.link.focus();
    return Boolean(to);
  }

  /** What stands in the row that holds an element, or undefined. */
  entryOf(element) {
    return this.#shown.find((entry) => entry.row.node.contains(element));
  }

  /** Puts the focus on a run's row, where it is drawn. */
  focus(id) {
    this.#shown.find((entry) => entry.line.id === id)?.row.link.focus({ preventScroll: true });
  }

  /** Makes the nodes the children of the place, moving as few as can be. */
  #arrange(nodes) {
    const wanted = new Set(nodes);
    const focused = document.activeElement;
    for (const child of [...this.place.children]) if (!wanted.has(child)) child.remove();
    let at = this.place.firstElementChild;
    for (const node of nodes) {
      if (node === at) at = at.nextElementSibling;
      else this.place.insertBefore(node, at);
    }
    if (focused !== document.activeElement && this.place.contains(focused)) focused.focus();
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
