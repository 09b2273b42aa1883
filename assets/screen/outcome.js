// What became of a run at its rate: one colour language for Compare, Range test and Playground.

export const OUTCOMES = {
  too_low: { word: "too low", tone: "watch", symbol: "circle" },
  good: { word: "good", tone: "ok", symbol: "circle" },
  too_high: { word: "too high", tone: "warn", symbol: "circle" },
  diverged: { word: "diverged", tone: "crit", symbol: "x" },
  broken: { word: "broken, not clearly by its rate", tone: "quiet", symbol: "x" },
};

/** Whether it came to an end that stands beside the others' ends. */
export function isWhole(trial) {
  return trial.outcome !== "diverged" && trial.outcome !== "broken";
}

export function outcomeOf(trial) {
  return OUTCOMES[trial.outcome];
}
