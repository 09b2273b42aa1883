// A run's state: word, colour and icon, worst first. Never colour alone.

export const STATUSES = [
  { name: "critical", word: "Critical", tone: "crit", icon: "crit" },
  { name: "warning", word: "Warning", tone: "warn", icon: "warn" },
  { name: "watching", word: "Watching", tone: "watch", icon: "watch" },
  { name: "healthy", word: "Healthy", tone: "ok", icon: "ok" },
  { name: "too-short", word: "Too short", tone: "quiet", icon: "clock" },
  { name: "unreadable", word: "Unreadable", tone: "quiet", icon: "file" },
];
STATUSES.forEach((status, rank) => Object.assign(status, { rank }));

const BY_NAME = new Map(STATUSES.map((status) => [status.name, status]));

export function statusOf(line) {
  return BY_NAME.get(line.status) ?? STATUSES.at(-1);
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
const TOLD = ["nan", "divergence", "zero-learning-rate", "exploding-gradient", "flat", "overfitting", "oscillation", "spike", "plateau", "resume"];

function toldFirst(finding) {
  const place = TOLD.indexOf(finding.rule);
  return place < 0 ? TOLD.length : place;
}

/** The finding behind the headline: unresolved before resolved, then the worst. */
export function mainFinding(line) {
  return [...line.findings].sort(
    (a, b) =>
      a.resolved - b.resolved ||
      severityOf(a).rank - severityOf(b).rank ||
      toldFirst(a) - toldFirst(b) ||
      a.onset_step - b.onset_step,
  )[0];
}

/** The loss that the diagnosis is about: its name in `metrics`, or null. */
export function mainLoss(line) {
  const names = Object.keys(line.metrics);
  for (const name of ["train/loss", "val/loss"]) if (names.includes(name)) return name;
  return names.find((name) => /loss/i.test(name)) ?? null;
}

/** Sickest first; among equals the growing, the surest, the name. */
export function sickest(a, b) {
  return (
    statusOf(a).rank - statusOf(b).rank ||
    b.growing - a.growing ||
    surety(b) - surety(a) ||
    a.run.localeCompare(b.run, "en", { numeric: true })
  );
}

function surety(line) {
  return Math.round((mainFinding(line)?.confidence ?? 0) * 20);
}
