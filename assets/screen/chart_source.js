// The points of a run's chart: fetched for the window in view, one fetch at a time.

import * as api from "./api.js";
import { whenWas } from "./axis.js";
import { mainLoss } from "./status.js";

const REFERENCE_POINTS = 400;
const RETRY = 2000;

export class ChartSource {
  /** Answers of the API by place in the chart: main, val, lr, grad, also. */
  series = null;
  /** The main loss over the whole run, thinned, for its times. */
  reference = null;
  /** The logged epochs, where the log has them. */
  epochs = null;
  #fetching = null;
  #again = false;
  #closed = false;

  /** `onLoad` is called when points have come, `onFault` when they could not. */
  constructor(id, { onLoad, onFault }) {
    this.id = id;
    this.onLoad = onLoad;
    this.onFault = onFault;
  }

  /** Metrics to draw, by place; `also` is one more that the reader chose. */
  static wanted(line, also = null) {
    const main = mainLoss(line);
    const wanted = { main };
    if (line.metrics["val/loss"] && main !== "val/loss") wanted.val = "val/loss";
    if (line.metrics.lr) wanted.lr = "lr";
    if (line.metrics.grad_norm) wanted.grad = "grad_norm";
    if (Object.hasOwn(line.metrics, also ?? "") && !Object.values(wanted).includes(also)) wanted.also = also;
    return wanted;
  }

  /** What else the run logs: metrics that are not drawn unless the reader chooses one. */
  static others(line) {
    const drawn = new Set([...Object.values(ChartSource.wanted(line)), "epoch"]);
    return Object.keys(line.metrics).filter((name) => !drawn.has(name));
  }

  /** Fetches what `view` shows of `line`, in about `points` points; a new window ends the last. */
  async fetch(line, view, points) {
    const key = `${view.from},${view.to},${view.also}`;
    if (this.#fetching?.key === key) {
      this.#again = true; // grown meanwhile: once more when this one is there
      return;
    }
    this.#fetching?.control.abort();
    const fetching = { key, control: new AbortController() };
    this.#fetching = fetching;
    try {
      await this.#load(line, view, points, fetching.control.signal);
    } catch (error) {
      if (fetching.control.signal.aborted) return;
      this.#fetching = null;
      this.onFault(error);
      setTimeout(() => this.#closed || this.fetch(line, view, points), RETRY);
      return;
    }
    this.#fetching = null;
    this.onLoad();
    if (this.#again) {
      this.#again = false;
      this.fetch(line, view, points);
    }
  }

  async #load(line, view, points, signal) {
    const wanted = Object.entries(ChartSource.wanted(line, view.also));
    const window = { from: view.from, to: view.to, points };
    const whole = { points: REFERENCE_POINTS };
    const ask = (metric) => api.series(this.id, metric, whole, signal);
    const [found, reference, epochs] = await Promise.all([
      api.seriesOf(this.id, wanted.map(([, metric]) => metric), window, signal),
      view.zoomed && !this.reference ? ask(wanted[0][1]) : null,
      line.metrics.epoch && view.axis === "epoch" ? ask("epoch") : null,
    ]);
    this.series = Object.fromEntries(wanted.map(([place], i) => [place, found[i]]));
    if (!view.zoomed) this.reference = this.series.main;
    else if (reference) this.reference = reference;
    if (epochs) this.epochs = finite(epochs);
  }

  /** When a step was logged, UTC seconds, or null. */
  whenWas(step) {
    return whenWas(this.reference, step);
  }

  /** The usual time between two points of the log, seconds, or null. */
  usualGap() {
    const walls = this.reference?.wall_times?.filter((wall) => wall !== null) ?? [];
    if (walls.length < 3) return null;
    if (!this.reference.raw) return (walls.at(-1) - walls[0]) / (this.reference.total - 1);
    const gaps = walls.slice(1).map((wall, i) => wall - walls[i]);
    return gaps.sort((a, b) => a - b)[gaps.length >> 1];
  }

  close() {
    this.#closed = true;
    this.#fetching?.control.abort();
  }
}

function finite(series) {
  const keep = series.values.map((value) => typeof value === "number");
  const chosen = (values) => values.filter((_, i) => keep[i]);
  const found = { steps: chosen(series.steps), values: chosen(series.values) };
  return found.steps.length > 1 ? found : null;
}
