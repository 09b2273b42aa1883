// What is wrong, how sure that is, and three figures that say so. All are fields of the line.

import { now } from "./api.js";
import { setChip } from "./chip.js";
import { el, say, show } from "./dom.js";
import * as f from "./format.js";
import { sparkline } from "./sparkline.js";
import { headline, isSilent, silentFor, stalled } from "./silence.js";
import { mainFinding, mainLoss, saidBeside, statusOf, toldFinding } from "./status.js";
import { prose, scheduleOf, sentence } from "./words.js";

const LONG = 88; // letters from which a headline takes the smaller type

/** Fills the card. `evidence` knows the time of a step once the chart has loaded. */
export function drawDiagnosis(parts, line, evidence) {
  const finding = mainFinding(line);
  const active = finding && !finding.resolved && finding.severity !== "info" ? finding : null;
  parts.diagnosis.className = `card diagnosis ${statusOf(line).tone}`;
  setChip(parts.chip, statusOf(line));
  const told = active ?? toldFinding(line); // what the headline tells may be over
  drawSureness(parts, line, told);
  const said = silence(line, evidence) ?? headline(line);
  say(parts.headline, said);
  parts.headline.classList.toggle("long", said.length > LONG);
  const cause = causeOf(line, told, finding);
  say(parts.cause, cause);
  show(parts.cause, Boolean(cause));
  drawGlance(parts.glance, line);
  const figures = figuresOf(line, told, evidence).slice(0, 3);
  parts.evidence.replaceChildren(...figures.map(figureCell));
  show(parts.evidence, figures.length > 0);
}

/** The whole loss in the room that a longer card beside this one leaves. */
function drawGlance(place, line) {
  const told = JSON.stringify([line.version, line.sparkline]);
  if (place.dataset.told === told) return;
  place.dataset.told = told;
  const picture = sparkline(line, { width: 640, height: 130, room: 8 });
  picture?.setAttribute("preserveAspectRatio", "none");
  place.replaceChildren(...(picture ? [picture] : []));
}

function drawSureness(parts, line, told) {
  const confidence = told?.confidence ?? line.learning_rate.confidence;
  show(parts.sureness, confidence > 0 && line.status !== "too-short");
  parts.meter.firstElementChild.style.width = f.percent(confidence);
  const clear = line.checked.length;
  const all = clear + new Set(line.findings.map((one) => one.rule)).size;
  parts.sureness.title = `Of a hundred diagnoses said so surely about ${Math.round(100 * confidence)} are right, as measured on recorded trainings.`;
  say(parts.sure, `${f.sure(confidence)} · ${clear} of ${all} checks clear`);
}

function silence(line, evidence) {
  if (!isSilent(line) || line.status !== "healthy") return null;
  const gap = evidence.usualGap();
  const usual = gap ? `; the usual gap is ${f.span(gap)}` : "";
  return `No new line for ${f.span(now() - line.updated_at)}${usual}. Training may have stopped.`;
}

function causeOf(line, headlined, finding) {
  const said = [];
  if (isSilent(line) && line.status === "healthy") {
    said.push("The loss looked healthy at the last line, so look at the job or the disk, not at the learning rate.");
  }
  const told = headlined ?? (finding?.resolved ? null : finding);
  if (saidBeside(line, told)) said.push(sentence(prose(told.message)));
  const others = line.findings.filter((one) => !one.resolved && one.severity !== "info" && one !== headlined);
  const more = new Set(others.map((one) => one.rule).filter((rule) => rule !== headlined?.rule));
  if (more.size) said.push(`Also found: ${[...more].map((rule) => rule.replaceAll("-", " ")).join(", ")}.`);
  if (!headlined && line.learning_rate.evidence.length) said.push(sentence(line.learning_rate.evidence.join("; ")));
  return said.map(prose).join(" ");
}

function figureCell({ key, value, note }) {
  const cells = [el("dt", {}, key), el("dd", {}, value)];
  if (note) cells.push(el("dd", { class: "note" }, note));
  return el("div", {}, ...cells);
}

// -- the three figures, the most telling first

function figuresOf(line, told, evidence) {
  const own = told ? ofFinding(line, told, evidence) : [];
  return [...own, ...ofLoss(line, told?.resolved ? null : told), ...(told ? [] : ofForecast(line)), ...ofValidation(line), ...ofRate(line), ...ofGradient(line)];
}

function ofFinding(line, finding, evidence) {
  const when = evidence.whenWas(finding.onset_step);
  const since = when ? f.ago(now() - when) : `told at ${f.at(line.x_axis, finding.fired_step)}`;
  const began = { key: "Began at", value: f.at(line.x_axis, finding.onset_step), note: since };
  const value = f.number(finding.measured);
  if (finding === stalled(line)) {
    const note = `without a line, limit ${f.span(f.number(finding.limit))}`;
    return [{ key: "Silent for", value: f.span(silentFor(line, finding)), note }, began];
  }
  if (finding.rule === "crash") {
    if (line.last_step === null) return [{ key: "Ended at", value: "the start", note: "no figures were logged" }];
    const note = line.planned_steps ? `of ${f.count(line.planned_steps)} planned` : when && since;
    return [{ ...began, key: "Ended at", note }];
  }
  if (!Number.isFinite(value)) {
    const metric = line.metrics[finding.metric];
    const count = metric ? `${f.count(metric.non_finite)} of ${f.plural(metric.count, "value")}` : "";
    return [{ ...began, key: `First ${Number.isNaN(value) ? "NaN" : "infinity"}` }, ...(count ? [{ key: "Not a number", value: f.count(metric.non_finite), note: `of ${f.plural(metric.count, "value")}` }] : [])];
  }
  const limit = f.number(finding.limit) === null ? "" : `limit ${f.figure(finding.limit)}`;
  const unit = prose(finding.unit ?? "");
  return [{ key: "Measured", value: f.figure(value), note: [unit, limit].filter(Boolean).join(", ") }, began];
}

function ofLoss(line, active) {
  const held = active?.metric === "val/loss";
  const name = held ? active.metric : mainLoss(line);
  const loss = name && line.metrics[name];
  if (!loss || loss.best === null || loss.count < 2) return [];
  if (active) {
    const length = line.last_step - loss.best_step;
    const note = `${f.figure(loss.best)} to ${f.figure(loss.last)} in ${f.lengthOf(line.x_axis, length)}`;
    return [{ key: held ? "Best validation" : "Best loss", value: f.figure(loss.best), note: length > 0 ? note : "just now" }];
  }
  const change = f.drift(loss.last, loss.first);
  const note = `${f.figure(loss.first)} to ${f.figure(loss.last)}`;
  return [{ key: "Loss since the start", value: change ?? f.figure(loss.last), note }];
}

function ofForecast({ forecast, x_axis: axis }) {
  if (!forecast) return [];
  const [value, low, high] = [forecast.value, forecast.low, forecast.high].map((one) => f.figure(one));
  return [{ key: `Foretold for ${f.at(axis, forecast.step)}`, value, note: `${low} to ${high}, about 9 in 10` }];
}

function ofValidation(line) {
  const loss = line.metrics["val/loss"];
  const train = line.metrics["train/loss"];
  if (!loss || !train || loss.last === null) return [];
  const gap = f.drift(loss.last, train.last);
  return [{ key: "Validation", value: f.figure(loss.last), note: gap ? `${gap} against train` : `best ${f.figure(loss.best)}` }];
}

function ofRate(line) {
  const lr = line.learning_rate;
  if (lr.value === null) return [];
  return [{ key: "Learning rate", value: f.rate(lr.value), note: scheduleOf(lr.schedule) || "schedule not recognised" }];
}

function ofGradient(line) {
  const norm = line.metrics.grad_norm;
  return norm ? [{ key: "Gradient norm", value: f.figure(norm.last), note: `${f.figure(norm.first)} at the start` }] : [];
}
