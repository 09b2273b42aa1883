// No such page or run: the runs whose names come nearest to what the address says.

import { root } from "./address.js";
import { el, say, show, slots } from "./dom.js";
import { feed } from "./feed.js";
import { brief, plain } from "./format.js";
import { chip } from "./chip.js";
import { bySickness } from "./status.js";

const MOST = 5;

export function mount(page) {
  const asked = decodeURIComponent(page.dataset.path.split("/").at(-1));
  const update = () => sayMissing(page, { asked, isRun: page.dataset.path.startsWith("run/") });
  feed.addEventListener("change", update);
  update();
  return () => feed.removeEventListener("change", update);
}

/** Fills the card in `place` for the name `asked`. */
export function sayMissing(place, { asked, isRun }) {
  const parts = slots(place);
  const name = plain(asked).slice(0, 80);
  say(parts.missing, isRun ? `There is no run ${name}` : "There is no page here");
  say(
    parts.missingWhy,
    isRun
      ? "Its log may have been moved or deleted, or this lrdoctor watches another folder."
      : `Nothing lies under /${plain(place.dataset.path ?? "").slice(0, 120)}.`,
  );
  parts.back.setAttribute("href", root);
  const near = nearest(asked, [...feed.runs.values()]);
  show(parts.nearTitle, near.length > 0);
  parts.near.replaceChildren(...near.map(entry));
}

function entry(line) {
  const name = el("b", { title: plain(line.run) }, brief(line.run));
  const state = el("small", {}, line.growing ? "growing" : "");
  const link = el("a", { href: `${root}run/${encodeURIComponent(line.id)}` }, chip(line), name, state);
  return el("li", {}, link);
}

function nearest(asked, lines) {
  const wanted = asked.toLowerCase();
  const scored = lines.map((line) => {
    const names = [line.run, ...line.run.split("/"), line.id].map((one) => one.toLowerCase());
    return { line, gap: Math.min(...names.map((one) => gapBetween(wanted, one))) };
  });
  const limit = Math.max(2, wanted.length * 0.45);
  const close = scored.filter((one) => one.gap <= limit).sort((a, b) => a.gap - b.gap);
  return (close.length ? close : bySickness(scored, (one) => one.line)).slice(0, MOST).map((one) => one.line);
}

/** Half a name counts as nearly right: people cut names off. */
function gapBetween(wanted, name) {
  const begin = distance(wanted, name.slice(0, wanted.length)) + 0.5;
  return Math.min(distance(wanted, name.slice(0, 80)), begin);
}

/** Letters to change, add or drop to turn one word into the other. */
function distance(a, b) {
  const [left, right] = [[...a].slice(0, 80), [...b]];
  let before = right.map((_, i) => i + 1);
  before.unshift(0);
  for (const [i, letter] of left.entries()) {
    const row = [i + 1];
    for (const [j, other] of right.entries()) {
      row.push(Math.min(row[j] + 1, before[j + 1] + 1, before[j] + (letter === other ? 0 : 1)));
    }
    before = row;
  }
  return before.at(-1);
}
