// The runs' losses over their steps; the best stands out, the pointer lifts any other.

import * as api from "./api.js";
import { axisTitle, valueAxis } from "./graph.js";
import { count, figure, number, plain, rate } from "./format.js";
import { escapeLabel, halo } from "./labels.js";
import { lossName } from "./compare_valley.js";
import { isWhole, outcomeOf } from "./outcome.js";
import { makeScale } from "./scale.js";
import { smooth } from "./smoothing.js";

const HEIGHT = 330;
const POINTS = 500; // a run: fifty runs of two thousand take four times as long to draw
const FADED = 0.22;
const LINE = 15; // px between two labels at the right
const ROUGH = 80; // points from which a curve is drawn smoothed

/** Fetches what changed; keeps the rest. */
export class CurveSource {
  #kept = new Map(); // id -> {version, series}

  async fetch(lines, metric, signal) {
    const wanted = lines.filter((line) => this.#kept.get(line.id)?.version !== line.version);
    const asked = wanted.map(async (line) => {
      const name = line.metrics[metric] ? metric : Object.keys(line.metrics).find((one) => /loss/i.test(one));
      if (!name) return;
      const series = await api.series(line.id, name, { points: POINTS }, signal);
      this.#kept.set(line.id, { version: line.version, series });
    });
    await Promise.all(asked);
    return new Map(lines.map((line) => [line.id, this.#kept.get(line.id)?.series]));
  }
}

/** The figure for `trials` whose points are in `series` by id. `best` is the id of the best run. */
export function curvesFigure({ told, series, best, unit }, { width, narrow, paint }) {
  const drawn = told.trials.map((trial) => curve(trial, series.get(trial.id), trial.id === best, paint)).filter(Boolean);
  const start = Math.max(...drawn.map((one) => one.first).filter(Number.isFinite), -Infinity);
  const low = Math.min(...drawn.flatMap((one) => one.lows));
  const inside = drawn.flatMap((one) => one.y).filter((y) => y !== null && y <= start + 0.15 * (start - low));
  const scale = makeScale(inside.length ? inside : [0, 1], { log: false, clip: false });
  const last = Math.max(...drawn.map((one) => one.x.at(-1)));
  const first = Math.min(...drawn.map((one) => one.x[0]));
  const labels = narrow ? [] : endLabels(drawn, scale, HEIGHT - 80);
  return {
    ids: drawn.map((one) => one.trial.id),
    data: [...drawn.map((one) => trace(one, scale)), ...drawn.map((one) => cross(one, scale, paint)).filter(Boolean)],
    layout: {
      height: HEIGHT * (narrow ? 0.86 : 1),
      width,
      margin: { l: narrow ? 46 : 58, r: narrow ? 14 : 112, t: 30, b: 46, pad: 0 },
      hovermode: "closest",
      xaxis: {
        range: [first, last + (last - first) * 0.005],
        title: { text: unit, font: { size: 12.5, color: paint["ink-2"] }, standoff: 6 },
        tickfont: { color: paint["ink-3"], size: 12 },
        separatethousands: true,
        exponentformat: "none",
        nticks: 7,
        showgrid: false,
        zeroline: false,
        fixedrange: true,
      },
      yaxis: valueAxis(scale, paint),
      annotations: [axisTitle(lossName(told.metric), { narrow }, paint), ...labels.map((label) => endNote(label, paint))],
    },
  };
}

/** Opacities that lift one trace above the others; all as before for -1. */
export function lifted(n, at) {
  return Array.from({ length: n }, (_, i) => (at < 0 || i === at ? 1 : FADED));
}

function curve(trial, series, isBest, paint) {
  if (!series?.steps.length) return null;
  const raw = series.values.map(number);
  const span = series.steps.at(-1) - series.steps[0];
  const values = raw.length > ROUGH ? smooth(series.steps, raw, span / 60) : raw.map((y) => (Number.isFinite(y) ? y : null));
  const finite = values.filter((y) => y !== null);
  return {
    trial, isBest, x: series.steps, y: values,
    first: finite[0] ?? NaN,
    lows: finite.length ? [finite.reduce((a, b) => Math.min(a, b))] : [],
    colour: paint[outcomeOf(trial).tone],
  };
}

function trace({ trial, x, y, colour, isBest }, scale) {
  const top = scale.range[1];
  return {
    type: "scatter", mode: "lines", connectgaps: false, showlegend: false,
    x, y: y.map((value) => (value === null || value > top ? null : value)),
    line: { color: colour, width: isBest ? 3 : 1.6, simplify: false },
    opacity: 1,
    customdata: y.map((value) => figure(value)),
    hovertemplate: `<b>${escapeLabel(plain(trial.short))}</b><br>rate ${rate(trial.rate)}<br>at %{x:,}: %{customdata}<extra></extra>`,
  };
}

/** Where a run that did not come to its end leaves the frame, or ends. */
function cross({ trial, x, y, colour }, scale, paint) {
  if (isWhole(trial)) return null;
  const top = scale.range[1];
  let last = y.findIndex((value) => value !== null && value > top);
  if (last < 0) last = y.findLastIndex((value) => value !== null);
  const gone = y.slice(last + 1).some((value) => value === null) || y[last] > top || last === y.length - 1;
  if (last < 0 || !gone) return null;
  const broke = trial.outcome === "broken";
  return {
    type: "scatter", mode: "markers+text", cliponaxis: false, showlegend: false,
    x: [x[last]], y: [broke && y[last] <= top ? y[last] : scale.at(0.965)], text: [` ${rate(trial.rate)}`], textposition: "middle right",
    textfont: { color: colour, size: 12, shadow: halo(paint) },
    marker: { symbol: "x-thin", size: 9, line: { width: 2.2, color: colour } },
    hovertemplate: `<b>${escapeLabel(plain(trial.short))}</b><br>${broke ? "broke" : "diverged"} by ${count(x[last])}<extra></extra>`,
  };
}

/** Rate and loss at each curve's end, moved apart where they would stand on one another. */
function endLabels(drawn, scale, height) {
  const [low, high] = scale.range;
  const labels = drawn
    .filter((one) => isWhole(one.trial))
    .map((one) => {
      const y = one.y.findLast((value) => value !== null);
      return { one, y, place: ((high - y) / (high - low)) * height };
    })
    .filter((label) => Number.isFinite(label.place))
    .sort((a, b) => a.place - b.place);
  const room = Math.max(1, Math.floor(height / LINE));
  const kept = labels.length <= room ? labels : labels.filter((_, i) => i % Math.ceil(labels.length / room) === 0);
  for (let i = 1; i < kept.length; i += 1) kept[i].place = Math.max(kept[i].place, kept[i - 1].place + LINE);
  const over = kept.length ? Math.max(0, kept.at(-1).place - height) : 0;
  if (over) {
    kept.at(-1).place -= over;
    for (let i = kept.length - 2; i >= 0; i -= 1) kept[i].place = Math.min(kept[i].place, kept[i + 1].place - LINE);
  }
  return kept.map((label) => ({ ...label, at: 1 - label.place / height }));
}

function endNote({ one, y, at }, paint) {
  return {
    xref: "paper", x: 1, xanchor: "left", xshift: 8, yref: "paper", y: at, yanchor: "middle", showarrow: false, align: "left",
    text: `<b><span style="color:${one.colour}">${rate(one.trial.rate)}</span></b>  ${figure(one.trial.final ?? y)}`,
    font: { size: 12, color: paint["ink-3"] },
  };
}
