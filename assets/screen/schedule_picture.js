// A schedule as SVG: a small shape for the list, and the run's rate so far with what is to come.

import { svg } from "./dom.js";
import { at, count, rate } from "./format.js";

const SHAPE = { width: 56, height: 22, pad: 2 };
const TALL = 230;
const EDGE = { left: 52, right: 16, top: 26, bottom: 32 };
const TICKS = [0, 0.5, 1];

/** The shape of [[step, rate], …], without figures. */
export function drawShape(rates) {
  const { width, height, pad } = SHAPE;
  const top = Math.max(...rates.map(([, y]) => y)) || 1;
  const [first, last] = [rates[0][0], rates.at(-1)[0]];
  const X = (step) => pad + ((step - first) / Math.max(1, last - first)) * (width - 2 * pad);
  const Y = (y) => height - pad - (y / top) * (height - 2 * pad);
  const attributes = { viewBox: `0 0 ${width} ${height}`, class: "plan-shape", "aria-hidden": "true" };
  return svg("svg", attributes, svg("polyline", { points: joined(rates, X, Y) }));
}

/** The rate logged so far in grey, the plan over it. */
export function drawPlan(place, { plan, past, axis }) {
  const width = place.clientWidth || 600;
  const logged = past.filter(([, y]) => Number.isFinite(y) && y >= 0);
  const steps = [...logged, ...plan.rates].map(([step]) => step);
  const end = Math.max(...steps, 1);
  const top = Math.max(...plan.rates.map(([, y]) => y)) || 1;
  // A plan far below the rate so far must not be pressed flat: the past is cut at the top instead.
  const high = Math.min(Math.max(top, ...logged.map(([, y]) => y)), 4 * top) * 1.08;
  const X = (step) => EDGE.left + (step / end) * (width - EDGE.left - EDGE.right);
  const Y = (y) => TALL - EDGE.bottom - (Math.min(y, high) / high) * (TALL - EDGE.bottom - EDGE.top);
  const parts = [
    ...rows(top, width, Y),
    ...places(end, X, axis),
    svg("polyline", { points: joined(logged, X, Y), class: "past" }),
    ...newest(logged, high, X, Y),
    ...(plan.from_step ? [svg("line", { x1: X(plan.from_step), x2: X(plan.from_step), y1: EDGE.top - 8, y2: TALL - EDGE.bottom, class: "from" })] : []),
    svg("polyline", { points: joined(plan.rates, X, Y), class: "plan-line" }),
    ...peak(plan, X, Y, width),
  ];
  const said = `${plan.title}: from ${rate(plan.rates[0][1], 2)} at ${at(axis, plan.rates[0][0])}, highest ${rate(top, 2)}, `
    + `${rate(plan.rates.at(-1)[1], 2)} at ${at(axis, plan.rates.at(-1)[0])}`;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${TALL}`, role: "img", "aria-label": said }, ...parts);
  picture.style.height = `${TALL}px`;
  place.replaceChildren(picture);
}

function rows(top, width, Y) {
  return [0, 0.5, 1].flatMap((share) => [
    svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: Y(share * top), y2: Y(share * top), class: "grid" }),
    svg("text", { x: EDGE.left - 9, y: Y(share * top) + 4, class: "tick", "text-anchor": "end" }, rate(share * top, 2)),
  ]);
}

function places(end, X, axis) {
  return TICKS.map((share) => {
    const step = Math.round(share * end);
    const words = share === 1 ? `${axis} ${count(step)}` : count(step);
    const anchor = share === 1 ? "end" : share === 0 ? "start" : "middle";
    return svg("text", { x: X(step), y: TALL - 10, class: "tick", "text-anchor": anchor }, words);
  });
}

/** The newest logged rate, where it lies off the scale of the plan. */
function newest(logged, high, X, Y) {
  const last = logged.at(-1);
  if (!last || last[1] <= high) return [];
  const words = `${rate(last[1], 2)} now, off this scale`;
  return [svg("text", { x: X(last[0]), y: Y(last[1]) - 8, class: "tick", "text-anchor": "end" }, words)];
}

/** The highest rate, where the plan reaches it. */
function peak(plan, X, Y, width) {
  const [step, y] = plan.rates.reduce((a, b) => (b[1] > a[1] * (1 + 1e-9) ? b : a));
  const right = X(step) > width * 0.7;
  return [
    svg("circle", { cx: X(step), cy: Y(y), r: 4, class: "plan-dot" }),
    svg("text", { x: X(step) + (right ? -8 : 8), y: Y(y) - 8, class: "plan-peak", "text-anchor": right ? "end" : "start" }, rate(y, 2)),
  ];
}

function joined(rates, X, Y) {
  return rates.map(([step, y]) => `${X(step).toFixed(1)},${Y(y).toFixed(1)}`).join(" ");
}
