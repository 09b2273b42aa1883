// The chart as plotly takes it: loss, learning rate and gradient norm over one shared axis.
//
// Every name in it is ours or escaped: plotly reads a little HTML in labels, and names come from
// logs.

import { number, figure as write, rate, count } from "./format.js";
import { makeScale } from "./scale.js";
import { smooth } from "./smoothing.js";
import { colour } from "./theme.js";
import { labelOf } from "./words.js";
import { severityOf } from "./status.js";

const GAP = 34; // px between two rows, for the lower one's title
const TOP = 26;
const BOTTOM = 44;
const HEIGHTS = { loss: 290, lr: 96, grad: 110 };
const MOST_CROSSES = 60;

/** Data, layout, legend and notes of the chart for what is `shown`. */
export function makeFigure(shown) {
  const paint = palette();
  const rows = makeRows(shown, paint);
  const places = stack(rows, shown.narrow);
  const x = xRange(shown);
  const parts = rows.map((row, i) => ({ ...row, yaxis: i ? `y${i + 1}` : "y" }));
  const data = parts.flatMap((row) => row.lines.map((line) => trace(line, row, shown)));
  const crosses = parts.flatMap((row) => pinned(row, x, shown, paint));
  const trouble = marks(parts, x, shown, paint);
  return {
    data: [...data, ...crosses.map((one) => one.trace), ...trouble.data],
    layout: {
      ...frame(places.height, shown, paint),
      xaxis: xAxis(x, parts, shown, paint),
      ...Object.fromEntries(parts.map((row, i) => [`yaxis${i ? i + 1 : ""}`, yAxis(row, places.domains[i], paint)])),
      shapes: trouble.shapes,
      annotations: [
        ...parts.map((row, i) => rowTitle(row.title, places.domains[i], shown, paint)),
        ...crosses.flatMap((one) => one.note ?? []),
        ...trouble.annotations,
      ],
    },
    legend: parts.flatMap((row) => row.legend),
    notes: notes(parts, crosses, shown),
  };
}

/** Plotly would read `<a href=...>` and entities in a label. */
export function escapeLabel(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function palette() {
  const names = ["ink", "ink-2", "ink-3", "line", "line-soft", "surface", "crit", "warn", "watch", "ok", "accent"];
  const plots = ["train", "raw", "val", "lr", "grad"].map((one) => `plot-${one}`);
  const found = Object.fromEntries([...names, ...plots].map((token) => [token, colour(token)]));
  found.font = getComputedStyle(document.body).fontFamily;
  return found;
}

// -- rows and their lines

function makeRows(shown, paint) {
  const rows = [lossRow(shown, paint)];
  if (shown.series.lr || shown.line.learning_rate.planned.length) rows.push(rateRow(shown, paint));
  if (shown.series.grad) rows.push(gradientRow(shown, paint));
  return rows;
}

function lossRow({ series, log, clip, halflife, lossName }, paint) {
  const { main, val } = series;
  const raw = main.values.map(number);
  const smoothed = halflife > 0 ? smooth(main.steps, raw, halflife) : null;
  const few = main.steps.length < 40;
  const name = escapeLabel(lossName);
  const lines = [];
  const legend = [];
  if (smoothed) {
    lines.push({ name: "raw", steps: main.steps, values: raw, colour: paint["plot-raw"], width: 1, opacity: 0.5 });
    lines.push({ name: `${name}, smoothed`, steps: main.steps, values: smoothed, colour: paint["plot-train"], width: 2.2 });
    legend.push({ text: `${lossName}, smoothed`, colour: "plot-train" }, { text: "raw", colour: "plot-raw" });
  } else {
    lines.push({ name, steps: main.steps, values: raw, colour: paint["plot-train"], width: 1.8, dots: few });
    legend.push({ text: lossName, colour: "plot-train" });
  }
  if (val) {
    const values = val.values.map(number);
    lines.push({ name: "validation", steps: val.steps, values, colour: paint["plot-val"], width: 1.6, dash: "dot", dots: values.length < 60 });
    legend.push({ text: "validation", colour: "plot-val", style: "dotted" });
  }
  const every = [...raw, ...(val ? val.values.map(number) : [])];
  return { key: "loss", title: "loss", lines, legend, scale: makeScale(every, { log, clip }), odd: [main, val] };
}

function rateRow({ series, log, line, axis }, paint) {
  const values = series.lr ? series.lr.values.map(number) : [];
  const { suggested, planned, factor } = line.learning_rate;
  const lines = series.lr
    ? [{ name: "learning rate", steps: series.lr.steps, values, colour: paint["plot-lr"], width: 2, write: rate, dots: values.length < 3 }]
    : [];
  const legend = [{ text: "learning rate", colour: "plot-lr" }];
  const changed = suggested !== null && factor !== null && Math.abs(factor - 1) > 1e-9;
  const ahead = axis.kind === "step" ? planned.map(([step, value]) => [step, number(value)]) : [];
  if (ahead.length) {
    const steps = ahead.map(([step]) => step);
    lines.push({ name: "planned", steps, values: ahead.map(([, value]) => value), colour: paint["plot-lr"], width: 1.8, dash: "dot", write: rate });
    legend.push({ text: "planned", colour: "plot-lr", style: "dotted" });
  }
  if (changed) legend.push({ text: `suggested ${rate(suggested)}`, colour: "accent", style: "dashed" });
  const include = changed ? [suggested] : [];
  const every = [...values, ...ahead.map(([, value]) => value)];
  const scale = makeScale(every.length ? every : include, { log, clip: false, write: rate, include: log ? include : [0, ...include], ticks: 4 });
  return { key: "lr", title: "learning rate", lines, legend, scale, odd: [], suggested: changed ? suggested : null };
}

function gradientRow({ series, log, clip }, paint) {
  const values = series.grad.values.map(number);
  const lines = [{ name: "gradient norm", steps: series.grad.steps, values, colour: paint["plot-grad"], width: 1.3 }];
  const scale = makeScale(values, { log, clip, ticks: 4 });
  const legend = [{ text: "gradient norm", colour: "plot-grad" }];
  return { key: "grad", title: "gradient norm", lines, legend, scale, odd: [series.grad] };
}

function trace(line, row, { axis }) {
  const say = line.write ?? write;
  // Gaps stay gaps: a line across NaN would hide that there were any.
  const y = line.values.map((value) => (Number.isFinite(value) && (row.scale.type === "linear" || value > 0) ? value : null));
  return {
    type: "scatter",
    mode: line.dots ? "lines+markers" : "lines",
    name: line.name,
    x: line.steps.map(axis.place),
    y,
    yaxis: row.yaxis,
    connectgaps: false,
    opacity: line.opacity ?? 1,
    line: { color: line.colour, width: line.width, dash: line.dash ?? "solid", simplify: false },
    marker: { color: line.colour, size: 5 },
    customdata: line.values.map((value) => (value === null ? "" : say(value))),
    hovertemplate: "%{customdata}",
    showlegend: false,
  };
}

// -- what JSON calls "nan" and "inf": crosses pinned to the edge, with their number

function pinned(row, x, { axis }, paint) {
  const found = { "nan/inf": [], "-inf": [] };
  let total = 0;
  for (const series of row.odd.filter(Boolean)) {
    total += series.non_finite ?? 0;
    series.values.forEach((value, i) => {
      if (value === "-inf") found["-inf"].push([series.steps[i], value]);
      else if (typeof value === "string") found["nan/inf"].push([series.steps[i], value]);
    });
  }
  return Object.entries(found)
    .filter(([, points]) => points.length)
    .map(([kind, points]) => crossTrace(kind, points, total, row, x, axis, paint));
}

function crossTrace(kind, points, total, row, x, axis, paint) {
  const top = kind !== "-inf";
  const shown = spread(points, (x.to - x.from) / MOST_CROSSES);
  const y = row.scale.at(top ? 0.965 : 0.035);
  const kinds = new Set(points.map(([, value]) => value));
  const word = kinds.size > 1 ? "not finite" : { nan: "NaN", inf: "infinite", "-inf": "minus infinite" }[[...kinds][0]];
  const trace = {
    type: "scatter",
    mode: "markers",
    name: word,
    x: shown.map(([step]) => axis.place(step)),
    y: shown.map(() => y),
    yaxis: row.yaxis,
    marker: { symbol: "x", size: 7, color: paint.crit },
    customdata: shown.map(([step]) => `at ${count(step)}`),
    hovertemplate: "%{customdata}",
    cliponaxis: false,
    showlegend: false,
  };
  const note = {
    xref: "paper", x: 0.995, xanchor: "right", yref: row.yaxis, yanchor: top ? "top" : "bottom",
    y: row.scale.type === "log" ? Math.log10(row.scale.at(top ? 0.93 : 0.07)) : row.scale.at(top ? 0.93 : 0.07),
    text: `<b>${count(Math.max(total, points.length))} ${word}</b>`,
    showarrow: false, font: { size: 12, color: paint.crit },
  };
  return { trace, note, word, total: Math.max(total, points.length) };
}

/** Points at least so far apart, the first and the last always. */
function spread(points, least) {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const kept = sorted.filter((point, i) => i === 0 || i === sorted.length - 1 || Math.floor(point[0] / (least || 1)) !== Math.floor(sorted[i - 1][0] / (least || 1)));
  return kept;
}

// -- onset, suggested rate, now

function marks(parts, x, shown, paint) {
  const { finding, axis, line } = shown;
  const result = { data: [], shapes: [], annotations: [] };
  const [loss] = parts;
  if (finding && finding.severity !== "info" && finding.onset_step <= x.to) markOnset(result, loss, x, shown, paint);
  const rateRowShown = parts.find((row) => row.suggested);
  if (rateRowShown) markSuggested(result, rateRowShown, x, shown, paint);
  if (x.to > line.last_step && axis.kind === "step") {
    result.shapes.push(upright(line.last_step, { color: paint.line, width: 2 }));
    result.annotations.push({ x: line.last_step, xref: "x", xanchor: "left", xshift: 6, yref: "paper", y: 1, yanchor: "top", text: "now", showarrow: false, font: { size: 12, color: paint["ink-3"] } });
  }
  return result;
}

function markOnset(result, loss, x, { finding, axis, line, narrow }, paint) {
  const tone = paint[severityOf(finding).tone];
  const begin = Math.max(finding.onset_step, x.from);
  const end = Math.max(finding.resolved ? finding.last_step : line.last_step, begin);
  if (end > begin) {
    result.shapes.push({
      type: "rect", xref: "x", yref: "paper", x0: axis.place(begin), x1: axis.place(Math.min(end, x.to)), y0: 0, y1: 1,
      fillcolor: tone, opacity: 0.09, line: { width: 0 }, layer: "below",
    });
  }
  if (finding.onset_step < x.from) return;
  result.shapes.push(upright(axis.place(finding.onset_step), { color: tone, width: 1.5, dash: "dot" }));
  const right = (finding.onset_step - x.from) / (x.to - x.from || 1) < 0.5;
  const text = escapeLabel(narrow ? `${count(finding.onset_step)}` : `${labelOf(finding)} ${line.x_axis} ${count(finding.onset_step)}`);
  result.annotations.push({
    x: axis.place(finding.onset_step), xref: "x", yref: "paper", y: 1, yanchor: "top", xanchor: right ? "left" : "right",
    xshift: right ? 7 : -7, yshift: -4, text: `<b>${text}</b>`, showarrow: false, bgcolor: tone, borderpad: 4,
    font: { size: 12, color: paint.surface },
  });
  const at = valueAt(loss, finding.onset_step);
  if (at === null) return;
  result.data.push({
    type: "scatter", mode: "markers", name: "onset", x: [axis.place(finding.onset_step)], y: [at], yaxis: loss.yaxis,
    marker: { size: 11, color: tone, line: { color: paint.surface, width: 2 } }, hoverinfo: "skip", showlegend: false,
  });
}

function valueAt(row, step) {
  const line = row.lines.find((one) => one.width > 2) ?? row.lines[0];
  const i = line.steps.findLastIndex((one, k) => one <= step && Number.isFinite(line.values[k]));
  const value = i < 0 ? null : line.values[i];
  return value === null || (row.scale.type === "log" && value <= 0) ? null : value;
}

function markSuggested(result, row, x, { axis, finding, line }, paint) {
  const from = Math.max(x.from, finding && !finding.resolved ? finding.onset_step : x.from);
  const begin = from < x.to ? from : x.from;
  result.shapes.push({
    type: "line", xref: "x", yref: row.yaxis, x0: axis.place(begin), x1: axis.place(x.to),
    y0: row.suggested, y1: row.suggested, line: { color: paint.accent, width: 2, dash: "dash" },
  });
  const y = row.scale.type === "log" ? Math.log10(row.suggested) : row.suggested;
  const share = (y - row.scale.range[0]) / (row.scale.range[1] - row.scale.range[0]);
  result.annotations.push({
    xref: "paper", x: 1, xanchor: "right", yref: row.yaxis, y, yanchor: share > 0.6 ? "top" : "bottom", showarrow: false,
    text: `<b>suggested ${rate(row.suggested)}</b>`,
    font: { size: 12, color: paint.accent, shadow: halo(paint) },
  });
  return line;
}

/** Keeps a label apart from the lines that it crosses. */
function halo(paint) {
  return Array(4).fill(`0 0 3px ${paint.surface}`).join(",");
}

function upright(x, line) {
  return { type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line };
}

// -- frame

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

/** The window in steps; with a plan, some of the future: at most four fifths of the past. */
function xRange({ line, from, to, axis, finding }) {
  const first = line.first_step ?? 0;
  const last = Math.max(line.last_step ?? 1, first + 1);
  if (from !== null) return { from, to: Math.max(to ?? last, from + 1) };
  const planned = line.learning_rate.planned.at(-1)?.[0] ?? last;
  const sick = finding && !finding.resolved && finding.severity === "critical";
  const ahead = axis.kind === "step" && !sick ? Math.min(planned, last + 0.8 * (last - first)) : last;
  return { from: first, to: Math.max(last, ahead) };
}

function xAxis(x, parts, { axis }, paint) {
  const pad = axis.kind === "step" ? (x.to - x.from) * 0.008 : 0;
  return {
    type: axis.type,
    range: [axis.place(x.from - pad), axis.place(x.to + pad)],
    anchor: parts.at(-1).yaxis,
    title: { text: axis.title, font: { size: 12.5, color: paint["ink-2"] }, standoff: 8 },
    tickfont: { color: paint["ink-3"], size: 12 },
    nticks: 7,
    separatethousands: true,
    exponentformat: "none",
    showgrid: false,
    zeroline: false,
    showline: false,
    showspikes: true,
    spikemode: "across",
    spikesnap: "cursor",
    spikethickness: 1,
    spikedash: "solid",
    spikecolor: paint["ink-3"],
    hoverformat: axis.type === "date" ? "%H:%M:%S" : ",.6~g",
  };
}

function yAxis(row, domain, paint) {
  const { scale } = row;
  return {
    domain,
    type: scale.type,
    range: scale.range,
    tickmode: "array",
    tickvals: scale.values,
    ticktext: scale.text,
    tickfont: { color: paint["ink-3"], size: 12 },
    gridcolor: paint["line-soft"],
    zeroline: false,
    fixedrange: true,
    automargin: false,
  };
}

function rowTitle(text, domain, { narrow }, paint) {
  return {
    xref: "paper", x: 0, xanchor: "left", xshift: narrow ? -38 : -46, yref: "paper", y: domain[1],
    yanchor: "bottom", yshift: 5, text, showarrow: false, font: { size: 12.5, color: paint["ink-2"] },
  };
}

function frame(height, { narrow }, paint) {
  return {
    height,
    autosize: true,
    margin: { l: narrow ? 46 : 58, r: 12, t: TOP, b: BOTTOM, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: paint.font, size: 12.5, color: paint["ink-2"] },
    separators: ".,",
    hovermode: "x unified",
    hoversubplots: "axis",
    hoverlabel: { bgcolor: paint.surface, bordercolor: paint.line, font: { color: paint.ink, size: 12.5 }, namelength: -1 },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    showlegend: false,
  };
}

function notes(parts, crosses, shown) {
  const said = [];
  const outside = parts.reduce((sum, row) => sum + row.scale.outside, 0);
  if (outside) said.push(`${count(outside)} outliers lie beyond the frame.`);
  const { main } = shown.series;
  if (!main.raw) said.push(`${count(main.total)} points, thinned so that every extreme stays.`);
  const below = shown.log && main.values.some((value) => typeof value === "number" && value <= 0);
  if (below) said.push("Values of zero or below have no place on a log scale.");
  return said.join(" ");
}
