// What is drawn over the curves: where the trouble began, the suggested rate, the present.

import { count, rate } from "./format.js";
import { escapeLabel, halo } from "./labels.js";
import { severityOf } from "./status.js";
import { labelOf, titleOf } from "./words.js";

const BELOW_CROSSES = -40; // px: the crosses and their number stand at the edge

/** Traces, shapes and annotations for the chart's `rows`. */
export function marks(rows, x, shown, paint) {
  const { finding } = shown;
  const parts = [];
  parts.push(others(rows, x, shown, paint));
  if (finding && finding.onset_step <= x.to) parts.push(...onset(rows[0], x, shown, paint));
  const rates = rows.find((row) => row.suggested);
  if (rates) parts.push(suggested(rates, x, shown, paint));
  const { first_step: first, last_step: last } = shown.line;
  if (x.to > last && last > first && shown.axis.kind === "step") parts.push(present(shown, paint));
  const all = (name) => parts.flatMap((part) => part[name] ?? []);
  return { data: all("data"), shapes: all("shapes"), annotations: all("annotations") };
}

function onset(loss, x, { finding, axis, line, narrow }, paint) {
  const colour = paint[severityOf(finding).tone];
  const step = finding.onset_step;
  const begin = Math.max(step, x.from);
  const end = Math.min(x.to, finding.resolved ? finding.last_step : Math.max(line.last_step, begin));
  const parts = [];
  if (end > begin) parts.push({ shapes: [shade(axis.place(begin), axis.place(end), colour)] });
  if (step < x.from) return parts;
  const at = axis.place(step);
  const right = (step - x.from) / (x.to - x.from || 1) < 0.5;
  const until = finding.resolved && finding.last_step > step ? ` to ${count(finding.last_step)}` : "";
  const text = narrow ? count(step) : `${labelOf(finding)} ${line.x_axis} ${count(step)}${until}`;
  parts.push({
    shapes: [upright(at, { color: colour, width: 1.5, dash: "dot" })],
    annotations: [{ ...flag(at, escapeLabel(text), right, colour, paint), yshift: hasCrosses(loss) ? BELOW_CROSSES : -4 }],
  });
  const value = valueAt(loss, step, finding.metric);
  if (value !== null) parts.push({ data: [ring(at, value, loss.yaxis, colour, paint)] });
  return parts;
}

function hasCrosses(row) {
  return row.odd.some((series) => series?.non_finite);
}

function shade(x0, x1, colour) {
  const place = { xref: "x", yref: "paper", x0, x1, y0: 0, y1: 1, layer: "below" };
  return { type: "rect", ...place, fillcolor: colour, opacity: 0.09, line: { width: 0 } };
}

function upright(x, line) {
  return { type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line };
}

function flag(x, text, right, colour, paint) {
  return {
    x,
    xref: "x",
    xanchor: right ? "left" : "right",
    xshift: right ? 7 : -7,
    yref: "paper",
    y: 1,
    yanchor: "top",
    text: `<b>${text}</b>`,
    showarrow: false,
    bgcolor: colour,
    borderpad: 4,
    font: { size: 12, color: paint.surface },
  };
}

function ring(x, y, yaxis, colour, paint) {
  const marker = { size: 11, color: colour, line: { color: paint.surface, width: 2 } };
  return { type: "scatter", mode: "markers", name: "onset", x: [x], y: [y], yaxis, marker, hoverinfo: "skip", showlegend: false };
}

/** A small ring where each further finding began, on the curve it is about; the pointer names it. */
function others(rows, x, { finding, axis, line }, paint) {
  const told = line.findings.filter((one) => one.onset_step !== finding?.onset_step && one.onset_step >= x.from && one.onset_step <= x.to);
  return {
    data: rows.flatMap((row, i) => {
      const own = told.filter((one) => i === Math.max(0, rows.findIndex((other) => shows(other, one.metric))));
      const placed = own.map((one) => [one, valueAt(row, one.onset_step, one.metric)]).filter(([one, value]) => value !== null && !isOdd(row, one.onset_step));
      return placed.length ? [rings(placed, row, axis, paint)] : [];
    }),
  };
}

/** Whether a cross stands there already. */
function isOdd(row, step) {
  return row.odd.some((series) => typeof series?.values[series.steps.findLastIndex((one) => one <= step)] === "string");
}

function shows(row, metric) {
  return row.curves.some((curve) => curve.metric === metric);
}

function rings(placed, row, axis, paint) {
  const colours = placed.map(([one]) => paint[one.resolved ? "ink-3" : severityOf(one).tone]);
  return {
    type: "scatter",
    mode: "markers",
    name: "finding",
    x: placed.map(([one]) => axis.place(one.onset_step)),
    y: placed.map(([, value]) => value),
    yaxis: row.yaxis,
    marker: { size: 9, symbol: "circle-open", color: colours, line: { width: 2 } },
    text: placed.map(([one]) => escapeLabel(titleOf(one))),
    hovertemplate: "%{text}<extra></extra>",
    showlegend: false,
  };
}

/** The value where a step was logged, or null: of the metric's own curve, else of the thickest one. */
function valueAt(row, step, metric) {
  const own = row.curves.find((curve) => curve.metric === metric);
  const curve = own ?? row.curves.reduce((a, b) => (b.width > a.width ? b : a));
  const i = curve.steps.findLastIndex((one, k) => one <= step && Number.isFinite(curve.values[k]));
  const value = i < 0 ? null : curve.values[i];
  return value === null || (row.scale.type === "log" && value <= 0) ? null : value;
}

function suggested(row, x, { axis, finding }, paint) {
  const { suggested: value, scale, yaxis } = row;
  const from = finding && !finding.resolved ? Math.max(x.from, finding.onset_step) : x.from;
  const y = scale.type === "log" ? Math.log10(value) : value;
  const high = (y - scale.range[0]) / (scale.range[1] - scale.range[0]) > 0.6;
  const place = { xref: "x", yref: yaxis, y0: value, y1: value };
  const ends = { x0: axis.place(from < x.to ? from : x.from), x1: axis.place(x.to) };
  const label = { xref: "paper", x: 1, xanchor: "right", yref: yaxis, y, yanchor: high ? "top" : "bottom" };
  return {
    shapes: [{ type: "line", ...place, ...ends, line: { color: paint.accent, width: 2, dash: "dash" } }],
    annotations: [
      {
        ...label,
        text: `<b>suggested ${rate(value)}</b>`,
        showarrow: false,
        font: { size: 12, color: paint.accent, shadow: halo(paint) },
      },
    ],
  };
}

function present({ line }, paint) {
  const place = { x: line.last_step, xref: "x", xanchor: "left", xshift: 6, yref: "paper", y: 1, yanchor: "top" };
  return {
    shapes: [upright(line.last_step, { color: paint.line, width: 2 })],
    annotations: [{ ...place, text: "now", showarrow: false, font: { size: 12, color: paint["ink-3"] } }],
  };
}
