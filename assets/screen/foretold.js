// Where the loss is going: the likeliest curve beyond the newest row, in a band for about nine in ten: of
// recorded trainings it held .94, .91 and .87, by where they came from.

import { count, figure, number } from "./format.js";

const BAND = 0.15; // part of the line's own colour

/** Curves, legend and the losses to make room for; nothing where none is foretold, or none in view. */
export function foretold({ line, axis, until, log }, paint) {
  const points = axis.kind === "step" ? upTo(line.forecast?.curve ?? [], until) : [];
  if (points.length < 2) return { curves: [], legend: [], include: [] };
  const [steps, value, low, high] = [0, 1, 2, 3].map((i) => points.map((point) => number(point[i])));
  const least = log ? Math.min(...value.filter((one) => one > 0)) / 2 : -Infinity; // a logarithm has no zero
  const colour = paint["plot-train"];
  const edge = { steps, colour, width: 0, silent: true };
  const fill = colour.replace("rgb(", "rgba(").replace(")", `, ${BAND})`);
  const said = value.map((one, i) => `${figure(one)} (${figure(low[i])} to ${figure(high[i])})`);
  return {
    curves: [
      { ...edge, name: "highest", values: high },
      { ...edge, name: "lowest", values: low.map((one) => Math.max(one, least)), fill },
      { name: "foretold", steps, values: value, colour, width: 1.8, dash: "dot", said },
    ],
    legend: [{ text: "foretold, about 9 in 10", colour: "plot-train", style: "dotted" }],
    include: [value.at(-1), low.at(-1), high.at(-1)],
  };
}

/** The points up to a step, and one at it: between two the logarithm of the way is even. */
function upTo(curve, until) {
  const inside = curve.filter(([step]) => step <= until);
  const next = curve[inside.length];
  if (!inside.length || !next) return inside;
  const last = inside.at(-1);
  const share = (until - last[0]) / (next[0] - last[0]);
  return [...inside, next.map((one, i) => (i ? number(last[i]) + share * (number(one) - number(last[i])) : until))];
}

/** The same in words, after a full stop; "" where nothing is foretold. */
export function inWords({ forecast, x_axis: axis }) {
  if (!forecast) return "";
  return ` Foretold for ${axis} ${count(forecast.step)}: ${figure(forecast.value)}, between ${figure(forecast.low)} and ${figure(forecast.high)}.`;
}
