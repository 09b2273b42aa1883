// Loss against learning rate: one mark a run, the valley through them, the rates as good as the best.

import { axisTitle, rateAxis, valueAxis } from "./graph.js";
import { figure, number, plain, rate } from "./format.js";
import { escapeLabel, halo } from "./labels.js";
import { isWhole, outcomeOf } from "./outcome.js";
import { makeScale } from "./scale.js";

const HEIGHT = 380;
const LABELLED = 14; // runs up to which each mark carries its loss
const BESIDE = 1.5; // times the good rates' band: so far its label may reach
const MARGIN = 0.35; // decades left and right of the rates tried

export function valleyFigure(told, { narrow, paint }) {
  const trials = told.trials;
  const level = (trial) => number(told.measure === "final" ? trial.final : trial.best);
  const whole = trials.filter(isWhole);
  const ended = trials.filter((trial) => !isWhole(trial));
  const lost = trials.filter((trial) => trial.outcome === "diverged");
  const losses = whole.map(level);
  const fitted = (told.basin?.curve ?? []).map(([x, y]) => [number(x), number(y)]);
  const floor = Math.min(...losses) - 0.1 * (Math.max(...losses) - Math.min(...losses)); // room for the lowest mark's label
  const scale = makeScale(losses.length ? losses : [0, 1], { log: false, clip: false, include: [floor, ...fitted.map(([, y]) => y)] });
  const rates = trials.map((trial) => trial.rate);
  const { value } = told.suggestion;
  const every = value === null ? rates : [...rates, value];
  const range = [Math.log10(Math.min(...every)) - MARGIN, Math.log10(Math.max(...every)) + MARGIN];
  const top = scale.at(0.965);
  const marks = whole.length <= LABELLED && !narrow;
  const data = [
    curve(fitted, paint),
    {
      type: "scatter", mode: marks ? "markers+text" : "markers", cliponaxis: false, showlegend: false,
      x: whole.map((trial) => trial.rate), y: losses,
      text: losses.map((loss) => figure(loss)),
      // On the mark's own side of the curve, which would run through the label.
      textposition: whole.map((trial, i) => (losses[i] < (near(fitted, trial.rate)?.[1] ?? -Infinity) ? "bottom center" : "top center")),
      textfont: { color: paint["ink-2"], size: 12, shadow: halo(paint) },
      marker: { size: 11, color: whole.map((trial) => paint[outcomeOf(trial).tone]), line: { width: 2, color: paint.surface } },
      hovertemplate: whole.map((trial) => hover(trial, told)),
    },
    {
      type: "scatter", mode: "markers", cliponaxis: false, showlegend: false,
      x: ended.map((trial) => trial.rate), y: ended.map(() => top),
      marker: { symbol: "x-thin", size: 10, line: { width: 2.2, color: ended.map((trial) => paint[outcomeOf(trial).tone]) } },
      hovertemplate: ended.map((trial) => hover(trial, told)),
    },
  ];
  if (value !== null) data.push(nextMark(value, told, fitted, losses, paint));
  return {
    data: data.filter(Boolean),
    layout: {
      height: HEIGHT * (narrow ? 0.86 : 1),
      margin: { l: narrow ? 46 : 58, r: 14, t: 34, b: 52, pad: 0 },
      hovermode: "closest",
      xaxis: rateAxis(range, rate, paint),
      yaxis: valueAxis(scale, paint),
      shapes: [...bands(told, whole, lost, range, paint), ...(value === null ? [] : [nextLine(value, paint)])],
      annotations: [axisTitle(`${told.measure} ${lossName(told.metric)}`, { narrow }, paint), ...notes(told, { ended, lost }, range, narrow, paint)],
    },
  };
}

export function lossName(metric) {
  return { "train/loss": "training loss", "val/loss": "validation loss" }[metric] ?? escapeLabel(plain(metric));
}

function curve(points, paint) {
  if (!points.length) return null;
  return {
    type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false,
    x: points.map(([x]) => x), y: points.map(([, y]) => y),
    line: { color: paint["plot-past"], width: 1.6, dash: "dash" },
  };
}

function hover(trial, told) {
  const loss = number(told.measure === "final" ? trial.final : trial.best);
  const behind = trial.behind ? `, ${figure(trial.behind)} above the best` : "";
  const said = !isWhole(trial) ? outcomeOf(trial).word : `loss ${figure(loss)}${behind}`;
  return `<b>${escapeLabel(plain(trial.short))}</b><br>rate ${rate(trial.rate)}: ${said}<extra></extra>`;
}

/** Where the curve says the next rate would end; at the best loss where there is no curve yet. */
function nextMark(value, told, fitted, losses, paint) {
  const point = near(fitted, value);
  const y = point && value <= fitted.at(-1)[0] && value >= fitted[0][0] ? point[1] : Math.min(...losses);
  return {
    type: "scatter", mode: "markers", x: [value], y: [Number.isFinite(y) ? y : 0.5], cliponaxis: false, showlegend: false,
    marker: { symbol: "diamond", size: 13, color: paint.surface, line: { color: paint.accent, width: 2.4 } },
    hovertemplate: `try next: ${rate(value)}<extra></extra>`,
  };
}

/** The point of the curve that is nearest to a rate; null where there is no curve. */
function near(fitted, rate) {
  return fitted.reduce((a, b) => (a && Math.abs(Math.log(a[0] / rate)) <= Math.abs(Math.log(b[0] / rate)) ? a : b), null);
}

function nextLine(value, paint) {
  return {
    type: "line", xref: "x", yref: "paper", x0: value, x1: value, y0: 0, y1: 0.86,
    line: { color: paint.accent, width: 1.6, dash: "dot" },
  };
}

function bands(told, whole, lost, range, paint) {
  const found = [];
  const good = told.trials.some((trial) => trial.outcome === "good");
  const wide = told.high > told.low ? [told.low, told.high] : [told.low / 1.15, told.high * 1.15];
  if (good) found.push(band(...wide, paint["ok-bg"]));
  const from = divergesFrom(whole, lost);
  if (from !== null) found.push(band(from, 10 ** range[1], paint["crit-bg"]));
  return found;
}

/** From this rate on every run diverged; null where none did or a higher one arrived. */
function divergesFrom(whole, lost) {
  const highest = Math.max(0, ...whole.map((trial) => trial.rate));
  const over = lost.map((trial) => trial.rate).filter((one) => one > highest);
  return over.length ? Math.min(...over) / 1.25 : null;
}

function band(from, to, fill) {
  return { type: "rect", layer: "below", xref: "x", yref: "paper", x0: from, x1: to, y0: 0, y1: 1, fillcolor: fill, line: { width: 0 } };
}

function notes(told, { ended, lost }, range, narrow, paint) {
  const found = [];
  const note = (x, text, tone, { y = 0.995, down = 10 } = {}) => ({
    xref: "x", x: Math.log10(x), yref: "paper", y, yanchor: "top", yshift: -down, text, showarrow: false, align: "center",
    font: { size: 12, color: paint[tone], shadow: halo(paint) },
  });
  if (told.trials.some((trial) => trial.outcome === "good") && told.high > told.low * 1.05) {
    const crossed = ended.some((trial) => trial.rate > told.low / BESIDE && trial.rate < told.high * BESIDE);
    found.push(note(Math.sqrt(told.low * told.high), `<b>equally good</b><br>${rate(told.low)} to ${rate(told.high)}`, "ok", { down: crossed ? 24 : 10 }));
  }
  const { value } = told.suggestion;
  if (value !== null) {
    found.push({
      ...note(value, `<b>try next: ${rate(value)}</b>`, "on-accent", { y: 0.6 }), bgcolor: paint.accent, borderpad: 4,
      font: { size: 12, color: paint["on-accent"] },
    });
  }
  if (lost.length) {
    const rates = lost.map((trial) => trial.rate);
    const at = Math.min(Math.sqrt(Math.min(...rates) * Math.max(...rates)), 10 ** (range[1] - 0.3));
    found.push(note(at, `<b>${lost.length > 1 ? `${lost.length} diverged` : "diverged"}</b>`, "crit", { y: narrow ? 0.8 : 0.9 }));
  }
  return found;
}
