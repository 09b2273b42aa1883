// What happened, newest first: findings, the schedule, the best loss, the start.

import { now } from "./api.js";
import { el, icon, show } from "./dom.js";
import * as f from "./format.js";
import { mainLoss, severityOf } from "./status.js";
import { clearOf, needOf, prose, scheduleOf, titleOf } from "./words.js";

const MOST = 14; // entries; a run that spikes every epoch must not bury the rest
const ALIKE = 3; // entries of one kind in a row; more of them become one

export function drawStory(parts, line, evidence) {
  const newest = events(line).sort((a, b) => b.step - a.step || a.order - b.order);
  const entries = gathered(newest, line.x_axis).slice(0, MOST);
  const told = JSON.stringify([entries, entries.map((one) => evidence.whenWas(one.step)), line.x_axis]);
  if (parts.timeline.dataset.told !== told) {
    parts.timeline.dataset.told = told;
    parts.timeline.replaceChildren(...entries.map((one) => entry(one, line, evidence)));
  }
  drawChecked(parts, line);
  drawProblems(parts, line);
}

function events(line) {
  const findings = line.findings.filter((one) => !line.findings.some((other) => grewInto(one, other)));
  return [...findings.map((one) => ofFinding(one, line)), ...schedule(line), ...best(line), ...start(line)];
}

/** The same trouble, told again once it had become worse: one entry is enough. */
function grewInto(one, other) {
  const same = one.rule === other.rule && one.metric === other.metric && one.onset_step === other.onset_step;
  return same && severityOf(other).rank < severityOf(one).rank;
}

/** Many of a kind in a row, newest first, become one entry that spans them all. */
function gathered(entries, axis) {
  const rows = [];
  for (const one of entries) {
    if (rows.at(-1)?.[0].title === one.title) rows.at(-1).push(one);
    else rows.push([one]);
  }
  return rows.flatMap((row) => (row.length > ALIKE ? [spanned(row, axis)] : row));
}

function spanned(row, axis) {
  const [newest, first] = [row[0], row.at(-1)];
  const worst = row.reduce((a, b) => (b.order < a.order ? b : a));
  const since = first.step === newest.step ? "" : ` The first was at ${f.at(axis, first.step)}.`;
  const until = Math.max(...row.map((one) => one.until));
  return { ...worst, step: newest.step, from: first.step, until, title: `${newest.title}, ${f.count(row.length)} times`, text: newest.text + since };
}

function ofFinding(finding, line) {
  const severity = severityOf(finding);
  const lasted = finding.resolved && finding.last_step > finding.onset_step;
  const over = lasted ? ` It held until ${f.at(line.x_axis, finding.last_step)}.` : "";
  const until = finding.resolved ? finding.last_step : line.last_step;
  return {
    order: severity.rank,
    step: finding.onset_step,
    until: Math.max(until, finding.fired_step),
    tone: finding.resolved ? "quiet" : severity.tone,
    icon: severity.icon,
    title: titleOf(finding),
    text: prose(finding.message) + over,
  };
}

function schedule(line) {
  const { schedule: kind, schedule_parameters: parameters, schedule_fit: fit } = line.learning_rate;
  if (!scheduleOf(kind)) return [];
  const told = Object.entries(parameters).map(([name, value]) => `${f.plain(name).replaceAll("_", " ")} ${parameter(name, value)}`);
  const sure = fit === null ? [] : [`fit R² ${Number(fit).toFixed(3)}`];
  const text = [...told, ...sure].join(", ");
  const title = `Schedule recognised: ${scheduleOf(kind)}`;
  const step = line.first_step ?? 0;
  return [{ order: 5, step, tone: "quiet", icon: "flag", title, text: text ? `${f.capital(text)}.` : "" }];
}

function parameter(name, value) {
  return /step|epoch|period|cycle/.test(name) ? f.count(f.number(value) ?? 0) : f.rate(value);
}

function best(line) {
  const name = mainLoss(line);
  const loss = name && line.metrics[name];
  if (!loss || loss.best === null || loss.best_step === line.first_step) return [];
  const title = loss.best_step === line.last_step ? "Best loss so far" : "Best loss";
  const text = `${f.figure(loss.best)}, from ${f.figure(loss.first)} at the start.`;
  return [{ order: 4, step: loss.best_step, tone: "ok", icon: "ok", title, text }];
}

function start(line) {
  const name = mainLoss(line);
  const loss = name && line.metrics[name];
  if (!loss) return [];
  return [{ order: 6, step: line.first_step, tone: "quiet", icon: "pulse", title: "Started", text: `First loss ${f.figure(loss.first)}.` }];
}

function entry(event, line, evidence) {
  const time = evidence.whenWas(event.step);
  const when = `${f.at(line.x_axis, event.step)}${time ? `, ${f.ago(now() - time)}` : ""}`;
  const badge = el("span", { class: `badge ${event.tone}` }, icon(event.icon));
  const words = el(
    "span",
    {},
    el("span", { class: "title" }, event.title),
    el("span", { class: "when" }, when),
    event.text ? el("span", { class: "text" }, event.text) : null,
  );
  const attributes = { class: "event", type: "button", title: "Show this in the chart" };
  const button = el("button", attributes, badge, words);
  button.addEventListener("click", () => evidence.zoomTo(event.from ?? event.step, event.until ?? event.step));
  return el("li", {}, button);
}

function drawChecked(parts, line) {
  const young = line.status === "too-short"; // nothing was found because nothing could be yet
  // A log that says why it ended does not keep coming.
  const checked = line.checked.filter((rule) => !(line.ending && rule === "stalled"));
  const rows = (young ? [] : checked).map((rule) => el("li", {}, icon("ok"), el("span", {}, clearOf(rule))));
  parts.checked.replaceChildren(...rows);
  show(parts.also, rows.length > 0);
  const blind = new Map();
  for (const [rule, needs] of Object.entries((young ? null : line.unchecked) ?? {})) {
    const need = needOf(needs);
    blind.set(need, [...(blind.get(need) ?? []), f.plain(rule).replaceAll("-", " ")]);
  }
  const untold = [...blind].map(([need, names]) => el("li", {}, el("span", {}, el("b", {}, need), `: ${names.join(", ")}`)));
  parts.unchecked.replaceChildren(...untold);
  show(parts.blind, untold.length > 0);
}

function drawProblems(parts, line) {
  const rows = line.problems.slice(0, 20).map((one) => {
    const file = one.path.split("/").at(-1);
    const place = one.line ? `${f.plain(file)}:${one.line}` : f.plain(file);
    return el("li", { class: "warn" }, icon("warn"), el("span", {}, el("span", { class: "place" }, place), ` ${f.plain(one.what)}`));
  });
  if (line.problems.length > 20) rows.push(el("li", {}, `and ${f.count(line.problems.length - 20)} more`));
  parts.problems.replaceChildren(...rows);
  show(parts.misread, rows.length > 0);
}
