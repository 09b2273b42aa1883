// The suggested change, as big as the problem: a rate, what to do around it, lines to paste.

import { arrow, copy, el, icon, say, show } from "./dom.js";
import * as f from "./format.js";
import { mainFinding } from "./status.js";
import { prose, sentence } from "./words.js";

const FRAMEWORKS = {
  pytorch: "PyTorch",
  keras: "Keras",
  huggingface: "Hugging Face",
  lightning: "Lightning",
  optax: "Optax",
};
const REMEMBERED = "lrdoctor-framework";

export function drawChange(parts, line) {
  const lr = line.learning_rate;
  const early = line.status === "too-short";
  const changed = !early && lr.factor !== null && Math.abs(lr.factor - 1) > 1e-9;
  const well = line.status === "healthy"; // what may do better still is no change to make now
  const kind = changed && !well ? "" : well || (!early && lr.verdict === "ok" && !isSick(line)) ? "keep" : "unknown";
  parts.swap.className = `swap ${kind}`;
  parts.swap.replaceChildren(...swap(lr, changed, line));
  const reason = early ? "" : reasonOf(line, changed, well);
  say(parts.reason, reason);
  show(parts.reason, Boolean(reason));
  drawTodo(parts.todo, line.advice);
  drawSnippets(parts, changed ? lr.snippets : {});
  drawRange(parts.range, early ? { low: null, high: null, confidence: 0 } : lr, changed);
}

function reasonOf(line, changed, well) {
  const { learning_rate: lr } = line;
  const reason = prose(lr.reason);
  const later = well || endedApart(line);
  const said = changed && later ? `For a next run: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}` : reason;
  return changed && lr.suggested === null ? `${said} Log the rate beside the loss, as lr, and this names the one to use.` : said;
}

/** Whether the training died of what no rate brings about. */
function endedApart(line) {
  return mainFinding(line)?.rule === "crash" && line.ending !== null && line.ending.kind !== "not-finite";
}

function swap(lr, changed, line) {
  const old = lr.value === null ? null : el("span", { class: "old" }, f.rate(lr.value));
  const next = (text) => el("span", { class: "new" }, text);
  const size = (text) => el("span", { class: "size" }, text);
  if (changed && line.status === "healthy") {
    const rates = lr.suggested === null || !old ? f.change(lr.factor) : `${f.rate(lr.value)} → ${f.rate(lr.suggested)}`;
    return [next("None needed"), size(`perhaps ${rates}`)];
  }
  if (changed && lr.suggested !== null) {
    return [old, old ? arrow() : null, next(f.rate(lr.suggested)), size(f.change(lr.factor))].filter(Boolean);
  }
  if (changed) return [next(f.change(lr.factor)), size("the rate is not in the log")];
  if (line.status === "too-short") return [next("Too early to say")];
  if (lr.verdict === "ok" && isSick(line)) {
    return [next("Not clearly the rate"), lr.value === null ? null : size(`now ${f.rate(lr.value)}`)].filter(Boolean);
  }
  if (lr.verdict === "ok") {
    return [next("None"), size(lr.value === null ? "keep the learning rate" : `keep ${f.rate(lr.value)}`)];
  }
  return [next("No verdict on the rate")];
}

function isSick(line) {
  return line.status === "critical" || line.status === "warning";
}

function drawTodo(list, advice) {
  const entries = advice
    .filter((one) => one.action !== "lower-lr" && one.action !== "raise-lr")
    .map((one) => el("li", {}, icon("target"), el("span", {}, el("b", {}, actionOf(one)), ` ${prose(one.reason)}`)));
  list.replaceChildren(...entries);
  show(list, entries.length > 0);
}

const ACTIONS = {
  "decay-lr": "Lower the rate from here on.",
  "lengthen-warmup": "Lengthen the warmup.",
  "clip-gradients": "Clip the gradients.",
  "smaller-batch": "Make the batch smaller.",
  "restore-checkpoint": "Go back.",
  stop: "Stop here.",
  wait: "Wait.",
  "fix-data": "Look at the data.",
  regularise: "Regularise.",
};

function actionOf(advice) {
  return ACTIONS[advice.action] ?? `${f.words(advice.action)}.`;
}

/** Tabs of frameworks over the lines to paste; the choice is remembered. */
export function drawSnippets(parts, snippets) {
  const known = Object.keys(FRAMEWORKS).filter((name) => snippets[name]);
  show(parts.snippets, known.length > 0);
  if (!known.length) return;
  const text = JSON.stringify(snippets);
  if (parts.snippets.dataset.shown === text) return;
  parts.snippets.dataset.shown = text;
  const remembered = recall();
  const choose = (name, focus) => {
    for (const tab of parts.tabs.children) {
      const on = tab.dataset.framework === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
    }
    say(parts.code, snippets[name].trimEnd());
  };
  parts.tabs.replaceChildren(...known.map((name) => tab(name, known, choose)));
  choose(known.includes(remembered) ? remembered : known[0]);
  parts.copySnippet.onclick = () => copy(parts.copySnippet, parts.code.textContent);
}

function tab(name, known, choose) {
  const button = el("button", { type: "button", role: "tab", "data-framework": name }, FRAMEWORKS[name]);
  button.addEventListener("click", () => {
    keep(name);
    choose(name);
  });
  button.addEventListener("keydown", (event) => {
    const at = known.indexOf(name);
    const place = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    const next = known.at(place % known.length);
    keep(next);
    choose(next, true);
  });
  return button;
}

function recall() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null; // storage is forbidden here
  }
}

function keep(name) {
  try {
    localStorage.setItem(REMEMBERED, name);
  } catch {
    // Storage is forbidden here: the choice holds for this view.
  }
}

function drawRange(line, lr, changed) {
  const known = lr.low !== null && lr.high !== null;
  const sure = lr.confidence > 0 ? `${f.sure(lr.confidence)} that the rate is ${VERDICTS[lr.verdict]}.` : "";
  const range = known ? [el("b", {}, `${f.rate(lr.low, 2)} to ${f.rate(lr.high, 2)}`), changed ? " is worth trying. " : " is as good. "] : [];
  line.replaceChildren(...range, sentence(sure));
  show(line, known || Boolean(sure));
}

const VERDICTS = { too_high: "too high", too_low: "too low", ok: "about right", unknown: "not to be judged" };
