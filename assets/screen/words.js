// Sentences from the server, with figures as people write them, and rules' names in headings.

import { capital, count, plain } from "./format.js";

const SUBJECTS = {
  "train/loss": "The training loss",
  "val/loss": "The validation loss",
  "train/accuracy": "The training accuracy",
  "val/accuracy": "The validation accuracy",
  grad_norm: "The gradient norm",
  lr: "The learning rate",
};

const METRIC = /(^|[ (])(train\/loss|val\/loss|train\/accuracy|val\/accuracy|grad_norm|^lr)(?=[ .,;:)]|$)/g;

/** "train/loss rose since step 3180" -> "The training loss rose since step 3,180" */
export function prose(text) {
  const told = plain(text).replace(METRIC, (_, before, name) => {
    return before + (before ? SUBJECTS[name].replace("The", "the") : SUBJECTS[name]);
  });
  const counted = told.replace(/\b(step|epoch|row|line|of|from|to) (\d{4,15})\b/gi, (_, word, n) => {
    return `${word} ${count(Number(n))}`;
  });
  return counted.replace(/(\d) %/g, "$1\u00a0%"); // a figure and its unit stay on one line
}

/** With a capital at its head and a full stop at its end. */
export function sentence(text) {
  return capital(text.trim().replace(/(?<=[^.])$/, "."));
}

const TITLES = {
  __proto__: null,
  nan: "Loss is not a number",
  divergence: "Diverging",
  flat: "Loss is flat",
  plateau: "Progress ended",
  oscillation: "Swinging",
  spike: "Loss spike",
  overfitting: "Overfitting",
  "unstable-accuracy": "Accuracy unstable",
  "exploding-gradient": "Gradient norm exploding",
  "vanishing-gradient": "Gradient norm vanishing",
  slow: "Learning slowly",
  "zero-learning-rate": "Learning rate is zero",
  "schedule-mismatch": "Schedule does not fit the plan",
  clipping: "Gradients always clipped",
  resume: "Resumed",
  stalled: "Log went quiet",
  crash: "Training died",
  "hidden-nan": "NaN in parts",
};

/** A finding's heading; other packages' rules keep their own names. */
export function titleOf({ rule, metric }) {
  if (rule === "nan" && metric !== "train/loss") return `${metricOf(metric)} is not a number`;
  const name = plain(rule).replaceAll("-", " ");
  return TITLES[rule] ?? capital(name);
}

const LABELS = {
  __proto__: null,
  divergence: "diverging from",
  flat: "flat since",
  plateau: "no progress since",
  oscillation: "swinging since",
  spike: "spike at",
  crash: "died at",
  overfitting: "overfitting from",
};

/** What stands beside the onset in a chart, without the step: "flat since"; once it is over, "flat,". */
export function labelOf(finding) {
  return finding.resolved ? present(finding).replace(/ (from|since|at)$/, ",") : present(finding);
}

function present({ rule, measured }) {
  if (rule === "nan") return measured === "nan" ? "NaN from" : "infinite from";
  return LABELS[rule] ?? `${plain(rule).replaceAll("-", " ")} from`;
}

const CLEAR = {
  __proto__: null,
  nan: "No NaN, no infinity",
  divergence: "No divergence",
  flat: "Not flat: the loss moves",
  plateau: "No plateau",
  oscillation: "No swinging beyond the noise",
  spike: "No spikes",
  overfitting: "No overfitting",
  "exploding-gradient": "Gradient norm under control",
  "vanishing-gradient": "Gradient norm alive",
  "zero-learning-rate": "Learning rate never zero",
  slow: "Not too slow",
  resume: "Never resumed",
  clipping: "Few steps clipped",
  stalled: "The log keeps coming",
  crash: "No crash in the log",
  "hidden-nan": "No NaN in hiding",
  "schedule-mismatch": "The rate follows its schedule",
  "unstable-accuracy": "Accuracy steady",
};

export function clearOf(rule) {
  return CLEAR[rule] ?? `No ${plain(rule).replaceAll("-", " ")}`;
}

const NEEDS = {
  __proto__: null,
  loss: "any loss",
  "val/loss": "validation loss",
  "train/accuracy": "accuracy",
  "val/accuracy": "accuracy",
  grad_norm: "gradient norm",
  lr: "learning rate",
};

/** What a rule would have to be given, one of several metrics: "gradient norm". */
export function needOf(names) {
  return [...new Set(names.map((name) => NEEDS[name] ?? plain(name)))].join(" or ");
}

const METRICS = {
  __proto__: null,
  "train/loss": "Train loss",
  "val/loss": "Validation",
  "train/accuracy": "Train accuracy",
  "val/accuracy": "Val. accuracy",
  lr: "Learning rate",
  grad_norm: "Gradient norm",
};

export function metricOf(name) {
  return METRICS[name] ?? plain(name);
}

/** "warmup-cosine" -> "warmup, cosine" */
export function scheduleOf(kind) {
  if (!kind || kind === "unknown") return "";
  return plain(kind).replace("warmup-", "warmup, ").replaceAll("-", " ");
}
