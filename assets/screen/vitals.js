// The strip of vital signs: newest value of each metric that matters, and what to compare it with.

import { now } from "./api.js";
import { el, show } from "./dom.js";
import * as f from "./format.js";
import { isSilent } from "./silence.js";
import { mainLoss } from "./status.js";
import { progress } from "./ward_row.js";
import { metricOf, scheduleOf } from "./words.js";

export function drawVitals(parts, line) {
  const signs = [
    ...loss(line),
    ...validation(line),
    ...accuracy(line),
    ...rate(line),
    ...gradient(line),
    ...length(line),
  ].slice(0, 7);
  parts.vitals.className = `vitals card${isSilent(line) ? " stale" : ""}`;
  parts.vitals.replaceChildren(...signs.map(sign));
  show(parts.vitals, signs.length > 0);
}

function sign({ key, value, note, tone }) {
  const small = note ? el("small", { class: tone }, note) : null;
  return el("div", {}, el("dt", {}, key), el("dd", {}, value, small));
}

function loss(line) {
  const name = mainLoss(line);
  const metric = name && line.metrics[name];
  if (!metric) return [];
  const change = f.drift(metric.last, metric.best);
  const sick = line.status === "critical" || line.status === "warning"; // else it is the noise of one point
  const worse = sick && f.number(metric.last) > 1.2 * f.number(metric.best);
  const lost = metric.last !== null && !Number.isFinite(f.number(metric.last));
  const note = lost ? `${f.count(metric.non_finite)} lost` : change === "±0%" ? "at its best" : change ? `${change} on its best` : "";
  const now = { key: metricOf(name), value: f.figure(metric.last), note, tone: worse || lost ? "crit" : null };
  if (metric.best === null) return [now];
  const best = { key: "Best loss", value: f.figure(metric.best), note: f.at(line.x_axis, metric.best_step) };
  return [now, best];
}

function validation(line) {
  const metric = line.metrics["val/loss"];
  if (!metric || mainLoss(line) === "val/loss") return [];
  const change = f.drift(metric.last, metric.best);
  const note = change === "±0%" ? "at its best" : `best ${f.figure(metric.best)}`;
  return [{ key: "Validation", value: f.figure(metric.last), note: metric.best === null ? "" : note }];
}

function accuracy(line) {
  const name = ["val/accuracy", "train/accuracy"].find((one) => line.metrics[one]);
  const metric = line.metrics[name];
  if (!metric) return [];
  return [{ key: metricOf(name), value: f.figure(metric.last), note: `best ${f.figure(metric.best)}` }];
}

function rate(line) {
  const { value, current, schedule } = line.learning_rate;
  const newest = current ?? value;
  if (newest === null) return [];
  return [{ key: "Learning rate", value: f.rate(newest, 2), note: scheduleOf(schedule) }];
}

function gradient(line) {
  const metric = line.metrics.grad_norm;
  if (!metric) return [];
  const grown = f.number(metric.last) > 5 * f.number(metric.first);
  return [{ key: "Gradient norm", value: f.figure(metric.last), note: `was ${f.figure(metric.first)}`, tone: grown ? "warn" : null }];
}

function length(line) {
  if (line.last_step === null) return [];
  const share = progress(line);
  const silent = isSilent(line);
  if (share === null) {
    const age = line.growing ? "growing" : `ended ${f.ago(now() - line.updated_at)}`;
    return [{ key: f.capital(line.x_axis), value: f.count(line.last_step), note: age }];
  }
  const note = silent ? "stopped moving" : f.lengthOf(line.x_axis, line.last_step);
  return [{ key: "Progress", value: f.percent(share), note, tone: silent ? "warn" : null }];
}
