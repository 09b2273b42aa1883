// What people say of runs, in words; who says it is asked once and kept in this browser.

import { now, remark } from "./api.js";
import { feed } from "./feed.js";
import { capital, clock, plain, plural, span } from "./format.js";
import { muteOf } from "./status.js";

const NAME = "lrdoctor-author";
let name = null; // where the browser keeps nothing, as long as the page is open

/** The reader's name; "" for none, null where it was never asked. */
export function author() {
  try {
    return localStorage.getItem(NAME) ?? name;
  } catch {
    return name;
  }
}

export function setAuthor(text) {
  name = text.trim();
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Storage is forbidden here: asked again on the next visit.
  }
}

/** Says something of a run; the page draws it when the feed brings it back. */
export async function tell(line, kind, more = {}) {
  await remark({ run: line.id, kind, author: author() ?? "", ...more });
  feed.retry();
}

/** Says the same of each of these runs that has anything to say it of. */
export async function tellEach(lines, kind, more) {
  for (const line of lines) await remark({ run: line.id, kind, author: author() ?? "", ...more });
  feed.retry();
}

export function withdraw(line, number) {
  return tell(line, "withdraw", { of: number });
}

export function nameOf({ author: by }) {
  return plain(by) || "somebody";
}

/** Several lines of text, with hidden characters visible. */
export function textOf({ text }) {
  return text.split("\n").map(plain).join("\n");
}

/** "seen by Ada", or "". */
export function acknowledgedBy(line) {
  return line.acknowledged ? `seen by ${nameOf(line.acknowledged)}` : "";
}

/** "2 notes", or "". */
export function notesOf(line) {
  const n = line.remarks.filter((one) => one.kind === "note").length;
  return n ? plural(n, "note") : "";
}

/** "Muted by Ada: a data fault", or "". */
export function mutedBy(line) {
  const muted = muteOf(line);
  if (!muted) return "";
  const what = muted.status === "muted" ? "Muted" : `${rulesOf(muted)} muted`;
  return `${what} by ${nameOf(muted)}: ${textOf(muted).replaceAll("\n", " ")}`;
}

/** The muted rules, as a sentence begins: "Divergence, spike". */
export function rulesOf({ rules }) {
  return capital(rules.map((rule) => plain(rule).replaceAll("-", " ")).join(", "));
}

/** When a mute ends: "until it gets worse, for another 3 h at most". */
export function endOf({ until }) {
  if (until === null) return "until it gets worse";
  const left = until - now();
  return left > 0 ? `until it gets worse, for another ${span(left)} at most` : `until ${clock(until)}`;
}
