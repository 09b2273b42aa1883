// NaN and infinities cannot be drawn where they are: crosses pinned to the edge, with their number.

import { count } from "./format.js";
import { halo } from "./labels.js";

const APART = 11; // px between two crosses
const WORDS = { nan: "NaN", inf: "infinite", "-inf": "minus infinite" };

/** For one row of the chart: its crosses as `{trace, note}`, none where every value is finite. */
export function crosses(row, x, { axis, width }, paint) {
  const edges = { top: [], bottom: [] };
  let total = 0;
  for (const series of row.odd.filter(Boolean)) {
    total += series.non_finite;
    series.values.forEach((value, i) => {
      if (typeof value !== "string") return;
      edges[value === "-inf" ? "bottom" : "top"].push({ step: series.steps[i], value });
    });
  }
  const used = Object.entries(edges).filter(([, points]) => points.length);
  return used.map(([edge, points]) => {
    // The server may leave out some of very many; the number is exact all the same.
    const number = used.length === 1 ? Math.max(total, points.length) : points.length;
    const apart = ((x.to - x.from) * APART) / Math.max(1, width);
    return pinned({ edge, points, number, row, axis, apart, paint });
  });
}

function pinned({ edge, points, number, row, axis, apart, paint }) {
  const top = edge === "top";
  const kinds = new Set(points.map((point) => point.value));
  const word = kinds.size > 1 ? "not finite" : WORDS[[...kinds][0]];
  const shown = spread(points, apart);
  const below = row.scale.at(top ? 0.93 : 0.07);
  return {
    trace: {
      type: "scatter",
      mode: "markers",
      name: word,
      x: shown.map((point) => axis.place(point.step)),
      y: shown.map(() => row.scale.at(top ? 0.965 : 0.035)),
      yaxis: row.yaxis,
      marker: { symbol: "x", size: 7, color: paint.crit },
      customdata: shown.map((point) => `at ${count(point.step)}`),
      hovertemplate: "%{customdata}",
      cliponaxis: false,
      showlegend: false,
    },
    note: {
      xref: "paper",
      x: 0.995,
      xanchor: "right",
      yref: row.yaxis,
      y: row.scale.type === "log" ? Math.log10(below) : below,
      yanchor: top ? "top" : "bottom",
      text: `<b>${count(number)} ${word}</b>`,
      showarrow: false,
      font: { size: 12, color: paint.crit, shadow: halo(paint) },
    },
  };
}

/** Of points in a row only as many as can be told apart; the first and the last always. */
function spread(points, width) {
  const sorted = [...points].sort((a, b) => a.step - b.step);
  const bin = (point) => Math.floor(point.step / (width || 1));
  const last = sorted.length - 1;
  return sorted.filter((point, i) => i === 0 || i === last || bin(point) !== bin(sorted[i - 1]));
}
