// The ward's first sentence: what the reader most wants to know.

import { clock, count, plural } from "./format.js";
import { mainFinding, stateOf } from "./status.js";

/** The heading and the line under it, for all known lines. */
export function answer(lines, { reading, lost, heardAt }) {
  if (reading) return readingWords(reading);
  const growing = lines.filter((line) => line.growing);
  const sick = { critical: [], warning: [], watching: [], healthy: [], muted: [] };
  for (const line of growing) sick[stateOf(line).name]?.push(line);
  const title = lost ? past(sick, growing, lines, clock(heardAt / 1000)) : present(sick, growing, lines);
  const sub = lost
    ? "What you see is the last state received. Your training is not affected; only this page lost its server."
    : [sharedCause(lines), silenced(lines)].filter(Boolean).join(" ");
  return { title, sub };
}

/** How many runs are listed, of how many where only some are. */
export function listed(passing, all, { narrowed, reading, lost }) {
  const runs = narrowed ? `${count(passing)} of ${plural(all, "run")}` : plural(all, "run");
  if (reading || lost) return narrowed ? `${runs}.` : "";
  return `${runs}, sickest first.`;
}

function readingWords({ files, files_read: read }) {
  return {
    title: `Reading your logs: ${count(read)} of ${plural(files, "file")}`,
    sub: "The sickest so far are below, and the order may still change. You can open any of them now.",
  };
}

/** The growing runs first; beside them, those that ended badly and nobody has looked after. */
function present(sick, growing, lines) {
  if (!growing.length) return ended(lines);
  const lost = lines.filter((line) => !line.growing && isAlone(line) && stateOf(line).name === "critical").length;
  const live = ofGrowing(sick, growing, lost ? WORDS_BESIDE : WORDS);
  return lost ? `${live}; ${count(lost)} ended badly` : live;
}

const WORDS = { nobody: "Nothing needs you", calm: "Nothing is wrong" };
const WORDS_BESIDE = { nobody: "No live run needs you", calm: "No live run is in trouble" };

function ofGrowing(sick, growing, { nobody, calm }) {
  const n = growing.length;
  const { watching, healthy, muted } = sick;
  const critical = sick.critical.filter(isAlone);
  const warning = sick.warning.filter(isAlone);
  const cared = sick.critical.length + sick.warning.length - critical.length - warning.length;
  if (critical.length) return critical.length === 1 ? "1 run needs you now" : `${count(critical.length)} runs need you now`;
  if (warning.length) return warning.length === 1 ? "1 run is worth a look" : `${count(warning.length)} runs are worth a look`;
  if (cared) return `${nobody}: ${plural(cared, "sick run is", "sick runs are")} looked after`;
  if (muted.length === n) return `${nobody}: ${plural(n, "live run is", "live runs are")} muted`;
  if (healthy.length === n && n < 3) return n === 1 ? "The live run looks healthy" : "Both live runs look healthy";
  if (healthy.length === n) return `All ${count(n)} live runs look healthy`;
  if (watching.length) return `${calm}; ${plural(watching.length, "run")} to keep an eye on`;
  if (n > muted.length && muted.length) return `${calm} beside what is muted`;
  return n === 1 ? "The live run is too young to judge" : `${calm} so far`;
}

/** Whether nobody looks after the run. */
function isAlone(line) {
  return !line.acknowledged;
}

/** How many runs people look after, and how many they have muted. */
function silenced(lines) {
  const cared = lines.filter((line) => line.acknowledged && stateOf(line).rank < 2).length;
  const muted = lines.filter((line) => stateOf(line).name === "muted").length;
  const are = (n, what) => (n ? `${plural(n, "run is", "runs are")} ${what}.` : "");
  return [are(cared, "looked after"), are(muted, "muted")].filter(Boolean).join(" ");
}

function ended(lines) {
  const bad = lines.filter((line) => stateOf(line).name === "critical").length;
  const costly = lines.filter((line) => stateOf(line).name === "warning").length;
  if (bad) return `No run is growing; ${count(bad)} of ${count(lines.length)} ended badly`;
  if (costly) return `No run is growing; ${count(costly)} of ${count(lines.length)} could have done better`;
  return "No run is growing, and none ended badly";
}

function past(sick, growing, lines, when) {
  const n = sick.critical.length;
  if (n) return `${n === 1 ? "1 run" : `${count(n)} runs`} needed you at ${when}`;
  if (sick.warning.length) return `${plural(sick.warning.length, "run was", "runs were")} worth a look at ${when}`;
  if (growing.length) return `No live run needed you at ${when}`;
  return ended(lines);
}

const CAUSES = { too_high: "the learning rate is too high", too_low: "the learning rate is too low" };

/** What the critical runs have in common, where it is one thing. */
function sharedCause(lines) {
  const critical = lines.filter((line) => stateOf(line).name === "critical");
  if (critical.length < 2) return "";
  const who = critical.length === 2 ? "Both critical runs" : `All ${count(critical.length)} critical runs`;
  const verdicts = new Set(critical.map((line) => line.learning_rate.verdict));
  const cause = verdicts.size === 1 ? CAUSES[[...verdicts][0]] : undefined;
  if (cause) return `${who} share one cause: ${cause}.`;
  const rules = new Set(critical.map((line) => mainFinding(line)?.rule));
  const rule = rules.size === 1 ? [...rules][0] : undefined;
  return rule ? `${who} show the same: ${rule.replaceAll("-", " ")}.` : "";
}
