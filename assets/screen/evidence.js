// The evidence chart: joins what the address asks for, the points, the figure and the controls.
// It is drawn once a frame at most, and only while it can be seen.

import { onMove } from "./address.js";
import { axesFor, makeAxis } from "./axis.js";
import { ChartControls } from "./chart_controls.js";
import { ChartSource } from "./chart_source.js";
import { ChartView } from "./chart_view.js";
import { say, show } from "./dom.js";
import { downloadCsv, downloadPicture } from "./export.js";
import { makeFigure } from "./figure.js";
import { inWords } from "./foretold.js";
import { count, plain } from "./format.js";
import { CONFIG } from "./graph.js";
import { widthOf } from "./paper.js";
import { plotly } from "./plotly.js";
import { mainFinding, mainLoss } from "./status.js";
import { onTheme } from "./theme.js";

const NARROW = 560; // px
const PROMPT = 100; // ms that a new window's points may take: up to there an answer is felt as at once (Nielsen 1993)

export class Evidence {
  #line = null;
  #version = -1;
  #plotly = null;
  #drawnOnce = false;
  #axis = null;
  #times = null; // the reference that the page's panels know
  #frame = 0;
  #late = 0; // the timer of a window whose points are on their way
  #dirty = false;
  #drawn = false;
  #width = 0;
  #visible = true;
  #held = false; // the pointer is down on the chart: a redraw would tear the selection away
  #ends = [];

  /** `onTimes` is called when the run's times have become known, or more of them. */
  constructor(page, id, onTimes) {
    this.page = page;
    this.frame = page.querySelector('[data-slot="chart"]');
    this.graph = this.frame.querySelector(".chart");
    this.wait = page.querySelector('[data-slot="chartWait"]');
    this.view = new ChartView();
    this.source = new ChartSource(id, {
      onLoad: () => {
        const { reference } = this.source;
        const known = reference === this.#times;
        this.#times = reference;
        if (this.#late) this.#drawNow();
        else this.#schedule();
        if (!known) onTimes();
      },
      onFault: (error) => {
        const reason = error.status ? ` (${error.message})` : "";
        say(this.wait, `The curves cannot be fetched now${reason}; trying again.`);
      },
    });
    this.controls = new ChartControls(page, this.#acts());
    this.#ends.push(() => this.source.close(), () => this.controls.close());
    this.#watch();
    this.#load();
  }

  // -- for the page and its panels

  /** Takes a new line; fetches and draws what it changes. */
  show(line) {
    this.#line = line;
    if (line.version === this.#version) return;
    this.#version = line.version;
    this.view.read();
    this.#fetch();
  }

  whenWas(step) {
    return this.source.whenWas(step);
  }

  usualGap() {
    return this.source.usualGap();
  }

  /** Shows the surroundings of something that lasted from one step to another. */
  zoomTo(from, until) {
    const { first_step: first, last_step: last } = this.#line;
    const room = Math.max((until - from) * 0.35, (last - first) * 0.04, 2);
    this.#setWindow(from - room, until + room);
    this.frame.scrollIntoView({ block: "nearest", behavior: "smooth" });
    this.frame.focus({ preventScroll: true });
  }

  close() {
    clearTimeout(this.#late);
    cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
  }

  // -- what the reader does

  #acts() {
    const set = (values, options) => {
      this.view.set(values, options);
      this.#redraw();
    };
    return {
      smooth: (i) => set({ smooth: this.view.smoothing(this.#line).all[i] ?? 0 }, { push: false }),
      axis: (kind) => {
        set({ x: kind === "step" ? null : kind });
        this.#fetch(); // its own points may be missing yet
      },
      also: (metric) => {
        set({ also: metric });
        this.#fetch();
      },
      log: () => set({ log: this.view.log ? null : 1 }),
      clip: () => set({ clip: this.view.clips(this.source.series.main) ? 0 : 1 }),
      zoomOut: () => this.#setWindow(null, null),
      csv: () => downloadCsv(this.#line, ChartSource.wanted(this.#line, this.view.also), this.view),
      png: () => downloadPicture(this.graph, this.#line),
    };
  }

  #watch() {
    this.#on(this.frame, "keydown", (event) => this.#key(event));
    this.#on(this.frame, "pointerdown", () => {
      this.#held = true;
    });
    for (const name of ["pointerup", "pointercancel"]) this.#on(window, name, () => this.#release());
    const seen = new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      if (this.#dirty) this.#schedule();
    });
    seen.observe(this.frame);
    const sized = new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (this.#drawn && width !== this.#width) this.#redraw(); // its height is our own doing
    });
    sized.observe(this.frame);
    this.#ends.push(
      () => seen.disconnect(),
      () => sized.disconnect(),
      onMove(() => this.#moved()),
      onTheme((now) => (now ? this.#drawNow() : this.#redraw())),
    );
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  /** Back and forward in the browser. */
  #moved() {
    if (!this.#line || !this.page.isConnected) return;
    if (this.view.read()) this.#fetch();
    this.#redraw();
  }

  #key(event) {
    if (event.target !== this.frame || !this.#line || event.ctrlKey || event.metaKey) return;
    const from = this.view.from ?? this.#line.first_step;
    const to = this.view.to ?? this.#line.last_step;
    const part = (to - from) / 4;
    const windows = {
      ArrowLeft: [from - part, to - part],
      ArrowRight: [from + part, to + part],
      "+": [from + part, to - part],
      "=": [from + part, to - part],
      "-": [from - 2 * part, to + 2 * part],
      0: [null, null],
    };
    const window = windows[event.key];
    if (!window) return;
    event.preventDefault();
    this.#setWindow(...window);
  }

  #setWindow(from, to) {
    if (!this.view.setWindow(from, to, this.#line)) return this.#redraw();
    this.#fetch();
    this.view.keepWindow(); // while the server looks: to a browser a new address is work, too
    // Drawing takes as long as fetching: what is at hand is drawn only where the points are late.
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#redraw(), PROMPT);
  }

  #relayout(change) {
    const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (change["xaxis.autorange"]) this.#setWindow(null, null);
    else if (from !== undefined && to !== undefined) {
      this.#setWindow(this.#axis.step(from), this.#axis.step(to));
    }
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    if (this.#dirty) this.#schedule();
  }

  // -- points and picture

  #fetch() {
    const drawable = Boolean(mainLoss(this.#line));
    for (const part of this.page.querySelectorAll(".chart-tools, .chart-foot")) show(part, drawable);
    if (!drawable) {
      say(this.wait, "This log holds no loss to draw.");
      return;
    }
    if (!this.#drawnOnce) say(this.wait, `Reading ${count(this.#line.points)} points…`);
    const points = Math.min(2000, Math.max(300, Math.round(this.frame.clientWidth * 1.2)));
    this.source.fetch(this.#line, this.view, points);
  }

  async #load() {
    this.#plotly = await plotly(this.frame, () => say(this.wait, "The chart's script did not come; trying again."));
    this.#schedule();
  }

  /** Draws even where it cannot be seen now: what the reader asked for, and what would not fit. */
  #redraw() {
    clearTimeout(this.#late);
    this.#late = 0;
    this.#drawn = false;
    this.#schedule();
  }

  /** The same, ahead of the next frame: drawing takes longer than what is left until then. */
  #drawNow() {
    this.#redraw();
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #schedule() {
    this.#dirty = true;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const ready = this.#plotly && this.source.series && this.page.isConnected;
    if (!ready || this.#held || (this.#drawn && !this.#visible)) return;
    this.#dirty = false;
    const axes = axesFor(this.#line, this.source.reference);
    const known = axes.some(([name]) => name === this.view.axis);
    const { reference, epochs } = this.source;
    this.#axis = makeAxis(known ? this.view.axis : "step", { name: this.#line.x_axis, reference, epochs });
    const shown = this.#shown();
    const { data, layout, legend, notes } = makeFigure(shown);
    this.#plotly.react(this.graph, data, layout, CONFIG);
    if (!this.#drawnOnce) this.graph.on("plotly_relayout", (change) => this.#relayout(change));
    this.#drawnOnce = true;
    this.#drawn = true;
    this.#width = shown.width;
    this.frame.classList.remove("waiting");
    say(this.wait, "");
    const smoothing = this.view.smoothing(this.#line);
    const { view } = this;
    this.controls.draw({ view, clips: shown.clip, smoothing, axes, axis: this.#axis.kind, unit: this.#line.x_axis, others: ChartSource.others(this.#line), legend, notes });
    this.#describe(layout.xaxis.range);
  }

  #shown() {
    const finding = mainFinding(this.#line);
    const name = mainLoss(this.#line);
    return {
      line: this.#line,
      series: this.source.series,
      finding: finding && finding.severity !== "info" ? finding : null,
      axis: this.#axis,
      halflife: this.view.smoothing(this.#line).halflife,
      log: this.view.log,
      clip: this.view.clips(this.source.series.main),
      from: this.view.from,
      to: this.view.to,
      width: widthOf(this.frame),
      narrow: widthOf(this.frame) < NARROW,
      lossName: { "train/loss": "train loss", "val/loss": "validation loss" }[name] ?? plain(name),
    };
  }

  /** For those who cannot see the picture, and for whoever waits for a new point. */
  #describe(range) {
    const { steps } = this.source.series.main;
    const axis = this.#line.x_axis;
    const label = `Curves from ${axis} ${count(steps[0])} to ${count(steps.at(-1))}. Arrow keys move, plus and minus zoom, 0 shows the whole run.${this.view.zoomed ? "" : inWords(this.#line)}`;
    this.frame.setAttribute("aria-label", label);
    Object.assign(this.frame.dataset, {
      lastStep: steps.at(-1),
      from: Math.round(this.#axis.step(range[0])),
      to: Math.round(this.#axis.step(range[1])),
      axis: this.#axis.kind,
      width: this.#width,
    });
  }
}
