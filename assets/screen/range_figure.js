// A range test as plotly takes it: loss over a rising rate, its turns, the band worth using.

import { axisTitle, rateAxis, valueAxis } from "./graph.js";
import { figure, number, rate } from "./format.js";
import { halo } from "./labels.js";
import { lossName } from "./compare_valley.js";
import { makeScale } from "./scale.js";

const HEIGHT = 400;

export function rangeFigure(told, { narrow, paint }) {
  const points = told.points.map((row) => row.map(number));
  const calm = points.map(([, , y]) => y);
  const start = calm[0];
  const low = Math.min(...calm);
  const inside = points.map(([, y]) => y).filter((y) => y <= start + 0.6 * (start - low) && y >= low - 0.3 * (start - low));
  const scale = makeScale(inside, { log: false, clip: false });
  const range = [Math.log10(told.first), Math.log10(told.last) + (told.blows_up ? 0.45 : 0.7)];
  const x = points.map((row) => row[0]);
  const held = (y) => (y > scale.range[1] ? null : y);
  const { value, low: from, high: to } = told.suggestion;
  return {
    data: [
      line(x, points.map(([, y]) => held(y)), paint["plot-raw"], 1, 0.45, "skip"),
      { ...line(x, calm.map(held), paint["plot-train"], 2.4, 1), customdata: x.map((r, i) => `rate ${rate(r)}: ${figure(calm[i])}`), hovertemplate: "%{customdata}<extra></extra>" },
      ...turns(told, scale, narrow, paint),
    ],
    layout: {
      height: HEIGHT * (narrow ? 0.86 : 1),
      margin: { l: narrow ? 46 : 58, r: 14, t: 34, b: 52, pad: 0 },
      hovermode: "closest",
      xaxis: rateAxis(range, rate, paint),
      yaxis: valueAxis(scale, paint),
      shapes: shapes(told, range, paint),
      annotations: [
        axisTitle(lossName(told.metric), { narrow }, paint),
        at(Math.sqrt(from * to), 0.995, `<b>usable</b><br>${rate(from, 2)} to ${rate(to, 2)}`, paint.ok, paint),
        { ...at(value, 0.02, `<b>use ${rate(value)}</b>`, paint["on-accent"], paint), yanchor: "bottom", yshift: 0, bgcolor: paint.accent, borderpad: 4 },
        ...edge(told, range, paint),
      ],
    },
  };
}

function line(x, y, colour, width, opacity, hoverinfo) {
  return { type: "scatter", mode: "lines", x, y, opacity, connectgaps: false, showlegend: false, hoverinfo, line: { color: colour, width, simplify: false } };
}

function turns(told, scale, narrow, paint) {
  const marks = [
    [told.starts_falling, "starts falling", "watch", "top right"],
    [told.steepest, "steepest", "ok", "middle left"],
    [told.blows_up, "blows up", "crit", "middle right"],
  ].filter(([mark]) => mark);
  return marks.map(([mark, word, tone, textposition]) => ({
    type: "scatter", mode: narrow ? "markers" : "markers+text", x: [mark.rate], y: [Math.min(number(mark.loss), scale.at(0.97))],
    text: [`<b> ${word} </b>`], textposition, textfont: { color: paint[tone], size: 12, shadow: halo(paint) },
    marker: { size: 12, color: paint[tone], line: { width: 2, color: paint.surface } },
    hovertemplate: `${word} at ${rate(mark.rate)}<extra></extra>`, showlegend: false, cliponaxis: false,
  }));
}

function shapes(told, range, paint) {
  const { value, low, high } = told.suggestion;
  const found = [
    band(low, high, paint["ok-bg"]),
    { type: "line", xref: "x", yref: "paper", x0: value, x1: value, y0: 0, y1: 0.86, line: { color: paint.accent, width: 1.8, dash: "dash" } },
  ];
  if (told.blows_up) found.push(band(told.blows_up.rate, 10 ** range[1], paint["crit-bg"]));
  else found.push(band(told.last, 10 ** range[1], paint["line-soft"]));
  return found;
}

function band(from, to, fill) {
  return { type: "rect", layer: "below", xref: "x", yref: "paper", x0: from, x1: to, y0: 0, y1: 1, fillcolor: fill, line: { width: 0 } };
}

function edge(told, range, paint) {
  if (told.blows_up) {
    return [at(Math.sqrt(told.blows_up.rate * 10 ** range[1]), 0.5, "<b>diverges</b>", paint.crit, paint)];
  }
  return [at(Math.sqrt(told.last * 10 ** range[1]), 0.5, "not<br>swept", paint["ink-2"], paint)];
}

function at(x, y, text, colour, paint) {
  return {
    xref: "x", x: Math.log10(x), yref: "paper", y, yanchor: "top", yshift: -10, text, showarrow: false, align: "center",
    font: { size: 12, color: colour, shadow: colour === paint["on-accent"] ? undefined : halo(paint) },
  };
}
