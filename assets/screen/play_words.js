// What the playground says of a roll: the word of the project's own rules on the ball's loss, and
// beside it what the ball does, which no log shows. Without a server the ball's own word stands in.

import { count, figure, percent, plural } from "./format.js";
import { isInDip, limit, slope, turns } from "./play_ball.js";

const FEW = 3; // steps before which nothing can be said
const THERE = 0.02; // of the first loss: the ball is at the bottom

/**
 * What the rules say, as a word of this page: `told` is the answer of /api/diagnose. Two words the
 * loss alone cannot tell: whether the ball jumps over the bottom, and which bottom it lies in.
 */
export function wordOf({ word }, state, way) {
  const n = way.x.length - 1;
  if (n < FEW) return "ready";
  const high = bounces(way) ? "bounce" : "large";
  const settled = isCaught(way, state) ? "caught" : "right";
  return { early: "early", lost: "diverge", swinging: "bounce", stuck: "small", low: "small", high, ok: settled }[word] ?? "unclear";
}

function bounces({ x }) {
  return turns(x) / Math.max(1, x.length - 2) > 0.6;
}

function isCaught({ x, loss }, state) {
  const n = x.length - 1;
  return loss[n] > THERE * loss[0] && isInDip(x[n]) && Math.abs(slope(x[n], state)) < 0.15 && n > 8;
}

/** The ball's own word: ready, small, right, bounce, diverge or caught. */
export function judge(state, way) {
  const { x, loss } = way;
  const n = x.length - 1;
  if (n < FEW) return "ready";
  const first = loss[0];
  const last = loss[n];
  const top = limit(state);
  if (!Number.isFinite(last) || last > first * 1.25) return "diverge";
  if (top && state.sch === "constant" && state.lr > top && last > loss[Math.max(1, n - 4)]) return "diverge";
  if (last < THERE * first) return "right";
  if (isCaught(way, state)) return "caught";
  if (bounces(way) && n > 5) return "bounce";
  return last > 0.35 * first && n > 8 ? "small" : "right";
}

export const WORDS = {
  ready: { tone: "quiet", icon: "clock", word: "Ready" },
  small: { tone: "watch", icon: "watch", word: "Too small" },
  right: { tone: "ok", icon: "ok", word: "About right" },
  bounce: { tone: "warn", icon: "warn", word: "Bouncing" },
  diverge: { tone: "crit", icon: "crit", word: "Diverging" },
  caught: { tone: "watch", icon: "watch", word: "Caught in a local minimum" },
  large: { tone: "warn", icon: "warn", word: "Too large" },
  early: { tone: "quiet", icon: "clock", word: "Too early to say" },
  unclear: { tone: "quiet", icon: "clock", word: "Not clear yet" },
};

export function why(word, way) {
  const { x, loss } = way;
  const n = x.length - 1;
  const done = percent(Math.max(0, 1 - loss[n] / loss[0]));
  const hit = loss.findIndex((one) => one < THERE * loss[0]);
  const jumped = hit < 0 ? "The ball jumps from wall to wall, but the loss falls, and the rules see only the loss." : "On its way the ball jumped from wall to wall: the rules see only that the loss came down.";
  const jumps = bounces(way) ? ` ${jumped}` : "";
  return {
    ready: "Press Play to let the ball roll, or One step to go slowly.",
    small: `${plural(n, "step")}, and the ball has come only ${done} of the way down. It will get there, just not tonight.`,
    right: (hit < 0 ? `Moving well: ${done} of the way down after ${plural(n, "step")}.` : `At the bottom, to within 2%, after ${plural(hit, "step")}.`) + jumps,
    bounce: "Each step jumps clean over the bottom to the other wall. It hardly loses height.",
    diverge: `Each step lands higher than the one before. After ${plural(n, "step")} the loss is ${Number.isFinite(loss[n]) ? `${figure(loss[n] / loss[0])}× where it began` : "infinite"}.`,
    caught: "The ball came to rest in the small dip. A larger step, or momentum, would carry it over. No log shows this: a loss that has settled looks well to every rule.",
    large: "The steps are longer than this slope can take: the loss comes down worse than it could.",
    early: `${plural(n, "step")} so far. The rules want ten points before they say anything.`,
    unclear: "The loss so far could mean more than one thing, and the rules are less than 70% sure of each. A few more steps will tell.",
  }[word];
}

export const EXPLAINED = {
  ready: ["The idea.", "The ball cannot see the valley. It only feels the slope under it, and takes a step against it."],
  small: ["Why it crawls.", "A step is the rate times the slope. With a tiny rate even a steep slope gives a tiny step, and you pay for each one in hours of training."],
  right: ["Why this works.", "The steps are long where the slope is steep and shrink by themselves near the bottom, where the slope fades."],
  bounce: ["Why it bounces.", "The step is longer than the distance to the bottom, so the ball lands on the far wall and comes back."],
  diverge: ["Why it explodes.", "Past 2 ÷ curvature every step overshoots by more than it gained. The slope out there is steeper, so the next step is longer still."],
  large: ["Why it is too large.", "The slope at the start is steeper than at the bottom. Steps that suit the bottom are too long up here."],
  early: ["Why wait.", "Two points make every line straight. What is noise and what is the way down shows only after some steps."],
  unclear: ["Why no word.", "A wrong word costs a training. Below 70% the rules keep their guess to themselves."],
  caught: ["Why it stops.", "In the dip the slope is zero, so rate times slope is zero too. Nothing pushes the ball out."],
};

export const OPTIMIZERS = {
  sgd: ["SGD", "uses the slope as it is, so the limit is exactly 2 ÷ curvature.", "new = old − rate × slope"],
  momentum: ["Momentum", "remembers past steps. It coasts through dips and stands a higher rate, 2(1+β) ÷ curvature.", "speed = β × speed + slope\nnew = old − rate × speed"],
  adam: ["Adam", "divides by the usual size of the slope, so each step is about one learning rate long.", "new = old − rate × mean(slope) ÷ √mean(slope²)"],
  rmsprop: ["RMSprop", "divides by the recent size of the slope. It never quite settles unless the rate falls.", "new = old − rate × slope ÷ √mean(slope²)"],
  adagrad: ["Adagrad", "shrinks its steps for good, a little each time.", "new = old − rate × slope ÷ √sum(slope²)"],
  adadelta: ["Adadelta", "sets its own step length from past steps. The rate matters little.", "new = old − rate × slope × √mean(step²) ÷ √mean(slope²)"],
};

/** The zones of the slider, left to right: `[tone, word, from, to]`. */
export function zones(state, low, high) {
  const top = limit(state);
  if (!top) return [["watch", "too small", low, 0.02], ["ok", "about right", 0.02, 1], ["warn", "bouncing", 1, high]];
  const clamp = (rate) => Math.min(high, Math.max(low, rate));
  const edges = [low, clamp(0.05 / state.k), clamp(0.6 * top), clamp(top), high];
  return [["watch", "too small"], ["ok", "about right"], ["warn", "bouncing"], ["crit", "diverging"]]
    .map(([tone, word], i) => [tone, word, edges[i], edges[i + 1]])
    .filter(([, , from, to]) => to > from);
}

export function stepsTold(n) {
  return `step ${count(n)}`;
}
