// One plotly chart in its frame: drawn once the library is there, again when width or theme change.

import { widthOf } from "./paper.js";
import { plotly } from "./plotly.js";
import { onTheme, palette } from "./theme.js";

export const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false, // plotly's offer to upload the chart
  doubleClick: "reset",
  responsive: false, // the figure is drawn anew for each width
};

const NARROW = 560; // px

export class Graph {
  #make = null;
  #plotly = null;
  #frame = 0;
  #width = 0;
  #ends = [];
  #listeners = [];

  constructor(frame) {
    this.frame = frame;
    this.element = frame.querySelector(".chart");
    const sized = new ResizeObserver(([entry]) => {
      if (Math.round(entry.contentRect.width) !== this.#width) this.#schedule();
    });
    sized.observe(frame);
    this.#ends.push(() => sized.disconnect(), onTheme((now) => (now ? this.#draw() : this.#schedule())));
    this.#load();
  }

  /** `make({width, narrow, paint})` gives `{data, layout}`; it is called for every drawing. */
  show(make) {
    this.#make = make;
    this.#schedule();
  }

  /** Calls `act` on one of plotly's own events. */
  on(name, act) {
    if (this.#width) this.element.on(name, act);
    else this.#listeners.push([name, act]);
  }

  restyle(change, traces) {
    if (this.#width) this.#plotly.restyle(this.element, change, traces);
  }

  close() {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
  }

  async #load() {
    this.#plotly = await plotly(this.frame);
    this.#schedule();
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const width = widthOf(this.frame);
    if (!this.#plotly || !this.#make || !width || !this.frame.isConnected) return;
    const paint = palette();
    const { data, layout } = this.#make({ width, narrow: width < NARROW, paint });
    this.#plotly.react(this.element, data, { ...base(width, paint), ...layout }, CONFIG);
    // It takes listeners once it has been drawn.
    for (const [name, act] of this.#listeners.splice(0)) this.element.on(name, act);
    this.#width = width;
    this.frame.classList.remove("waiting");
    this.frame.dataset.width = width;
  }
}

function base(width, paint) {
  return {
    width,
    autosize: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: paint.font, size: 12.5, color: paint["ink-2"] },
    hoverlabel: {
      bgcolor: paint.surface,
      bordercolor: paint.line,
      font: { color: paint.ink, size: 12.5 },
      namelength: -1,
      align: "left",
    },
    dragmode: false,
    showlegend: false,
  };
}

/** A horizontal axis of learning rates, log10, with a tick each decade. */
export function rateAxis([low, high], write, paint) {
  const decades = [];
  const every = Math.max(1, Math.ceil((high - low) / 9));
  for (let power = Math.ceil(low); power <= Math.floor(high); power += 1) if (power % every === 0) decades.push(power);
  const values = decades.length > 1 ? decades.map((power) => 10 ** power) : between(low, high);
  return {
    type: "log",
    range: [low, high],
    tickvals: values,
    ticktext: values.map((value) => write(value)),
    tickfont: { color: paint["ink-3"], size: 12 },
    ticklabelstandoff: 6, // in the corner another axis has its lowest label
    title: { text: "learning rate, log scale", font: { size: 12.5, color: paint["ink-2"] }, standoff: 8 },
    showgrid: false,
    zeroline: false,
    fixedrange: true,
  };
}

function between(low, high) {
  const found = [];
  for (let power = Math.floor(low); power <= high; power += 1) {
    for (const factor of [1, 2, 5]) {
      const at = Math.log10(factor) + power;
      if (at >= low && at <= high) found.push(Number((factor * 10 ** power).toPrecision(3)));
    }
  }
  return found;
}

/** A vertical axis from what `makeScale` gives. */
export function valueAxis(scale, paint) {
  return {
    type: scale.type,
    range: scale.range,
    tickmode: "array",
    ticklabeloverflow: "allow",
    tickvals: scale.values,
    ticktext: scale.text,
    tickfont: { color: paint["ink-3"], size: 12 },
    gridcolor: paint["line-soft"],
    zeroline: false,
    fixedrange: true,
  };
}

/** The name of the vertical axis, above it. */
export function axisTitle(text, { narrow }, paint) {
  return {
    xref: "paper", x: 0, xanchor: "left", xshift: narrow ? -38 : -46,
    yref: "paper", y: 1, yanchor: "bottom", yshift: 6,
    text, showarrow: false, font: { size: 12.5, color: paint["ink-2"] },
  };
}
