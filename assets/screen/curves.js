// The chart's rows: which curves each shows, at which scale, and how the legend names them.

import { foretold } from "./foretold.js";
import { number, figure as write, rate } from "./format.js";
import { escapeLabel } from "./labels.js";
import { makeScale } from "./scale.js";
import { smooth } from "./smoothing.js";
import { metricOf } from "./words.js";

const FEW = 60; // points up to which each is marked
const LONG = 44; // letters of a row's title

/** Loss always; learning rate and gradient norm where there is something to draw; what was chosen. */
export function makeRows(shown, paint) {
  const rows = [lossRow(shown, paint)];
  if (shown.series.lr || shown.line.learning_rate.planned.length) rows.push(rateRow(shown, paint));
  if (shown.series.grad) rows.push(gradientRow(shown, paint));
  if (shown.series.also) rows.push(alsoRow(shown, paint));
  return rows.map((row, i) => ({ ...row, curves: [...row.curves, ...row.curves.flatMap(alone)], yaxis: i ? `y${i + 1}` : "y" }));
}

/** The points that stand between two that cannot be drawn: no line shows them. */
function alone(curve) {
  if (curve.dots) return [];
  const finite = (i) => Number.isFinite(curve.values[i]);
  const n = curve.values.length;
  const places = curve.values.flatMap((_, i) => (finite(i) && !(i > 0 && finite(i - 1)) && !(i < n - 1 && finite(i + 1)) ? [i] : []));
  if (!places.length) return [];
  const at = (list) => places.map((i) => list[i]);
  return [{ ...curve, name: `${curve.name}, alone`, steps: at(curve.steps), values: at(curve.values), points: true, opacity: 1 }];
}

/** Plotly's trace of one curve. */
export function trace(curve, row, { axis }) {
  const say = curve.write ?? write;
  const drawable = (value) => Number.isFinite(value) && (row.scale.type === "linear" || value > 0);
  return {
    type: "scatter",
    mode: curve.points ? "markers" : curve.dots ? "lines+markers" : "lines",
    name: curve.name,
    x: curve.steps.map(axis.place),
    y: curve.values.map((value) => (drawable(value) ? value : null)),
    yaxis: row.yaxis,
    connectgaps: false, // a line across NaN would hide that there were any
    opacity: curve.opacity ?? 1,
    line: { color: curve.colour, width: curve.width, dash: curve.dash ?? "solid", simplify: false },
    marker: { color: curve.colour, size: 5 },
    customdata: curve.said ?? curve.values.map((value) => (value === null ? "" : say(value))),
    ...(curve.points || curve.silent ? { hoverinfo: "skip" } : { hovertemplate: "%{customdata}" }),
    ...(curve.fill ? { fill: "tonexty", fillcolor: curve.fill } : {}),
    showlegend: false,
  };
}

function lossRow(shown, paint) {
  const { series, log, clip, halflife, lossName } = shown;
  const { main, val } = series;
  const raw = main.values.map(number);
  const name = escapeLabel(lossName);
  const curves = [];
  const legend = [];
  if (halflife > 0) {
    const values = smooth(main.steps, raw, halflife);
    curves.push({ name: "raw", steps: main.steps, values: raw, colour: paint["plot-raw"], width: 1, opacity: 0.5 });
    curves.push({ name: `${name}, smoothed`, steps: main.steps, values, colour: paint["plot-train"], width: 2.2 });
    legend.push({ text: `${lossName}, smoothed`, colour: "plot-train" }, { text: "raw", colour: "plot-raw" });
  } else {
    const dots = main.steps.length < FEW;
    curves.push({ name, steps: main.steps, values: raw, colour: paint["plot-train"], width: 1.8, dots });
    legend.push({ text: lossName, colour: "plot-train" });
  }
  const held = val ? val.values.map(number) : [];
  if (val) {
    const dots = held.length < FEW;
    curves.push({ name: "validation", metric: "val/loss", steps: val.steps, values: held, colour: paint["plot-val"], width: 1.6, dash: "dot", dots });
    legend.push({ text: "validation", colour: "plot-val", style: "dotted" });
  }
  const ahead = foretold(shown, paint);
  curves.push(...ahead.curves);
  legend.push(...ahead.legend);
  const scale = makeScale([...raw, ...held], { log, clip, include: ahead.include });
  return { key: "loss", title: "loss", curves, legend, scale, odd: [main, val] };
}

function rateRow({ series, log, line, axis }, paint) {
  const { suggested, planned, factor } = line.learning_rate;
  const colour = paint["plot-lr"];
  const values = series.lr ? series.lr.values.map(number) : [];
  const curves = [];
  const legend = [{ text: "learning rate", colour: "plot-lr" }];
  if (series.lr) {
    curves.push({ name: "learning rate", steps: series.lr.steps, values, colour, width: 2, write: rate, dots: values.length < 3 });
  }
  const ahead = axis.kind === "step" ? planned.map(([step, value]) => [step, number(value)]) : [];
  if (ahead.length) {
    const [steps, rates] = [0, 1].map((i) => ahead.map((point) => point[i]));
    curves.push({ name: "planned", steps, values: rates, colour, width: 1.8, dash: "dot", write: rate });
    legend.push({ text: "planned", colour: "plot-lr", style: "dotted" });
  }
  const changed = suggested !== null && factor !== null && Math.abs(factor - 1) > 1e-9;
  if (changed) legend.push({ text: `suggested ${rate(suggested)}`, colour: "accent", style: "dashed" });
  const include = [...(log ? [] : [0]), ...(changed ? [suggested] : [])];
  const every = [...values, ...ahead.map(([, value]) => value)];
  const scale = makeScale(every.length ? every : include, { log, clip: false, write: rate, include, ticks: 4 });
  return { key: "lr", title: "learning rate", curves, legend, scale, odd: [], suggested: changed ? suggested : null };
}

function gradientRow({ series, log, clip }, paint) {
  const values = series.grad.values.map(number);
  const curves = [{ name: "gradient norm", steps: series.grad.steps, values, colour: paint["plot-grad"], width: 1.3 }];
  const scale = makeScale(values, { log, clip, ticks: 4 });
  const legend = [{ text: "gradient norm", colour: "plot-grad" }];
  return { key: "grad", title: "gradient norm", curves, legend, scale, odd: [series.grad] };
}

function alsoRow({ series, log, clip }, paint) {
  const { also } = series;
  const name = metricOf(also.metric);
  const values = also.values.map(number);
  const dots = values.length < FEW;
  const curves = [{ name: escapeLabel(name), steps: also.steps, values, colour: paint["ink-2"], width: 1.4, dots }];
  const scale = makeScale(values, { log, clip, ticks: 4 });
  const legend = [{ text: name, colour: "ink-2" }];
  return { key: "also", title: escapeLabel(shortened(name)), curves, legend, scale, odd: [also] };
}

/** A row's title stands on one line; the legend has the whole of the name. */
function shortened(name) {
  return name.length > LONG ? `${name.slice(0, LONG - 1)}…` : name;
}
