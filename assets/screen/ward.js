// The ward: all runs, sickest first.

import { onMove, root } from "./address.js";
import { el, icon, say, show, slots } from "./dom.js";
import { feed } from "./feed.js";
import { capital, count, plain, plural } from "./format.js";
import { onKeys } from "./keys.js";
import { Choice } from "./ward_choice.js";
import { Controls } from "./ward_controls.js";
import { Rows } from "./ward_rows.js";
import { onPaper } from "./paper.js";
import { keepPlace, keepSearch, place } from "./ward_place.js";
import { answer, listed } from "./ward_words.js";
import { stateOf } from "./status.js";
import { prose } from "./words.js";

const AGES = 5000; // ms between two looks at the clock
const BONES = 6; // grey rows while nothing is known

export function mount(page) {
  const ward = new Ward(page);
  return () => ward.close();
}

class Ward {
  #known = new Map(); // last rank by id, to tell what got worse
  #frame = 0;
  #news = false; // since the last drawing
  #back = { ...place }; // until it has been gone back to
  #coming = BONES; // grey rows for runs that are still to come
  #fold = null; // ends that all rows are drawn, for paper
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    this.rows = new Rows(this.parts.rows, page.querySelector("#row-template"), () => this.#schedule());
    this.controls = new Controls(page, this.parts, () => this.#schedule());
    this.choice = new Choice(this.parts, () => this.#schedule());
    this.#listen(feed, "change", (event) => this.#changed(event.detail));
    this.#listen(feed, "connection", () => {
      this.#tick();
      this.#renew();
    });
    this.#listen(this.parts.rows, "change", ({ target }) => this.choice.toggle(target.dataset.run));
    this.#listen(this.parts.rows, "focusin", ({ target }) => {
      place.focused = this.rows.entryOf(target)?.line.id ?? "";
    });
    this.#listenToKeys();
    this.#listen(this.parts.sort, "click", () => this.#sort());
    const clock = setInterval(() => this.#tick(), AGES);
    this.#ends.push(() => clearInterval(clock), () => this.controls.close(), () => this.rows.close());
    if (feed.status) this.#changed({ changed: new Set(feed.runs.keys()), whole: true });
    else this.#drawRows();
    this.#listen(window, "pagehide", keepPlace);
    this.#ends.push(onPaper((on) => this.#print(on)));
  }

  close() {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
  }

  #listen(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  // -- what the server says

  #changed({ changed, whole }) {
    if (whole) this.rows.keepOnly(new Set(feed.runs.keys()));
    const worse = [];
    for (const id of changed) {
      const line = feed.runs.get(id);
      if (!line) this.rows.drop(id);
      else {
        this.rows.take(line);
        if (this.#isWorse(line)) worse.push(`${plain(line.run)}: ${prose(line.headline)}`);
      }
    }
    // Read out to those who cannot see the rows.
    if (worse.length) say(document.getElementById("news"), worse.slice(0, 3).join(" "));
    const reading = feed.status && !feed.status.done;
    if (whole || !this.rows.sorted || (reading && !this.rows.isInUse())) this.rows.sort();
    this.#renew();
  }

  #isWorse(line) {
    const { rank } = stateOf(line);
    const before = this.#known.get(line.id);
    this.#known.set(line.id, rank);
    return before !== undefined && rank < before && rank < 2;
  }

  #sort() {
    this.rows.sort();
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #backToPlace() {
    window.scrollTo(0, this.#back.top);
    this.rows.focus(this.#back.focused);
    this.#back = null;
  }

  #listenToKeys() {
    const here = () => this.rows.entryOf(document.activeElement);
    const walk = (step) => (event) => this.rows.walk(step, event.target);
    const among = (act) => (event) => this.parts.rows.contains(event.target) && act(event);
    const acts = {
      j: walk(1),
      k: walk(-1),
      ArrowDown: among(walk(1)),
      ArrowUp: among(walk(-1)),
      x: () => here() && this.choice.toggle(here().line.id),
      c: () => this.choice.compareAround(here()?.line),
    };
    this.#ends.push(onKeys(acts));
    // From the search field down into what it found.
    this.#listen(this.controls.input, "keydown", (event) => {
      const down = event.key === "ArrowDown" || event.key === "Enter";
      if (down && this.rows.walk(1, null)) event.preventDefault();
    });
    this.#ends.push(onMove(() => this.page.isConnected && this.choice.read()));
  }

  // -- drawing, once a frame

  /** What is known has changed: all is drawn again, and not only which rows are shown. */
  #renew() {
    this.#news = true;
    this.#schedule();
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    if (!feed.status) return;
    if (this.#news) this.#drawNews();
    this.#news = false;
    this.controls.draw();
    this.choice.draw();
    this.#drawRows();
    if (this.#back && this.rows.size) this.#backToPlace();
    place.top = window.scrollY;
    keepSearch();
  }

  #drawNews() {
    const lines = [...feed.runs.values()];
    const empty = !lines.length && feed.status.done;
    show(this.parts.empty, empty);
    show(this.parts.ward, !empty);
    if (empty) this.#sayWhereLooked(feed.status);
    this.#drawAnswer(lines);
    this.#drawReading(feed.status, lines.length);
    this.controls.count(lines);
    this.#drawNewest(lines);
  }

  #sayWhereLooked({ roots, files, notices }) {
    const places = roots.map((place) => el("b", {}, plain(place)));
    const listed = places.flatMap((place, i) => (i ? [", ", place] : [place]));
    const found = files ? `${plural(files, "file")}, none with a loss in it.` : "no log in it yet.";
    this.parts.lookedAt.replaceChildren("Looked through ", ...listed, `: ${found}`);
    this.parts.notices.replaceChildren(...notices.map((one) => el("p", {}, capital(plain(one)))));
    document.title = "No logs yet · lrdoctor";
  }

  #drawAnswer(lines) {
    const reading = feed.status.done ? null : feed.status;
    const lost = feed.connection === "lost";
    const { title, sub } = answer(lines, { reading, lost, heardAt: feed.heardAt });
    say(this.parts.answer, title);
    say(this.parts.sub, sub);
    this.#warn(feed.status.notices);
    if (lines.length || reading) document.title = `${title} · lrdoctor`;
  }

  /** A full disk, a folder out of reach: what the reading process has to say of itself. */
  #warn(notices) {
    const { warnings } = this.parts;
    const told = JSON.stringify(notices);
    if (warnings.dataset.told === told) return;
    warnings.dataset.told = told;
    warnings.replaceChildren(...notices.map((one) => el("li", {}, icon("warn"), el("span", {}, capital(plain(one))))));
    show(warnings, notices.length > 0);
  }

  #drawReading({ done, files, files_read: read, roots }, known) {
    show(this.parts.reading, !done);
    show(this.parts.bar, done);
    if (!done) {
      const share = files ? Math.min(1, read / files) : 0;
      this.parts.progress.firstElementChild.style.width = `${Math.round(share * 100)}%`;
      const places = roots.map(plain).join(", ");
      say(this.parts.progressWords, `${count(Math.max(0, files - read))} to go, in ${places}`);
    }
    this.#coming = done ? 0 : Math.min(BONES, Math.max(files - read, known ? 0 : BONES));
  }

  #drawRows() {
    const { controls, choice } = this;
    const passing = this.rows.draw((line) => controls.shows(line), (id) => choice.has(id), this.#coming);
    const none = !passing && this.rows.size > 0;
    const reading = Boolean(feed.status) && !feed.status.done;
    const lost = feed.connection === "lost";
    const known = feed.status && this.rows.size > 0;
    say(this.parts.listed, known ? listed(passing, this.rows.size, { narrowed: controls.narrowed, reading, lost }) : "");
    show(this.parts.nothing, none);
    show(this.parts.rows, !none);
    say(this.parts.nothingWords, `None of ${plural(this.rows.size, "run")} matches.`);
    const worse = this.rows.misplaced();
    show(this.parts.offer, worse > 0);
    say(this.parts.offerWords, `${plural(worse, "run")} got worse since this list was sorted.`);
  }

  /** All rows that pass go on paper; the reader had some of them drawn. */
  #print(on) {
    this.#fold?.();
    this.#fold = on ? this.rows.unfold() : null;
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #drawNewest(lines) {
    const newest = lines.reduce((a, b) => (a && a.updated_at >= b.updated_at ? a : b), null);
    show(this.parts.newest, lines.length > 1);
    if (newest) this.parts.newest.href = `${root}run/${encodeURIComponent(newest.id)}`;
  }

  #tick() {
    if (this.rows.tick()) this.#renew();
  }
}
