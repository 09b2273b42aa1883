// How long a log has been silent, as of now: the server looks at a quiet log less and less often.

import { now } from "./api.js";
import * as f from "./format.js";
import { mainFinding } from "./status.js";
import { prose } from "./words.js";

/** A healthy log that ended before its plan: the job or the disk, not the rate. */
export function isSilent(line) {
  return !line.growing && !line.ending && Boolean(line.planned_steps) && line.last_step < 0.98 * line.planned_steps;
}

/** The finding that the log is silent, where that is what the run's headline is about; else null. */
export function stalled(line) {
  const finding = mainFinding(line);
  const told = finding?.rule === "stalled" && !finding.resolved && line.headline === finding.message;
  return told ? finding : null;
}

/** Seconds for which nothing has come. */
export function silentFor(line, finding) {
  return f.number(finding.measured) + Math.max(0, now() - line.observed_at);
}

/** The run's headline, true at this moment. */
export function headline(line) {
  const finding = stalled(line);
  if (!finding) return prose(line.headline);
  const since = f.at(line.x_axis, finding.onset_step);
  const ended = finding.severity === "info" ? "; it has ended, or hangs" : "";
  return `No line for ${f.span(silentFor(line, finding))} since ${since}${ended}.`;
}
