// A run's state: word, colour and icon, worst first. Never colour alone.

import { now } from "./api.js";

export const STATUSES = [
  { name: "critical", word: "Critical", tone: "crit", icon: "crit" },
  { name: "warning", word: "Warning", tone: "warn", icon: "warn" },
  { name: "watching", word: "Watching", tone: "watch", icon: "watch" },
  { name: "healthy", word: "Healthy", tone: "ok", icon: "ok" },
  { name: "too-short", word: "Too short", tone: "quiet", icon: "clock" },
  { name: "unreadable", word: "Unreadable", tone: "quiet", icon: "file" },
  // Not said by the rules but by people: what is found shall not alarm.
  { name: "muted", word: "Muted", tone: "quiet", icon: "mute" },
];
STATUSES.forEach((status, rank) => Object.assign(status, { rank }));

const BY_NAME = new Map(STATUSES.map((status) => [status.name, status]));

/** What the rules say of the run. */
export function statusOf(line) {
  return BY_NAME.get(line.status) ?? BY_NAME.get("unreadable");
}

/** What the run counts as among others: what the rules say, without what is muted. */
export function stateOf(line) {
  return BY_NAME.get(muteOf(line)?.status) ?? statusOf(line);
}

/** The mute that holds now, or null; it may end by the clock before the server is asked again. */
export function muteOf(line) {
  const { muted } = line;
  return muted && (muted.until === null || now() < muted.until) ? muted : null;
}

/** The findings that alarm: unresolved, and more than worth knowing. */
export function troubles(line) {
  return inOrder(line).filter((one) => !one.resolved && one.severity !== "info");
}

/** What alarms though something is muted. */
export function loud(line) {
  const silent = muteOf(line)?.rules ?? [];
  return troubles(line).filter((one) => !silent.includes(one.rule));
}

const SEVERITIES = {
  critical: { rank: 0, tone: "crit", icon: "crit" },
  warning: { rank: 1, tone: "warn", icon: "warn" },
  info: { rank: 2, tone: "watch", icon: "watch" },
};

export function severityOf(finding) {
  return SEVERITIES[finding.severity] ?? SEVERITIES.info;
}

// The order in which the diagnosis itself tells several symptoms: lrdoctor/doctor.py, _ORDER.
const TOLD = ["nan", "divergence", "crash", "zero-learning-rate", "exploding-gradient", "flat", "overfitting", "oscillation", "spike", "plateau", "resume"];

function toldFirst(finding) {
  const place = TOLD.indexOf(finding.rule);
  return place < 0 ? TOLD.length : place;
}

/** The finding that the headline tells; null where it tells of none. */
export function toldFinding(line) {
  return line.findings[line.told] ?? null;
}

/** The finding behind the headline; where that tells of none, the worst that stands. */
export function mainFinding(line) {
  return toldFinding(line) ?? inOrder(line)[0];
}

/** What a finding says beside the headline; "" where that says it. */
export function saidBeside(line, finding) {
  // What a plateau may still win it says of the step at which it was found; the headline, of now.
  const again = finding?.rule === "plateau" && line.forecast;
  return !finding || again || finding.message === line.headline ? "" : finding.message;
}

/** The findings in the order in which they are told: unresolved first, then the worst. */
function inOrder(line) {
  return [...line.findings].sort(
    (a, b) =>
      a.resolved - b.resolved ||
      severityOf(a).rank - severityOf(b).rank ||
      toldFirst(a) - toldFirst(b) ||
      a.onset_step - b.onset_step,
  );
}

/** The loss that the diagnosis is about: its name in `metrics`, or null. */
export function mainLoss(line) {
  const names = Object.keys(line.metrics);
  for (const name of ["train/loss", "val/loss"]) if (names.includes(name)) return name;
  return names.find((name) => /loss/i.test(name)) ?? null;
}

const NAMES = new Intl.Collator("en", { numeric: true });

/**
 * Sickest first; among equals those that nobody looks after, the growing, the surest, the name.
 * `lineOf` gives the line of each of `all`.
 */
export function bySickness(all, lineOf) {
  const keyed = all.map((one) => {
    const line = lineOf(one);
    return { one, name: line.run, key: [stateOf(line).rank, Boolean(line.acknowledged), !line.growing, -surety(line)] };
  });
  keyed.sort((a, b) => {
    const place = a.key.findIndex((value, i) => value !== b.key[i]);
    return place < 0 ? NAMES.compare(a.name, b.name) : a.key[place] - b.key[place];
  });
  return keyed.map(({ one }) => one);
}

function surety(line) {
  return Math.round((mainFinding(line)?.confidence ?? 0) * 20);
}
