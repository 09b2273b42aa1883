// Which runs are compared, ticked off a list.

import { el, say, show } from "./dom.js";
import { count, plain, plural, rate } from "./format.js";
import { chip } from "./chip.js";
import { folderOf, MOST, rated } from "./siblings.js";

const SHOWN = 300; // more entries than that nobody scrolls through: the search narrows them

export class Picker {
  /** `onPick` gets the ids that are ticked now. */
  constructor(parts, input, onPick) {
    this.parts = parts;
    this.input = input;
    this.onPick = onPick;
    this.chosen = new Set();
    input.addEventListener("input", () => this.draw());
    parts.picker.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !(event.target === input && input.value)) this.#close();
    });
  }

  toggle() {
    const open = this.parts.picker.hidden;
    show(this.parts.picker, open);
    this.parts.change.setAttribute("aria-expanded", String(open));
    if (open) {
      this.draw();
      this.input.focus();
    }
  }

  /** Escape clears the search first, as everywhere; then the list goes, and its button is back. */
  #close() {
    this.toggle();
    this.parts.change.focus();
  }

  choose(ids) {
    this.chosen = new Set(ids);
    if (!this.parts.picker.hidden) this.draw();
  }

  draw() {
    const wanted = this.input.value.trim().toLowerCase();
    const found = rated().filter((line) => line.run.toLowerCase().includes(wanted));
    const nodes = found.slice(0, SHOWN).map((line) => this.#entry(line));
    this.parts.choices.replaceChildren(...nodes);
    const more = found.length > SHOWN ? ` ${plural(found.length - SHOWN, "more run")}: search to narrow them down.` : "";
    say(this.parts.picked, `${this.#count()}${more}`);
  }

  #count() {
    return `${count(this.chosen.size)} of ${plural(rated().length, "run")} with a known rate.`;
  }

  #entry(line) {
    const box = el("input", { type: "checkbox", onchange: () => this.#tick(line.id, box) });
    box.checked = this.chosen.has(line.id);
    const name = el("bdi", { class: "name", title: plain(line.run) }, plain(line.run));
    return el("li", {}, el("label", {}, box, name, el("span", { class: "rate" }, rate(line.learning_rate.value)), chip(line)));
  }

  #tick(id, box) {
    if (box.checked && this.chosen.size >= MOST) {
      box.checked = false;
      return;
    }
    if (box.checked) this.chosen.add(id);
    else this.chosen.delete(id);
    this.onPick([...this.chosen]);
    say(this.parts.picked, this.#count());
  }
}

/** The runs of the folder that holds the most of them: what one most likely came to compare. */
export function likely() {
  const folders = new Map();
  for (const line of rated()) {
    const folder = folderOf(line);
    folders.set(folder, [...(folders.get(folder) ?? []), line]);
  }
  const size = (lines) => new Set(lines.map((line) => line.learning_rate.value)).size;
  const best = [...folders.values()].sort((a, b) => size(b) - size(a))[0] ?? [];
  const lines = size(best) > 1 ? best : rated();
  return lines.slice(0, MOST).map((line) => line.id);
}
