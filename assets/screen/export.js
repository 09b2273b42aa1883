// The shown window as a file: the data as CSV, the picture as PNG.

import * as api from "./api.js";
import { el } from "./dom.js";
import { plain } from "./format.js";
import { palette } from "./theme.js";
import { toast } from "./toast.js";

const MOST_POINTS = 4000; // the most that the server gives at once

export async function downloadCsv(line, wanted, { from, to }) {
  try {
    const found = await api.seriesOf(line.id, Object.values(wanted), { from, to, points: MOST_POINTS });
    const thinned = found.every((series) => series.raw) ? "" : "-thinned";
    saveText(csv([...found, ...(to === null ? foretold(line) : [])], line.x_axis), `${fileName(line)}${thinned}.csv`, "text/csv");
  } catch (error) {
    toast("The data could not be downloaded", error.message);
  }
}

export async function downloadPicture(graph, line) {
  const picture = {
    data: graph.data,
    layout: { ...graph.layout, paper_bgcolor: palette().surface, margin: { ...graph.layout.margin, t: 40 } },
  };
  const size = { format: "png", width: graph.clientWidth, height: graph.clientHeight, scale: 2 };
  try {
    save(await window.Plotly.toImage(picture, size), `${fileName(line)}.png`);
  } catch (error) {
    toast("The picture could not be made", error.message);
  }
}

/** Where the loss is going, as three more columns. */
function foretold({ forecast }) {
  const steps = forecast?.curve.map(([step]) => step) ?? [];
  const column = (tag, i) => ({ tag, steps, values: forecast.curve.map((point) => point[i]) });
  return forecast ? [column("foretold", 1), column("foretold_low", 2), column("foretold_high", 3)] : [];
}

/** One row a step that any of the series has; a cell stays blank where one was not logged. */
function csv(found, axis) {
  const rows = new Map();
  const cell = (step, column, value) => {
    if (!rows.has(step)) rows.set(step, { wall: null, values: [] });
    const row = rows.get(step);
    if (column === "wall") row.wall ??= value;
    else row.values[column] = value;
  };
  found.forEach((series, column) => {
    series.steps.forEach((step, i) => {
      cell(step, column, series.values[i]);
      if (series.wall_times?.[i]) cell(step, "wall", series.wall_times[i]);
    });
  });
  const timed = [...rows.values()].some((row) => row.wall !== null);
  const head = [axis, ...(timed ? ["wall_time"] : []), ...found.map((series) => series.tag)].map(quoted);
  const body = [...rows.entries()].sort((a, b) => a[0] - b[0]).map(([step, row]) => {
    const values = found.map((_, column) => row.values[column] ?? "");
    return [step, ...(timed ? [row.wall ?? ""] : []), ...values].join(",");
  });
  return [head.join(","), ...body, ""].join("\n");
}

/** A text as a cell of a CSV file: spreadsheets run what begins like a formula. */
export function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function fileName(line) {
  return plain(line.run).replaceAll(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80) || "run";
}

/** Hands a text to the browser as a file. */
export function saveText(text, name, type) {
  save(URL.createObjectURL(new Blob([text], { type })), name);
}

function save(href, download) {
  const link = el("a", { href, download });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
