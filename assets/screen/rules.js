// The Rules page: on how many of the runs at hand each rule fires now.

import { say } from "./dom.js";
import { feed } from "./feed.js";
import { count } from "./format.js";

export function mountRules(page) {
  const cells = [...page.querySelectorAll("[data-count-of]")];
  const update = () => {
    const firing = new Map();
    for (const line of feed.runs.values()) {
      const rules = new Set(line.findings.filter((one) => !one.resolved).map((one) => one.rule));
      for (const rule of rules) firing.set(rule, (firing.get(rule) ?? 0) + 1);
    }
    for (const cell of cells) {
      const runs = firing.get(cell.dataset.countOf) ?? 0;
      cell.dataset.firing = String(runs > 0);
      say(cell, feed.runs.size ? `on ${count(runs)} of ${count(feed.runs.size)} runs` : "");
    }
  };
  feed.addEventListener("change", update);
  update();
  openNamed(page);
  return () => feed.removeEventListener("change", update);
}

/** A link to #rule-plateau opens that rule's page. */
function openNamed(page) {
  const named = location.hash && page.querySelector(`#${CSS.escape(location.hash.slice(1))}`);
  if (!named) return;
  named.open = true;
  named.scrollIntoView();
}
