// What differs between the runs: a row a run, a column for each setting that is not the same in all.

import { root } from "./address.js";
import { chip } from "./chip.js";
import { el } from "./dom.js";
import { quoted } from "./export.js";
import * as f from "./format.js";
import { isWhole, outcomeOf } from "./outcome.js";
import { titleOf } from "./words.js";
import { mainFinding } from "./status.js";

const MOST = 5; // settings that get a column

/** Rows of text as they stand in the table: for the screen and for the export alike. */
function columnsOf(told) {
  const names = [...told.unclean, ...Object.keys(told.differs).filter((name) => !told.unclean.includes(name))];
  return names.slice(0, MOST);
}

export function tableOf(told, lines) {
  const settings = columnsOf(told);
  const order = told.trials.map((trial, i) => ({ trial, i })).sort((a, b) => behind(a.trial) - behind(b.trial));
  const head = ["Run", "Learning rate", told.measure === "final" ? "Final loss" : "Best loss", "Behind best", ...settings.map(heading), "Best at", "Finding"];
  const right = new Set([1, 2, 3, ...settings.map((_, i) => i + 4), settings.length + 4]);
  return [
    el("thead", {}, el("tr", {}, ...head.map((text, i) => el("th", { scope: "col", class: right.has(i) ? "r" : null }, text)))),
    el("tbody", {}, ...order.map(({ trial, i }) => row(trial, i, told, settings, lines.get(trial.id)))),
  ];
}

function behind(trial) {
  return trial.behind ?? Infinity;
}

function heading(name) {
  return f.words(name.split("/").at(-1));
}

function row(trial, i, told, settings, line) {
  const loss = told.measure === "final" ? trial.final : trial.best;
  const { tone } = outcomeOf(trial);
  const name = el("a", { href: `${root}run/${encodeURIComponent(trial.id)}` }, el("bdi", {}, f.plain(trial.short)));
  const best = trial.behind === 0;
  const cells = settings.map((setting) => el("td", { class: "r" }, setCell(told, setting, i)));
  return el(
    "tr",
    { class: best ? "best" : null },
    el("th", { scope: "row" }, el("i", { class: `swatch ${tone}`, "aria-hidden": "true" }), name),
    el("td", { class: "r strong" }, f.rate(trial.rate)),
    el("td", { class: "r" }, loss === null || !isWhole(trial) ? "none" : f.figure(loss)),
    el("td", { class: "r" }, best ? "best" : trial.behind === null ? "" : `+${f.figure(trial.behind)}`),
    ...cells,
    el("td", { class: "r faint" }, trial.best_step === null || !line ? "" : f.at(line.x_axis, trial.best_step)),
    el("td", {}, line ? finding(line) : ""),
  );
}

/** The one value that stands out is tinted. */
function setCell(told, setting, i) {
  const values = told.differs[setting];
  const text = values[i] === null ? "–" : String(typeof values[i] === "number" ? f.figure(values[i]) : f.plain(values[i]));
  const alike = values.filter((value) => String(value) === String(values[i])).length;
  const odd = told.unclean.includes(setting) && alike * 2 < values.length;
  return odd ? el("span", { class: "odd" }, text) : text;
}

function finding(line) {
  const worst = mainFinding(line);
  const node = chip(line);
  if (worst && (line.status === "critical" || line.status === "warning")) {
    node.replaceChildren(node.firstChild, `${titleOf(worst)}, ${f.at(line.x_axis, worst.onset_step)}`);
  }
  return node;
}

/** The table as CSV; a cell that spreadsheets would run as a formula is quoted. */
export function csvOf(told) {
  const settings = Object.keys(told.differs);
  const head = ["run", "learning_rate", "final_loss", "best_loss", "best_step", "behind_best", "outcome", ...settings];
  const rows = told.trials.map((trial, i) => [
    trial.name, trial.rate, trial.final, trial.best, trial.best_step, trial.behind, trial.outcome,
    ...settings.map((name) => told.differs[name][i]),
  ]);
  return [head, ...rows].map((cells) => cells.map(cell).join(",")).join("\n") + "\n";
}

function cell(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? quoted(value) : String(value);
}
