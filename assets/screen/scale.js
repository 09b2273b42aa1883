// Ranges and ticks of the chart's vertical axes, so that figures are written as everywhere else.

import { figure } from "./format.js";

const PAD = 0.06;
const ALIKE = 1e-5; // of their size: values nearer to each other than that are one to a reader

/**
 * The range that shows `values`, and its ticks. `clip` keeps the middle 96 %: what lies outside
 * leaves the frame, and `outside` counts it.
 */
export function makeScale(values, { log, clip, write = figure, include = [], ticks = 5 }) {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (!usable.length) return linear(0, 1, write, ticks, 0);
  const sorted = Float64Array.from(usable).sort();
  const [low, high] = clip ? middle(sorted) : [sorted[0], sorted.at(-1)];
  const outside = usable.filter((value) => value < low || value > high).length;
  const extra = include.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const from = Math.min(low, ...extra);
  const to = Math.max(high, ...extra);
  return log ? logarithmic(from, to, write, outside) : linear(from, to, write, ticks, outside);
}

/** Whether a few extremes would press everything else flat: then they are cut at first. */
export function needsClip(values) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (sorted.length < 20) return false;
  const [low, high] = middle(sorted);
  return sorted.at(-1) - sorted[0] > 8 * (high - low) && high > low;
}

function middle(sorted) {
  const cut = Math.floor(sorted.length * 0.02);
  return [sorted[cut], sorted[sorted.length - 1 - cut]];
}

function linear(from, to, write, n, outside) {
  const size = Math.max(Math.abs(from), Math.abs(to));
  // Where the last digit flickers no tick fits between: counting them would never end.
  const flat = to - from <= size * ALIKE;
  const width = flat ? size * 0.2 || 1 : to - from;
  const pad = width * PAD;
  const floor = from >= 0 && from - pad < 0 ? 0 : from - pad;
  const range = flat ? [from - width / 2, to + width / 2] : [floor, to + pad];
  const values = niceTicks(range[0], range[1], n);
  return { type: "linear", range, values, text: written(values, write), outside, at: (share) => range[0] + share * (range[1] - range[0]) };
}

function logarithmic(from, to, write, outside) {
  const [a, b] = [Math.log10(from), Math.log10(to)];
  const pad = Math.max((b - a) * PAD, 0.02);
  const range = [a - pad, b + pad];
  const ticks = logTicks(range[0], range[1]);
  const values = ticks.length > 1 ? ticks : niceTicks(10 ** range[0], 10 ** range[1], 4);
  return { type: "log", range, values, text: written(values, write), outside, at: (share) => 10 ** (range[0] + share * (range[1] - range[0])) };
}

/** Each with as many digits as tell it from its neighbours. */
function written(values, write) {
  const digits = [3, 4, 5, 6, 7].find((n) => new Set(values.map((value) => write(value, n))).size === values.length);
  return values.map((value) => write(value, digits ?? 7));
}

function niceTicks(from, to, n) {
  const rough = (to - from) / n;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((one) => one >= rough);
  const ticks = [];
  for (let i = Math.ceil(from / step); i * step <= to + step * 1e-9; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

function logTicks(from, to) {
  const decades = to - from;
  const factors = decades > 2.5 ? [1] : decades > 0.8 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const every = Math.max(1, Math.ceil(decades / 6));
  const ticks = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power += 1) {
    if (factors.length === 1 && power % every) continue;
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(6));
      if (Math.log10(value) >= from && Math.log10(value) <= to) ticks.push(value);
    }
  }
  return ticks;
}
