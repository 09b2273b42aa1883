// The ward's filter buttons and its search field; what they hold is in the address.

import { onMove, query, remember, root } from "./address.js";
import { setInput } from "./dash.js";
import { el, icon, say, show } from "./dom.js";
import { count } from "./format.js";
import { onKeys } from "./keys.js";
import { FILTERS, parseSearch, passes } from "./ward_filter.js";
import { keepSearch } from "./ward_place.js";

const TYPING = 150; // ms without a letter after which the address takes the words

export class Controls {
  #text = "";
  #search = parseSearch("");
  #chosen = new Set();
  #remembering = 0;
  #ends = [];

  /** `onChange` is called when other rows are to be shown. */
  constructor(page, parts, onChange) {
    this.page = page;
    this.parts = parts;
    this.onChange = onChange;
    this.input = page.querySelector("#search");
    this.#drawButtons();
    const typed = () => this.#typed();
    this.input.addEventListener("input", typed);
    this.input.addEventListener("blur", () => this.#remember());
    this.input.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape());
    this.#ends.push(onKeys({ "/": () => this.#enter() }));
    this.#ends.push(onMove(() => this.#readAddress()));
    parts.showAll.addEventListener("click", () => this.#clear());
    this.#readAddress();
  }

  /** Whether only some of the runs are asked for. */
  get narrowed() {
    return this.#chosen.size > 0 || (this.#text.trim() !== "" && !this.#search.fault);
  }

  shows(line) {
    return passes(line, this.#chosen) && this.#search.matches(line);
  }

  /** Counts on the buttons, and the bar above them, for all lines whether shown or not. */
  count(lines) {
    const bars = [];
    for (const button of this.parts.filters.children) {
      const filter = FILTERS.find((one) => one.name === button.dataset.filter);
      const n = lines.reduce((sum, line) => sum + filter.holds(line), 0);
      button.dataset.count = n;
      say(button.querySelector("b"), count(n));
      if (n && filter.group === "state") bars.push(el("i", { class: filter.tone, style: `flex:${n}` }));
    }
    this.parts.bar.replaceChildren(...bars);
  }

  /** Which buttons are pressed, and what is wrong with the search. */
  draw() {
    for (const button of this.parts.filters.children) {
      button.setAttribute("aria-pressed", String(this.#chosen.has(button.dataset.filter)));
    }
    const { fault } = this.#search;
    show(this.parts.searchFault, Boolean(fault));
    say(this.parts.searchFault, fault);
    this.input.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  close() {
    clearTimeout(this.#remembering);
    for (const end of this.#ends) end();
  }

  #drawButtons() {
    const buttons = FILTERS.map(({ name, tone, icon: picture, word }) => {
      // Hidden until it is known that there is something to filter.
      const attributes = { class: `filter ${tone}`, type: "button", "data-filter": name, "data-count": 0 };
      const button = el("button", attributes, icon(picture), word, el("b", {}, "0"));
      button.addEventListener("click", () => this.#toggle(name));
      return button;
    });
    this.parts.filters.replaceChildren(...buttons);
  }

  #toggle(name) {
    if (!this.#chosen.delete(name)) this.#chosen.add(name);
    remember({ show: [...this.#chosen].join(",") }, { push: true });
    this.onChange();
  }

  #clear() {
    this.#chosen.clear();
    this.#setText("");
    remember({ show: null, q: null }, { push: true });
    this.input.focus();
    this.onChange();
  }

  #typed() {
    this.#text = this.input.value;
    this.#search = parseSearch(this.#text);
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => this.#remember(), TYPING);
    this.onChange();
  }

  /** Writing the address costs more than a letter should. */
  #remember() {
    clearTimeout(this.#remembering);
    remember({ q: this.#text.trim() });
    keepSearch();
  }

  #setText(text) {
    this.#text = text;
    this.#search = parseSearch(text);
    setInput(this.input, { value: text });
  }

  #readAddress() {
    if (!this.page.isConnected || location.pathname !== root) return;
    const asked = query();
    const names = new Set(FILTERS.map((filter) => filter.name));
    this.#chosen = new Set((asked.get("show") ?? "").split(",").filter((name) => names.has(name)));
    const text = asked.get("q") ?? "";
    if (text !== this.#text.trim()) this.#setText(text);
    this.onChange();
  }

  #enter() {
    this.input.focus();
    this.input.select();
  }

  /** Clears the field; an empty one is left, so that keys are keys again. */
  #escape() {
    if (!this.input.value) this.input.blur();
    this.#setText("");
    remember({ q: null });
    this.onChange();
  }
}
