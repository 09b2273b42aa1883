// One row of the ward, drawn from one line of the API.

import { now } from "./api.js";
import { root } from "./address.js";
import { setChip } from "./chip.js";
import { arrow, el, say, show, slots, stamp } from "./dom.js";
import { feed } from "./feed.js";
import * as f from "./format.js";
import { acknowledgedBy, mutedBy, notesOf, withdraw } from "./remarks.js";
import { headline } from "./silence.js";
import { sparkline } from "./sparkline.js";
import { loud, mainFinding, muteOf, saidBeside, stateOf } from "./status.js";
import { toast } from "./toast.js";
import { prose } from "./words.js";

/** A row that can be drawn again and again: `{node, link, pick, line, draw(line), age()}`. */
export function makeRow(template) {
  const node = stamp(template);
  const parts = slots(node);
  const { link } = parts;
  const pick = el("input", { type: "checkbox", class: "pick" });
  node.append(pick);
  const row = { node, link, pick, line: null };
  row.draw = (line) => {
    row.line = line;
    const status = stateOf(line);
    node.classList.toggle("muted", status.name === "muted");
    drawUnmute(row, status.name === "muted");
    link.className = `row ${status.tone}`;
    pick.dataset.run = line.id;
    pick.setAttribute("aria-label", `Choose ${f.plain(line.run)}`);
    link.href = `${root}run/${encodeURIComponent(line.id)}`;
    setChip(parts.chip, status);
    say(parts.name, f.brief(line.run));
    link.title = line.run.length > 40 ? f.plain(line.run) : "";
    say(parts.meta, setup(line));
    drawSaid(parts.said, line);
    say(parts.why, why(line));
    parts.why.title = parts.why.textContent.length > 60 ? parts.why.textContent : "";
    const picture = sparkline(line);
    parts.spark.replaceChildren(picture ?? el("span", { class: "spark-none" }, nothingToDraw(line)));
    drawRates(parts, line);
    row.age();
  };
  row.age = () => drawAge(parts, row.line);
  return row;
}

/** The button of a muted row; few rows ever have one. */
function drawUnmute(row, muted) {
  const old = row.node.querySelector(".unmute");
  if (muted === Boolean(old)) return;
  if (!muted) {
    if (document.activeElement === old) row.link.focus();
    old.remove();
    return;
  }
  const act = () => withdraw(row.line, row.line.muted.number).catch((error) => toast("That was not kept", error.message));
  const label = `Unmute ${f.plain(row.line.run)}`;
  row.node.append(el("button", { type: "button", class: "btn small unmute", "aria-label": label, onclick: act }, "Unmute"));
}

/** The headline; where that is of something muted, the worst of what is not. */
function finding(line) {
  const silent = muteOf(line)?.rules ?? [];
  const [worst] = loud(line);
  return worst && silent.includes(mainFinding(line).rule) ? prose(worst.message) : headline(line);
}

/** Who looks after the run, and how much is written of it. */
function drawSaid(place, line) {
  const words = [acknowledgedBy(line), notesOf(line)].filter(Boolean);
  show(place, words.length > 0);
  say(place, words.join(", "));
}

/** "AdamW, batch 256"; where the log does not tell, what kind of log it is. */
export function setup(line) {
  const known = [];
  if (line.optimizer) known.push(f.optimizer(line.optimizer));
  if (line.batch_size) known.push(`batch ${f.count(line.batch_size)}`);
  return known.length ? known.join(", ") : f.format(line.format);
}

function why(line) {
  const muted = mutedBy(line);
  if (muted) return muted;
  if (line.status === "unreadable") return line.problems[0]?.line ? f.at("line", line.problems[0].line) : "";
  return prose(saidBeside(line, mainFinding(line)));
}

function nothingToDraw(line) {
  if (line.status === "unreadable") return "";
  if (line.sparkline.length > 1 && line.sparkline.every((value) => value === null)) return "never a number";
  return line.points ? "too short to draw" : "no points yet";
}

function drawRates(parts, line) {
  const { old, next, keep, why: reason } = rates(line);
  parts.rates.classList.toggle("keep", keep);
  const before = old ? el("span", { class: "old" }, old) : null;
  const after = next ? el("span", { class: "new" }, next) : null;
  const between = before && after ? arrow() : null;
  parts.rates.replaceChildren(...[before, between, after].filter(Boolean));
  say(parts.rateWhy, reason);
}

/** What the row says of the learning rate: now, next, and why in a few words. */
export function rates(line) {
  const lr = line.learning_rate;
  const old = lr.value === null ? "" : f.rate(lr.value);
  if (line.status === "too-short") return { old, next: "", keep: true, why: "too early to say" };
  const changed = lr.factor !== null && Math.abs(lr.factor - 1) > 1e-9;
  const sure = lr.confidence > 0 ? `, ${f.sure(lr.confidence)}` : "";
  if (changed && line.status === "healthy") {
    return { old: old || "–", next: "", keep: true, why: `perhaps ${f.change(lr.factor)}${sure}` };
  }
  if (lr.suggested !== null && changed) {
    return { old, next: f.rate(lr.suggested), keep: false, why: f.change(lr.factor) + sure };
  }
  if (changed) return { old, next: f.change(lr.factor), keep: false, why: `rate not logged${sure}` };
  const sick = line.status === "critical" || line.status === "warning";
  if (lr.verdict === "ok") {
    return { old: old || "–", next: "", keep: true, why: sick ? "not clearly the rate" : `keep${sure}` };
  }
  if (line.status === "unreadable") return { old: "", next: "", keep: true, why: "" };
  if (lr.schedule === "range-test") return { old: "", next: "", keep: true, why: "range test" };
  return { old: old || "–", next: "", keep: true, why: old ? "no verdict yet" : "rate not logged" };
}

function drawAge(parts, line) {
  say(parts.find, finding(line));
  const lost = feed.connection === "lost";
  const silent = now() - line.updated_at;
  const live = line.growing && silent < 60 ? "live" : f.ago(silent);
  parts.beat.className = line.growing && !lost ? "beat" : "";
  say(parts.beat, lost ? f.clock(line.updated_at) : live);
  const share = progress(line);
  show(parts.done, share !== null);
  if (share !== null) parts.done.firstElementChild.style.width = f.percent(share);
}

/** Share of the planned steps that is done, where the log tells the plan. */
export function progress(line) {
  if (!line.planned_steps || line.last_step === null) return null;
  return Math.min(1, Math.max(0, line.last_step / line.planned_steps));
}
