// The evidence chart and its controls: what is shown is in the address, what is drawn is fetched
// for the window in view, and a redraw waits until the chart can be seen.

import * as api from "./api.js";
import { onMove, query, remember } from "./address.js";
import { axesFor, makeAxis, whenWas } from "./axis.js";
import { el, say, show } from "./dom.js";
import { downloadCsv, downloadPicture } from "./export.js";
import { makeFigure } from "./figure.js";
import { count, plain, plural } from "./format.js";
import { needsClip } from "./scale.js";
import { defaultStop, stops } from "./smoothing.js";
import { mainFinding, mainLoss } from "./status.js";
import { onTheme } from "./theme.js";
import { metricOf } from "./words.js";

const NARROW = 560; // px
const REFERENCE_POINTS = 400;
const CONFIG = { displayModeBar: false, displaylogo: false, showSendToCloud: false, doubleClick: "reset", responsive: true };

export class Evidence {
  #line = null;
  #series = null;
  #reference = null; // the main loss over the whole run, for its times
  #epochs = null;
  #graph = null;
  #ends = [];
  #visible = true;
  #dirty = false;
  #drawn = false;
  #frame = 0;
  #fetching = null;
  #again = false;
  #held = false; // the pointer is down on the chart: a redraw would tear the selection away
  #version = -1;

  /** `onLoad` is called when times or points have become known. */
  constructor(page, id, onLoad) {
    this.id = id;
    this.onLoad = onLoad;
    const at = (name) => page.querySelector(`[data-slot="${name}"]`);
    this.parts = Object.fromEntries(
      ["chart", "chartWait", "chartNote", "legend", "axis", "logY", "clip", "zoomOut", "csv", "png", "smoothWords"].map((name) => [name, at(name)]),
    );
    this.page = page;
    this.slider = page.querySelector("#smooth");
    this.#wire();
    this.#findGraph();
  }

  // -- for the page

  /** Takes a new line; fetches and draws what it changes. */
  show(line) {
    this.#line = line;
    if (line.version === this.#version) return;
    this.#version = line.version;
    this.#readAddress();
    this.#fetch();
  }

  /** When a step was logged, UTC seconds, or null. */
  whenWas(step) {
    return whenWas(this.#reference, step);
  }

  /** The usual time between two points of the log, seconds, or null. */
  usualGap() {
    const walls = this.#reference?.wall_times?.filter((wall) => wall !== null) ?? [];
    if (walls.length < 3) return null;
    if (!this.#reference.raw) return (walls.at(-1) - walls[0]) / (this.#reference.total - 1);
    const gaps = walls.slice(1).map((wall, i) => wall - walls[i]);
    return gaps.sort((a, b) => a - b)[gaps.length >> 1];
  }

  /** Shows the surroundings of something that lasted from one step to another. */
  zoomTo(from, until) {
    const { first_step: first, last_step: last } = this.#line;
    const room = Math.max((until - from) * 0.35, (last - first) * 0.04, 2);
    this.#setWindow(Math.max(first, Math.floor(from - room)), Math.min(last, Math.ceil(until + room)));
    this.parts.chart.scrollIntoView({ block: "nearest", behavior: "smooth" });
    this.parts.chart.focus({ preventScroll: true });
  }

  close() {
    this.#fetching?.abort();
    cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
  }

  // -- controls and address

  #wire() {
    const { parts } = this;
    this.#on(this.slider, "input", () => this.#slide(Number(this.slider.value)));
    this.#on(parts.axis, "change", () => this.#set({ x: parts.axis.value === "step" ? null : parts.axis.value }));
    this.#on(parts.logY, "click", () => this.#set({ log: this.state.log ? null : 1 }));
    this.#on(parts.clip, "click", () => this.#set({ clip: this.#clips() ? 0 : 1 }));
    this.#on(parts.zoomOut, "click", () => this.#setWindow(null, null));
    this.#on(parts.csv, "click", () => downloadCsv(this.#line, this.#wanted(), this.state));
    this.#on(parts.png, "click", () => downloadPicture(this.#graph, this.#line));
    this.#on(parts.chart, "keydown", (event) => this.#key(event));
    this.#on(parts.chart, "pointerdown", () => {
      this.#held = true;
    });
    this.#on(window, "pointerup", () => this.#release());
    this.#on(window, "pointercancel", () => this.#release());
    this.#ends.push(onMove(() => this.#moved()), onTheme(() => this.#schedule()));
    const watcher = new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      if (this.#visible && this.#dirty) this.#schedule();
    });
    watcher.observe(parts.chart);
    const sizes = new ResizeObserver(() => this.#series && this.#schedule());
    sizes.observe(parts.chart);
    this.#ends.push(() => watcher.disconnect(), () => sizes.disconnect());
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  #readAddress() {
    const asked = query();
    const whole = (name) => (/^-?\d{1,15}$/.test(asked.get(name) ?? "") ? Number(asked.get(name)) : null);
    const from = whole("from");
    const to = whole("to");
    this.state = {
      smooth: whole("smooth"),
      x: asked.get("x") ?? "step",
      log: asked.get("log") === "1",
      clip: whole("clip"),
      from,
      to: from !== null && to !== null && to <= from ? null : to,
    };
  }

  #moved() {
    if (!this.#line || !this.page.isConnected) return;
    const { from, to } = this.state;
    this.#readAddress();
    if (from !== this.state.from || to !== this.state.to) this.#fetch();
    else this.#schedule();
  }

  #set(values) {
    remember(values, { push: true });
    this.#readAddress();
    if (values.x) this.#fetch();
    else this.#schedule();
  }

  #setWindow(from, to) {
    remember({ from, to }, { push: true });
    this.#readAddress();
    this.#fetch();
  }

  #slide(index) {
    const stop = this.#stops()[index] ?? 0;
    remember({ smooth: stop });
    this.#readAddress();
    this.#schedule();
  }

  #stops() {
    return stops(Math.max(1, this.#line.last_step - this.#line.first_step));
  }

  #halflife() {
    if (this.state.smooth !== null) return Math.max(0, this.state.smooth);
    return defaultStop(this.#stops(), this.#line.last_step - this.#line.first_step);
  }

  #clips() {
    if (this.state.clip !== null) return this.state.clip === 1;
    if (this.state.log) return false;
    const { main } = this.#series;
    return needsClip(main.values.filter((value) => typeof value === "number"));
  }

  #key(event) {
    if (event.target !== this.parts.chart || !this.#line) return;
    const { first_step: first, last_step: last } = this.#line;
    const from = this.state.from ?? first;
    const to = this.state.to ?? last;
    const width = to - from;
    const moves = {
      ArrowLeft: [from - width / 4, to - width / 4],
      ArrowRight: [from + width / 4, to + width / 4],
      "+": [from + width / 4, to - width / 4],
      "-": [from - width / 2, to + width / 2],
      0: [null, null],
    };
    const move = moves[event.key === "=" ? "+" : event.key];
    if (!move || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [a, b] = move;
    if (a === null || (a <= first && b >= last)) this.#setWindow(null, null);
    else this.#setWindow(Math.max(first, Math.round(a)), Math.min(last, Math.round(Math.max(b, a + 2))));
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    if (this.#dirty) this.#schedule();
  }

  // -- fetching

  #wanted() {
    const { metrics } = this.#line;
    const main = mainLoss(this.#line) ?? Object.keys(metrics)[0];
    const wanted = { main };
    if (metrics["val/loss"] && main !== "val/loss") wanted.val = "val/loss";
    if (metrics.lr) wanted.lr = "lr";
    if (metrics.grad_norm) wanted.grad = "grad_norm";
    return wanted;
  }

  /** One fetch at a time for a growing run; a new window ends the one before. */
  async #fetch() {
    if (!this.#line || !mainLoss(this.#line)) {
      say(this.parts.chartWait, "This log holds no loss to draw.");
      return;
    }
    const key = `${this.state.from},${this.state.to}`;
    if (this.#fetching?.key === key) {
      this.#again = true;
      return;
    }
    this.#fetching?.abort();
    const fetching = new AbortController();
    fetching.key = key;
    this.#fetching = fetching;
    try {
      await this.#load(fetching.signal);
    } catch (error) {
      if (!fetching.signal.aborted) say(this.parts.chartWait, "The curves cannot be fetched now; trying again.");
      if (!fetching.signal.aborted) setTimeout(() => this.page.isConnected && this.#fetch(), 2000);
      if (!(error instanceof TypeError || error instanceof DOMException || error.status)) throw error;
      return;
    } finally {
      if (this.#fetching === fetching) this.#fetching = null;
    }
    if (this.#again) {
      this.#again = false;
      this.#fetch();
    }
  }

  async #load(signal) {
    const points = Math.min(2000, Math.max(300, Math.round(this.parts.chart.clientWidth * 1.2)));
    const window = { from: this.state.from, to: this.state.to, points };
    const wanted = Object.entries(this.#wanted());
    const zoomed = this.state.from !== null || this.state.to !== null;
    const jobs = wanted.map(([, metric]) => api.series(this.id, metric, window, signal));
    const whole = { points: REFERENCE_POINTS };
    const epochs = this.#line.metrics.epoch && this.state.x === "epoch" ? api.series(this.id, "epoch", whole, signal) : null;
    const reference = zoomed && !this.#reference ? api.series(this.id, wanted[0][1], whole, signal) : null;
    const found = await Promise.all(jobs);
    this.#series = Object.fromEntries(wanted.map(([name], i) => [name, found[i]]));
    this.#reference = reference ? await reference : zoomed ? this.#reference : found[0];
    this.#epochs = epochs ? finite(await epochs) : this.#epochs;
    this.#schedule();
    this.onLoad();
  }

  // -- drawing

  /** Dash draws the empty chart; its inner element is the one that plotly takes. */
  #findGraph() {
    const look = () => {
      this.#graph = this.parts.chart.querySelector(".js-plotly-plot");
      if (!this.#graph || !window.Plotly || !this.#graph.on) return false;
      this.#graph.on("plotly_relayout", (change) => this.#relayout(change));
      this.#schedule();
      return true;
    };
    if (look()) return;
    const timer = setInterval(() => look() && clearInterval(timer), 25);
    this.#ends.push(() => clearInterval(timer));
  }

  #relayout(change) {
    const from = change["xaxis.range[0]"];
    const to = change["xaxis.range[1]"];
    if (change["xaxis.autorange"]) this.#setWindow(null, null);
    else if (from !== undefined && to !== undefined) this.#zoomedTo(from, to);
  }

  #zoomedTo(from, to) {
    const { first_step: first, last_step: last } = this.#line;
    const [a, b] = [from, to].map((x) => Math.round(this.axis.step(x)));
    if (a <= first && b >= last) this.#setWindow(null, null);
    else this.#setWindow(Math.max(first, Math.min(a, last - 1)), Math.max(a + 1, Math.min(b, last)));
  }

  #schedule() {
    this.#dirty = true;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const ready = this.#graph?.on && this.#series && this.page.isConnected;
    if (!ready || this.#held || (this.#drawn && !this.#visible)) return;
    this.#drawn = true;
    this.#dirty = false;
    const axes = axesFor(this.#line, this.#reference);
    const kind = axes.some(([name]) => name === this.state.x) ? this.state.x : "step";
    this.axis = makeAxis(kind, { name: this.#line.x_axis, reference: this.#reference, epochs: this.#epochs });
    const drawn = makeFigure(this.#shown());
    window.Plotly.react(this.#graph, drawn.data, drawn.layout, CONFIG);
    this.parts.chart.classList.remove("waiting");
    say(this.parts.chartWait, "");
    this.#drawControls(axes, kind);
    this.#drawLegend(drawn.legend);
    say(this.parts.chartNote, drawn.notes);
    this.parts.chart.setAttribute("aria-label", this.#summary());
    this.parts.chart.dataset.lastStep = String(this.#series.main.steps.at(-1));
  }

  #shown() {
    const finding = mainFinding(this.#line);
    return {
      line: this.#line,
      series: this.#series,
      finding: finding && finding.severity !== "info" ? finding : null,
      axis: this.axis,
      halflife: this.#halflife(),
      log: this.state.log,
      clip: this.#clips(),
      from: this.state.from,
      to: this.state.to,
      narrow: this.parts.chart.clientWidth < NARROW,
      lossName: metricOf(mainLoss(this.#line)).toLowerCase() === "validation" ? "validation loss" : lossWords(mainLoss(this.#line)),
    };
  }

  #drawControls(axes, kind) {
    const { parts, state } = this;
    const all = this.#stops();
    const halflife = this.#halflife();
    this.slider.max = String(all.length - 1);
    const place = Math.max(0, all.findLastIndex((stop) => stop <= halflife));
    if (document.activeElement !== this.slider) window.dash_clientside.set_props("smooth", { value: String(place), max: all.length - 1 });
    const words = halflife ? plural(halflife, this.#line.x_axis) : "off";
    say(parts.smoothWords, words);
    this.slider.setAttribute("aria-valuetext", halflife ? `half-life ${words}` : "off");
    if (parts.axis.dataset.axes !== JSON.stringify(axes)) {
      parts.axis.dataset.axes = JSON.stringify(axes);
      parts.axis.replaceChildren(...axes.map(([value, text]) => el("option", { value }, text)));
    }
    parts.axis.value = kind;
    parts.logY.setAttribute("aria-pressed", String(state.log));
    parts.clip.setAttribute("aria-pressed", String(this.#clips()));
    show(parts.zoomOut, state.from !== null || state.to !== null);
  }

  #drawLegend(entries) {
    const items = entries.map(({ text, colour, style }) =>
      el("li", {}, el("i", { class: style, style: `--k:var(--${colour})` }), plain(text)),
    );
    this.parts.legend.replaceChildren(...items);
  }

  #summary() {
    const { main } = this.#series;
    const last = main.steps.at(-1);
    const what = plain(mainLoss(this.#line));
    return `${what} from ${this.#line.x_axis} ${count(main.steps[0])} to ${count(last)}, with learning rate and gradient norm where logged. Arrow keys move, plus and minus zoom, 0 shows the whole run.`;
  }
}

function lossWords(name) {
  return name === "train/loss" ? "train loss" : plain(name);
}

function finite(series) {
  const keep = series.values.map((value) => typeof value === "number");
  const chosen = (values) => values.filter((_, i) => keep[i]);
  const found = { steps: chosen(series.steps), values: chosen(series.values) };
  return found.steps.length > 1 ? found : null;
}
