// The ward: all runs, sickest first. Rows never move under the pointer: a better order is offered.

import { onMove, query, remember, root } from "./address.js";
import { el, icon, say, show, slots } from "./dom.js";
import { feed } from "./feed.js";
import { ago, count, plain, plural } from "./format.js";
import { now } from "./api.js";
import { FILTERS, parseSearch, passes } from "./ward_filter.js";
import { makeRow } from "./ward_row.js";
import { answer } from "./ward_words.js";
import { sickest, statusOf } from "./status.js";

const AGES = 5000; // ms between two looks at the clock

let scrolledTo = 0; // where the reader was before opening a run

export function mountWard(page) {
  return new Ward(page).mount();
}

class Ward {
  #rows = new Map(); // by run id, in the order shown
  #searchText = "";
  #search = parseSearch("");
  #chosen = new Set();
  #known = new Map(); // last status by id, to tell what is new
  #frame = 0;
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    this.template = page.querySelector("#row-template");
    this.input = page.querySelector("#search");
  }

  mount() {
    this.#drawFilters();
    this.#readAddress();
    this.#listen(feed, "change", (event) => this.#changed(event.detail));
    this.#listen(feed, "connection", () => this.#schedule());
    this.#listen(this.input, "input", () => this.#typed(this.input.value));
    this.#listen(document, "keydown", (event) => this.#key(event));
    this.#listen(this.parts.sort, "click", () => this.#sort());
    this.#listen(this.parts.showAll, "click", () => this.#showAll());
    this.#ends.push(onMove(() => this.#readAddress()));
    const clock = setInterval(() => this.#tick(), AGES);
    this.#ends.push(() => clearInterval(clock));
    if (feed.status) this.#changed({ changed: new Set(feed.runs.keys()), whole: true });
    else this.#skeleton(6);
    if (this.#rows.size) requestAnimationFrame(() => window.scrollTo(0, scrolledTo));
    return () => this.#unmount();
  }

  #unmount() {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
  }

  #listen(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  // -- what the server says

  #changed({ changed, whole }) {
    const lines = [...feed.runs.values()];
    if (whole) this.#dropGone();
    for (const id of changed) {
      const line = feed.runs.get(id);
      if (!line) this.#drop(id);
      else this.#row(id).draw(line);
    }
    this.#announce(changed);
    const reading = feed.status && !feed.status.done;
    if (whole || this.#ordered === undefined || (reading && !this.#isInUse())) this.#sort();
    this.#emptyOrNot(lines);
    this.#schedule();
  }

  #dropGone() {
    for (const id of [...this.#rows.keys()]) if (!feed.runs.has(id)) this.#drop(id);
  }

  #drop(id) {
    this.#rows.get(id)?.node.remove();
    this.#rows.delete(id);
    this.#known.delete(id);
  }

  #row(id) {
    let row = this.#rows.get(id);
    if (!row) {
      row = makeRow(this.template);
      this.#rows.set(id, row);
      this.parts.rows.append(row.node);
    }
    return row;
  }

  /** Reads a run that got worse out to those who cannot see the page. */
  #announce(changed) {
    const worse = [];
    for (const id of changed) {
      const line = feed.runs.get(id);
      if (!line) continue;
      const before = this.#known.get(id);
      const status = statusOf(line);
      if (before !== undefined && status.rank < before && status.rank < 2) {
        worse.push(`${plain(line.run)}: ${plain(line.headline)}`);
      }
      this.#known.set(id, status.rank);
    }
    if (worse.length) say(document.getElementById("news"), worse.slice(0, 3).join(" "));
  }

  #emptyOrNot(lines) {
    const empty = !lines.length && feed.status?.done === true;
    show(this.parts.empty, empty);
    show(this.parts.ward, !empty);
    if (empty) this.#sayWhereLooked();
    if (!lines.length && !empty) this.#skeleton(6);
  }

  #sayWhereLooked() {
    const { roots, files, notices } = feed.status;
    const places = roots.map((place) => el("b", {}, plain(place)));
    const listed = places.flatMap((place, i) => (i ? [", ", place] : [place]));
    const found = files ? `${plural(files, "file")}, none with a loss in it.` : "no log in it yet.";
    this.parts.lookedAt.replaceChildren("Looked through ", ...listed, `: ${found}`);
    this.parts.notices.replaceChildren(...notices.map((one) => el("p", {}, plain(one))));
  }

  // -- order

  #ordered;

  /** The pointer or the keyboard is among the rows: nothing may move now. */
  #isInUse() {
    return this.parts.rows.matches(":hover") || this.parts.rows.contains(document.activeElement);
  }

  #sort() {
    const lines = [...this.#rows.values()].map((row) => row.line).sort(sickest);
    const rows = lines.map((line) => this.#rows.get(line.id));
    this.#rows = new Map(lines.map((line, i) => [line.id, rows[i]]));
    this.#ordered = true;
    const focused = document.activeElement;
    this.parts.rows.replaceChildren(...rows.map((row) => row.node));
    if (this.parts.rows.contains(focused)) focused.focus();
    this.#schedule();
  }

  /** How many rows stand below one that is less sick. */
  #misplaced() {
    let lowest = -1;
    let n = 0;
    for (const row of this.#rows.values()) {
      const { rank } = statusOf(row.line);
      if (rank < lowest) n += 1;
      lowest = Math.max(lowest, rank);
    }
    return n;
  }

  // -- filters and search

  #drawFilters() {
    const buttons = FILTERS.map((filter) => {
      const number = el("b", {}, "0");
      const attributes = { class: `filter ${filter.tone}`, type: "button", "data-filter": filter.name };
      const button = el("button", attributes, icon(filter.icon), filter.word, number);
      button.addEventListener("click", () => this.#toggle(filter.name));
      return button;
    });
    this.parts.filters.replaceChildren(...buttons);
  }

  #toggle(name) {
    if (!this.#chosen.delete(name)) this.#chosen.add(name);
    remember({ show: [...this.#chosen].join(",") }, { push: true });
    this.#schedule();
  }

  #showAll() {
    this.#chosen.clear();
    this.#setSearch("");
    remember({ show: null, q: null }, { push: true });
    this.input.focus();
    this.#schedule();
  }

  #typed(text) {
    this.#searchText = text;
    this.#search = parseSearch(text);
    remember({ q: text.trim() });
    this.#schedule();
  }

  #setSearch(text) {
    this.#searchText = text;
    this.#search = parseSearch(text);
    window.dash_clientside.set_props("search", { value: text });
  }

  #readAddress() {
    if (!this.page.isConnected || location.pathname !== root) return;
    const asked = query();
    const names = new Set(FILTERS.map((filter) => filter.name));
    this.#chosen = new Set((asked.get("show") ?? "").split(",").filter((name) => names.has(name)));
    if ((asked.get("q") ?? "") !== this.#searchText.trim()) this.#setSearch(asked.get("q") ?? "");
    this.#schedule();
  }

  #key(event) {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.input.focus();
      this.input.select();
    }
    if (event.key === "Escape" && event.target === this.input) {
      this.#setSearch("");
      remember({ q: null });
      this.#schedule();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#walk(event);
  }

  /** Up and down go from row to row. */
  #walk(event) {
    const visible = [...this.parts.rows.children].filter((node) => !node.hidden);
    const here = visible.indexOf(document.activeElement);
    if (here < 0 && event.target !== this.input) return;
    const to = visible[here + (event.key === "ArrowDown" ? 1 : -1)];
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  // -- drawing, once a frame

  #schedule() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    scrolledTo = window.scrollY;
    const lines = [...feed.runs.values()];
    this.#drawAnswer(lines);
    this.#drawCounts(lines);
    this.#drawVisible();
    this.#drawOffer();
  }

  #drawAnswer(lines) {
    if (!feed.status) return;
    const reading = feed.status.done ? null : feed.status;
    const { title, sub } = answer(lines, {
      reading,
      lost: feed.connection === "lost",
      heardAt: feed.heardAt,
    });
    say(this.parts.answer, title);
    say(this.parts.sub, sub);
    show(this.parts.reading, Boolean(reading));
    show(this.parts.bar, !reading);
    if (reading) this.#drawReading(reading);
    else if (lines.length) this.#skeleton(0);
    document.title = `${title} · lrdoctor`;
  }

  #drawReading({ files, files_read: read, roots }) {
    const share = files ? Math.min(1, read / files) : 0;
    this.parts.progress.firstElementChild.style.width = `${Math.round(share * 100)}%`;
    say(this.parts.progressWords, `${count(files - read)} to go, in ${roots.map(plain).join(", ")}`);
    this.#skeleton(Math.min(6, files - read));
  }

  #drawCounts(lines) {
    const bars = [];
    for (const button of this.parts.filters.children) {
      const filter = FILTERS.find((one) => one.name === button.dataset.filter);
      const n = lines.filter(filter.holds).length;
      button.dataset.count = n;
      button.setAttribute("aria-pressed", String(this.#chosen.has(filter.name)));
      say(button.querySelector("b"), count(n));
      if (n && filter.group === "state") bars.push(el("i", { class: filter.tone, style: `flex:${n}` }));
    }
    this.parts.bar.replaceChildren(...bars);
  }

  #drawVisible() {
    let shown = 0;
    for (const row of this.#rows.values()) {
      const visible = passes(row.line, this.#chosen) && this.#search.matches(row.line);
      show(row.node, visible);
      shown += visible;
    }
    const { fault } = this.#search;
    show(this.parts.searchFault, Boolean(fault));
    say(this.parts.searchFault, fault);
    this.input.setAttribute("aria-invalid", String(Boolean(fault)));
    const none = !shown && this.#rows.size > 0;
    show(this.parts.nothing, none);
    show(this.parts.rows, !none);
    say(this.parts.nothingWords, `None of ${plural(this.#rows.size, "run")} matches.`);
    this.#drawNewest();
  }

  #drawNewest() {
    let newest = null;
    for (const { line } of this.#rows.values()) {
      if (!newest || line.updated_at > newest.updated_at) newest = line;
    }
    show(this.parts.newest, this.#rows.size > 1);
    if (newest) this.parts.newest.href = `${root}run/${encodeURIComponent(newest.id)}`;
  }

  #drawOffer() {
    const n = this.#misplaced();
    show(this.parts.offer, n > 0);
    if (n) say(this.parts.offerWords, `${plural(n, "run")} got worse since this list was sorted.`);
  }

  /** Grey rows of the real ones' height where runs will stand. */
  #skeleton(n) {
    const old = this.parts.rows.querySelectorAll(".skeleton");
    if (old.length === n) return;
    for (const node of old) node.remove();
    for (let i = 0; i < n; i += 1) this.parts.rows.append(skeletonRow());
  }

  #tick() {
    for (const row of this.#rows.values()) row.age();
  }
}

function skeletonRow() {
  const cell = (name, ...bones) => el("div", { class: name }, ...bones.map((bone) => el("i", { class: bone })));
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
