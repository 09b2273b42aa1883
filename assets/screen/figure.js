// The chart as plotly takes it: loss, learning rate, gradient norm and what the reader chose besides,
// over one shared axis.

import { crosses } from "./crosses.js";
import { makeRows, trace } from "./curves.js";
import { count } from "./format.js";
import { valueAxis } from "./graph.js";
import { marks } from "./marks.js";
import { palette } from "./theme.js";

const GAP = 40; // px between two rows, for the lower one's title
const TOP = 30;
const BOTTOM = 44;
const BEYOND = 0.3; // of the past: so much of the future is drawn where no plan tells its end
const HEIGHTS = { loss: 290, lr: 96, grad: 110, also: 130 };

/** Data, layout, legend and notes of the chart for what is `shown`. */
export function makeFigure(shown) {
  const paint = palette();
  const x = xRange(shown);
  const rows = makeRows({ ...shown, until: x.to }, paint);
  const { domains, height } = stack(rows, shown.narrow);
  const pinned = rows.flatMap((row) => crosses(row, x, shown, paint));
  const over = marks(rows, x, shown, paint);
  const curves = rows.flatMap((row) => row.curves.map((curve) => trace(curve, row, shown)));
  const titles = rows.map((row, i) => rowTitle(row.title, domains[i], shown, paint));
  return {
    data: [...curves, ...pinned.map((one) => one.trace), ...over.data],
    layout: {
      ...frame(height, shown, paint),
      xaxis: xAxis(x, rows.at(-1).yaxis, shown, paint),
      ...Object.fromEntries(rows.map((row, i) => [`yaxis${i ? i + 1 : ""}`, { ...valueAxis(row.scale, paint), domain: domains[i] }])),
      shapes: over.shapes,
      annotations: [...titles, ...pinned.map((one) => one.note), ...over.annotations],
    },
    legend: rows.flatMap((row) => row.legend),
    notes: notes(rows, shown),
  };
}

/** Each row's share of the height, top down. */
function stack(rows, narrow) {
  const heights = rows.map((row) => HEIGHTS[row.key] * (narrow ? 0.86 : 1));
  const inner = heights.reduce((sum, one) => sum + one, 0) + GAP * (rows.length - 1);
  let top = inner;
  const domains = heights.map((height) => {
    const domain = [(top - height) / inner, top / inner];
    top -= height + GAP;
    return domain.map((share) => Math.min(1, Math.max(0, share)));
  });
  return { domains, height: inner + TOP + BOTTOM };
}

/** The window in steps, with some of the future; at most four fifths of the past. */
function xRange({ line, from, to, axis, finding }) {
  const first = line.first_step ?? 0;
  const last = line.last_step ?? first;
  if (last <= first && from === null && to === null) return { from: first - 1, to: first + 1 }; // a point has room
  if (from !== null || to !== null) return { from: from ?? first, to: Math.max(to ?? last, (from ?? first) + 1) };
  const planned = line.learning_rate.planned.at(-1)?.[0] ?? aheadOf(line);
  const lost = finding && !finding.resolved && finding.severity === "critical";
  const ahead = axis.kind === "step" && !lost ? Math.min(planned, last + 0.8 * (last - first)) : last;
  return { from: first, to: Math.max(last, ahead) };
}

/** Without a schedule to draw: to the plan's end, or a little way on, where the loss is foretold. */
function aheadOf({ forecast, first_step: first, last_step: last }) {
  if (!forecast) return last;
  return forecast.planned ? forecast.step : Math.min(forecast.step, Math.round(last + BEYOND * (last - first)));
}

function xAxis(x, anchor, { axis }, paint) {
  const pad = axis.kind === "step" ? (x.to - x.from) * 0.008 : 0;
  return {
    type: axis.type,
    range: [axis.place(x.from - pad), axis.place(x.to + pad)],
    anchor,
    ticklabeloverflow: "allow", // the margins are wide enough; looking costs a third of a drawing
    title: { text: axis.title, font: { size: 12.5, color: paint["ink-2"] }, standoff: 8 },
    tickfont: { color: paint["ink-3"], size: 12 },
    nticks: 7,
    ...(axis.kind === "step" && x.to - x.from <= 7 ? { dtick: 1 } : {}), // there are no parts of a step
    separatethousands: true,
    exponentformat: "none",
    showgrid: false,
    zeroline: false,
    showspikes: true,
    spikemode: "across",
    spikesnap: "cursor",
    spikethickness: 1,
    spikedash: "solid",
    spikecolor: paint["ink-3"],
    hoverformat: axis.type === "date" ? "%H:%M:%S" : ",.6~g",
  };
}

function rowTitle(text, domain, { narrow }, paint) {
  return {
    xref: "paper",
    x: 0,
    xanchor: "left",
    xshift: narrow ? -38 : -46,
    yref: "paper",
    y: domain[1],
    yanchor: "bottom",
    yshift: 9, // clear of the uppermost tick's label
    text,
    showarrow: false,
    font: { size: 12.5, color: paint["ink-2"] },
  };
}

function frame(height, { narrow, width }, paint) {
  return {
    // Both told: where one is missing, plotly measures the frame that it is itself to fill.
    height,
    width,
    autosize: false,
    margin: { l: narrow ? 46 : 58, r: 22, t: TOP, b: BOTTOM, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: paint.font, size: 12.5, color: paint["ink-2"] },
    separators: ".,",
    hovermode: "x unified",
    hoversubplots: "axis",
    hoverlabel: {
      bgcolor: paint.surface,
      bordercolor: paint.line,
      font: { color: paint.ink, size: 12.5 },
      namelength: -1,
    },
    // On a touch screen a drag scrolls the page; the entries of the story zoom.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    showlegend: false,
  };
}

function notes(rows, { series, log }) {
  const said = [];
  const outside = rows.reduce((sum, row) => sum + row.scale.outside, 0);
  if (outside) said.push(`${count(outside)} outliers lie beyond the frame.`);
  const { main } = series;
  if (!main.raw) said.push(`${count(main.total)} points, thinned so that every extreme stays.`);
  const low = log && main.values.some((value) => typeof value === "number" && value <= 0);
  if (low) said.push("Values of zero or below have no place on a log scale.");
  return said.join(" ");
}
