// What the chart shows of a run, as the address says it: window, smoothing, axis, scales.

import { query, remember } from "./address.js";
import { needsClip } from "./scale.js";
import { defaultStop, stops } from "./smoothing.js";

export class ChartView {
  from = null; // steps; null: the run's own ends
  to = null;
  axis = "step";
  log = false;
  also = null; // a metric drawn below the usual ones
  #smooth = null; // null: what suits the run
  #clip = null;

  /** Takes the address over; true where another window or metric is asked for. */
  read() {
    const { from, to, also } = this;
    const asked = query();
    const whole = (name) => (/^-?\d{1,15}$/.test(asked.get(name) ?? "") ? Number(asked.get(name)) : null);
    this.from = whole("from");
    this.to = whole("to");
    if (this.from !== null && this.to !== null && this.to <= this.from) this.to = null;
    this.axis = asked.get("x") ?? "step";
    this.log = asked.get("log") === "1";
    this.also = asked.get("also");
    this.#smooth = whole("smooth");
    this.#clip = whole("clip");
    return from !== this.from || to !== this.to || also !== this.also;
  }

  get zoomed() {
    return this.from !== null || this.to !== null;
  }

  /** Takes a window of steps, kept inside the run; true where it is another one. */
  setWindow(from, to, { first_step: first, last_step: last }) {
    const whole = from === null || (from <= first && to >= last);
    const begin = whole ? null : Math.max(first, Math.min(Math.round(from), last - 1));
    const end = whole ? null : Math.max(begin + 1, Math.min(last, Math.round(to)));
    const known = begin === this.from && end === this.to;
    Object.assign(this, { from: begin, to: end });
    return !known;
  }

  /** Puts the window into the address. */
  keepWindow() {
    remember({ from: this.from, to: this.to }, { push: true });
  }

  set(values, { push = true } = {}) {
    remember(values, { push });
    this.read();
  }

  /** The slider's stops for a run, and the one that holds. */
  smoothing({ first_step: first, last_step: last }) {
    const span = Math.max(1, last - first);
    const all = stops(span);
    const halflife = this.#smooth === null ? defaultStop(all, span) : Math.max(0, this.#smooth);
    return { all, halflife, place: Math.max(0, all.findLastIndex((stop) => stop <= halflife)) };
  }

  /** Whether extremes are cut off: as chosen, else where they would press the rest flat. */
  clips(main) {
    if (this.#clip !== null) return this.#clip === 1;
    return !this.log && needsClip(main.values.filter((value) => typeof value === "number"));
  }
}
