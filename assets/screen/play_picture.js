// The valley with the ball's way through it, and the loss at each step, as SVG.

import { svg } from "./dom.js";
import { figure } from "./format.js";
import { height, REACH } from "./play_ball.js";

const LIFT = 9; // px by which the trail floats above the ground
const FINE = 220; // points of the valley's outline

export function drawValley(place, state, { x }, tone) {
  const width = place.clientWidth || 700;
  const tall = width < 480 ? 260 : 330;
  const top = Math.max(20 * Math.max(0.6, state.k), 14);
  const X = (at) => width / 2 + (at / REACH) * (width / 2 - 8);
  const Y = (at) => tall - 30 - (height(at, state) / top) * (tall - 64);
  const ground = Array.from({ length: FINE + 1 }, (_, i) => -REACH + (i / FINE) * 2 * REACH);
  const outline = ground.map((at, i) => `${i ? "L" : "M"}${X(at).toFixed(1)},${Y(at).toFixed(1)}`).join("");
  const seen = x.filter((at) => Math.abs(at) <= REACH);
  const gone = x.length > seen.length;
  const parts = [
    svg("path", { d: `${outline}L${X(REACH)},${tall}L${X(-REACH)},${tall}Z`, class: "ground" }),
    svg("path", { d: outline, class: "rim" }),
    svg("text", { x: X(0), y: tall - 8, class: "place", "text-anchor": "middle" }, "the bottom"),
    ...(width >= 480 ? [svg("text", { x: X(-2.3), y: Y(-2.3) + 26, class: "place", "text-anchor": "middle" }, "a small dip")] : []),
    ...trail(x, X, Y),
    ...seen.slice(0, gone ? undefined : -1).map((at, i) => footprint(at, i, seen.length, X, Y)),
    startLabel(state.x0, X, Y),
    ...(gone ? goneMark(x.at(-1), width) : [svg("circle", { cx: X(seen.at(-1)), cy: Y(seen.at(-1)) - 12, r: 11, class: "ball" })]),
  ];
  const picture = svg("svg", { viewBox: `0 0 ${width} ${tall}`, class: tone, "aria-hidden": "true" }, ...parts);
  picture.style.height = `${tall}px`;
  place.replaceChildren(picture);
}

/** Arcs from step to step, fading with age. */
function trail(x, X, Y) {
  const arcs = [];
  for (let i = 1; i < x.length; i += 1) {
    const [a, b] = [x[i - 1], x[i]];
    if (!(Math.abs(a) <= REACH && Math.abs(b) <= REACH)) break;
    const [x1, y1, x2, y2] = [X(a), Y(a) - LIFT, X(b), Y(b) - LIFT];
    const far = Math.abs(x2 - x1);
    if (far < 22) continue;
    const peak = Math.min(y1, y2) - Math.min(46, far * 0.22);
    const d = `M${x1.toFixed(1)},${y1.toFixed(1)}Q${((x1 + x2) / 2).toFixed(1)},${peak.toFixed(1)} ${x2.toFixed(1)},${y2.toFixed(1)}`;
    arcs.push(svg("path", { d, class: "arc", "stroke-opacity": (0.45 + (0.5 * i) / x.length).toFixed(2) }));
  }
  return arcs;
}

function footprint(at, i, n, X, Y) {
  const look = i ? { class: "print", "fill-opacity": (0.25 + (0.5 * i) / n).toFixed(2), r: 4.5 } : { class: "start", r: 5 };
  return svg("circle", { cx: X(at).toFixed(1), cy: (Y(at) - LIFT).toFixed(1), ...look });
}

function startLabel(x0, X, Y) {
  const left = x0 < 0;
  return svg("text", { x: X(x0) + (left ? -13 : 13), y: Y(x0) - 5, class: "place", "text-anchor": left ? "end" : "start" }, "start");
}

/** The ball has left the picture: where to, at the edge. */
function goneMark(end, width) {
  const right = end > 0;
  const at = right ? width - 14 : 14;
  const d = right ? `M${at - 10},14l12,8l-12,8z` : `M${at + 10},14l-12,8l12,8z`;
  const words = Number.isFinite(end) ? `gone: x = ${figure(end)}` : "gone for good";
  return [svg("path", { d, class: "print" }), svg("text", { x: right ? at - 18 : at + 18, y: 27, class: "gone", "text-anchor": right ? "end" : "start" }, words)];
}

export function drawLoss(place, { loss }, tone) {
  const width = place.clientWidth || 420;
  const tall = 208;
  const n = loss.length - 1;
  const finite = loss.filter(Number.isFinite);
  const high = Math.ceil(Math.log10(Math.max(20, ...finite.map((one) => Math.min(one, 1e6)))));
  const low = Math.max(-5, Math.min(-1, Math.floor(Math.log10(Math.min(...finite)))));
  const [left, bottom] = [46, 30];
  const X = (i) => left + (i / Math.max(10, n)) * (width - left - 14);
  const Y = (y) => 12 + ((high - Math.log10(Math.min(Math.max(y, 10 ** low), 10 ** high))) / (high - low)) * (tall - bottom - 18);
  const parts = [];
  for (let power = low; power <= high; power += high - low > 5 ? 2 : 1) {
    const y = Y(10 ** power);
    parts.push(svg("line", { x1: left, x2: width, y1: y, y2: y, class: "grid" }));
    parts.push(svg("text", { x: left - 9, y: y + 4, class: "tick", "text-anchor": "end" }, power > 3 || power < -2 ? `1e${power}` : String(10 ** power)));
  }
  for (const share of [0, 0.5, 1]) {
    const at = Math.round(share * Math.max(10, n));
    parts.push(svg("text", { x: X(at), y: tall - 9, class: "tick", "text-anchor": share === 1 ? "end" : "middle" }, share === 1 ? `${at} steps` : String(at)));
  }
  const line = loss.map((y, i) => (Number.isFinite(y) ? `${X(i).toFixed(1)},${Y(y).toFixed(1)}` : null)).filter(Boolean);
  parts.push(svg("polyline", { points: line.join(" "), class: "curve" }));
  const last = loss.findLastIndex(Number.isFinite);
  const y = Y(loss[last]);
  parts.push(svg("circle", { cx: X(last), cy: y, r: 5, class: "print" }));
  parts.push(svg("text", { x: X(last) - 10, y: y < 40 ? y + 22 : y - 12, class: "now", "text-anchor": last < 2 ? "start" : "end" }, figure(loss[last])));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${tall}`, class: tone, "aria-hidden": "true" }, ...parts);
  picture.style.height = `${tall}px`;
  place.replaceChildren(picture);
}
