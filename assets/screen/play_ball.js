// The ball: a valley with a small dip on its left wall, and the optimizers that roll it down.
// Formulas of the optimizers as their authors gave them, with the defaults of the frameworks.

export const REACH = 6.4; // the valley is drawn from -REACH to REACH
export const MOST = 60; // steps

const DIP = { height: 1.5, at: -1.55, width: 0.35 };
const EPSILON = 1e-8;
const GONE = 1e150; // further out nothing can be computed any more

/** The valley's height at x: a parabola of this curvature, with a bump that makes the dip. */
export function height(x, { k }) {
  return 0.5 * k * x * x + DIP.height * Math.exp(-((x - DIP.at) ** 2) / (2 * DIP.width ** 2));
}

export function slope(x, { k }) {
  const off = (x - DIP.at) / DIP.width ** 2;
  return k * x - DIP.height * off * Math.exp(-((x - DIP.at) ** 2) / (2 * DIP.width ** 2));
}

/** Where the dip's bottom lies; the walls left of the bump hold it. */
export function isInDip(x) {
  return x < DIP.at && x > -REACH;
}

const SCHEDULES = {
  constant: () => 1,
  step: (t) => 0.5 ** Math.floor(t / 12),
  exponential: (t) => 0.94 ** t,
  cosine: (t) => 0.5 * (1 + Math.cos(Math.PI * Math.min(1, t / MOST))),
  cyclic: (t) => 0.1 + 0.9 * Math.abs(((t / 10) % 2) - 1),
};

/** Cut to a third whenever the loss has not come down for five steps. */
class Plateau {
  #factor = 1;
  #best = Infinity;
  #since = 0;

  next(loss) {
    if (loss < this.#best * 0.999) {
      this.#best = loss;
      this.#since = 0;
    } else if ((this.#since += 1) > 5) {
      this.#factor /= 3;
      this.#since = 0;
    }
    return this.#factor;
  }
}

const RULES = {
  sgd: (d, rate) => rate * d,
  momentum: (d, rate, s, t, { m }) => {
    s.v = m * (s.v ?? 0) + d;
    return rate * s.v;
  },
  adam: (d, rate, s, t, { m }) => {
    s.v = m * (s.v ?? 0) + (1 - m) * d;
    s.r = 0.999 * (s.r ?? 0) + 0.001 * d * d;
    return (rate * s.v) / (1 - m ** (t + 1)) / (Math.sqrt(s.r / (1 - 0.999 ** (t + 1))) + EPSILON);
  },
  rmsprop: (d, rate, s) => {
    s.r = 0.9 * (s.r ?? 0) + 0.1 * d * d;
    return (rate * d) / (Math.sqrt(s.r) + EPSILON);
  },
  adagrad: (d, rate, s) => {
    s.r = (s.r ?? 0) + d * d;
    return (rate * d) / (Math.sqrt(s.r) + EPSILON);
  },
  adadelta: (d, rate, s) => {
    s.r = 0.95 * (s.r ?? 0) + 0.05 * d * d;
    const move = (d * Math.sqrt((s.u ?? 0) + 1e-3)) / Math.sqrt(s.r + 1e-3);
    s.u = 0.95 * (s.u ?? 0) + 0.05 * move * move;
    return rate * move;
  },
};

/** The way of the ball: `{x, loss, rate}`, arrays over the steps 0 to `state.n`. */
export function roll(state) {
  const x = [state.x0];
  const loss = [height(state.x0, state)];
  const rate = [];
  const memory = {};
  const plateau = new Plateau();
  for (let t = 0; t < state.n; t += 1) {
    const factor = state.sch === "plateau" ? plateau.next(loss[t]) : SCHEDULES[state.sch](t);
    rate.push(state.lr * factor);
    const gone = !(Math.abs(x[t]) < GONE);
    const next = gone ? Infinity : x[t] - RULES[state.opt](slope(x[t], state), rate[t], memory, t, state);
    x.push(next);
    loss.push(Number.isFinite(next) ? height(next, state) : Infinity);
  }
  rate.push(rate.at(-1) ?? state.lr);
  return { x, loss, rate };
}

/** The highest stable rate of plain gradient descent here; null where an optimizer has none. */
export function limit({ opt, k, m }) {
  if (opt === "sgd") return 2 / k;
  if (opt === "momentum") return (2 * (1 + m)) / k;
  return null;
}

/** How often the ball turned round. */
export function turns(x) {
  let n = 0;
  for (let i = 2; i < x.length; i += 1) if ((x[i] - x[i - 1]) * (x[i - 1] - x[i - 2]) < 0) n += 1;
  return n;
}
