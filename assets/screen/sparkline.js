// A run's loss in a small picture: grey until the trouble begins, then in its colour.

import { svg } from "./dom.js";
import { number } from "./format.js";
import { mainFinding } from "./status.js";

const SMALL = { width: 168, height: 42, room: 1 };
const PAD = 4;

/** The picture for one line of the API, or null where there is nothing to draw. */
export function sparkline(line, size = SMALL) {
  const values = line.sparkline.map(number);
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return null;
  const y = scale(finite, size);
  const x = (i) => PAD + (i / (values.length - 1)) * (size.width - 2 * PAD);
  const from = onset(line, values.length);
  const picture = svg("svg", {
    class: "spark",
    viewBox: `0 0 ${size.width} ${size.height}`,
    "aria-hidden": "true",
  });
  if (from !== null) picture.append(shade(x(from), size));
  const cut = from ?? 0;
  const points = values.map((value, i) => (Number.isFinite(value) ? [x(i), y(value)] : null));
  if (cut > 0) picture.append(path("past", points.slice(0, cut + 1)));
  picture.append(path("now", points.slice(cut)));
  picture.append(...ending(points, x));
  return picture;
}

/** The index at which the main finding begins; null for a run without one that still stands. */
function onset(line, n) {
  const finding = mainFinding(line);
  if (!finding || finding.resolved || finding.severity === "info") return null;
  const [first, last] = [line.first_step ?? 0, line.last_step ?? 0];
  if (last <= first) return null;
  const share = (finding.onset_step - first) / (last - first);
  return Math.round(Math.min(1, Math.max(0, share)) * (n - 1));
}

/**
 * Values to pixels. A flat run must look flat: the range is at least 18 % of the middle value to
 * each side. A runaway must not press all that came before into one line: the top is cut where
 * the loss has risen above its start by as much as it had fallen, or by half; in a larger picture
 * by `room` times that.
 */
function scale(finite, { height, room }) {
  const sorted = [...finite].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  const least = 0.18 * Math.abs(middle) || 0.5;
  const bottom = sorted[0];
  const start = Math.max(...finite.slice(0, Math.max(1, finite.length >> 3)));
  const ceiling = Math.max(start, middle) + room * Math.max(start - bottom, 0.5 * Math.abs(start), least);
  const high = Math.max(Math.min(sorted.at(-1), ceiling), middle + least);
  const low = Math.min(bottom, middle - least);
  return (value) => {
    const share = (Math.min(value, high) - low) / (high - low);
    return height - PAD - share * (height - 2 * PAD);
  };
}

function shade(left, { width: whole, height }) {
  const width = Math.max(3, whole - left);
  return svg("rect", { class: "since", x: whole - width, y: 0, width, height, rx: 3 });
}

function path(name, points) {
  let d = "";
  let pen = false;
  for (const point of points) {
    if (point) d += `${pen ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = point !== null;
  }
  return svg("path", { class: name, d, "vector-effect": "non-scaling-stroke" });
}

/** A dot at the newest value; a cross where the loss was lost to NaN. */
function ending(points, x) {
  const last = points.findLastIndex((point) => point !== null);
  const [px, py] = points[last];
  if (last === points.length - 1) return [svg("path", { class: "end", d: `M${px} ${py}h0.01`, "vector-effect": "non-scaling-stroke" })];
  const cx = x(last + 1);
  const d = `M${cx - 3} ${py - 3}l6 6m0 -6l-6 6`;
  return [svg("path", { class: "lost", d, "vector-effect": "non-scaling-stroke" })];
}
