// Figures and names as people write them: the same on every page.

const MINUS = "−";

/** What JSON cannot hold arrives as "nan", "inf" and "-inf". */
export function number(value) {
  if (typeof value === "number") return value;
  if (value === "nan") return NaN;
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return null;
}

let grouped = null; // costs a slow start: made for the first figure that needs it

/** 5120 -> "5,120" */
export function count(value) {
  if (Number.isInteger(value) && value >= 0 && value < 1000) return String(value);
  grouped ??= new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  return grouped.format(value).replace("-", MINUS);
}

/** A learning rate: 0.3, 3e-4, 2.5e-3. */
export function rate(value, digits = 3) {
  return short(value, 0.01, 1000, digits);
}

/** Any measured figure, to three digits unless more are asked for: 12.8, 0.034, 5,120, 4.1e-6, NaN. */
export function figure(raw, digits = 3) {
  const value = number(raw);
  if (value === null) return "–";
  if (Math.abs(value) >= 1000 && Math.abs(value) < 1e6) return digits > 3 ? short(value, 0.001, 1e6, digits) : count(value);
  return short(value, 0.001, 1000, digits);
}

function short(raw, least, most, digits = 3) {
  const value = number(raw);
  if (value === null) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  const text =
    size === 0 || (size >= least && size < most)
      ? String(Number(value.toPrecision(digits)))
      : value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
  return text.startsWith("-") ? MINUS + text.slice(1) : text;
}

export function percent(share) {
  const value = number(share);
  return value === null || !Number.isFinite(value) ? "–" : `${Math.round(value * 100)}%`;
}

/** A certainty in words; no log makes anything quite certain. */
export function sure(share) {
  return share > 0.99 ? "over 99% sure" : `${percent(share)} sure`;
}

/** 0.1 -> "10× lower" */
export function change(factor) {
  if (!(factor > 0) || Math.abs(factor - 1) < 1e-9) return "the same";
  const size = Number((factor < 1 ? 1 / factor : factor).toPrecision(2));
  return `${size >= 1000 ? count(size) : size}× ${factor < 1 ? "lower" : "higher"}`;
}

/** How far `now` lies from `before`: "+310%", "−2.3%"; null where that says nothing. */
export function drift(now, before) {
  const [a, b] = [number(now), number(before)];
  if (!Number.isFinite(a) || !Number.isFinite(b) || b <= 0 || a < 0) return null;
  const share = (a / b - 1) * 100;
  if (Math.abs(share) < 0.05) return "±0%";
  if (share >= 100_000) return `${figure(a / b)}×`;
  const digits = Math.abs(share) < 10 ? 1 : 0;
  return `${share < 0 ? MINUS : "+"}${Math.abs(share).toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ",")}%`;
}

/** Seconds as a person counts them: "4 s", "6 min", "3 h", "2 days". */
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 1) return `${Math.max(1, Math.round(s * 1000))} ms`;
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 129_600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

export function ago(seconds) {
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

/** A moment of the day in the reader's own clock: "14:02". */
export function clock(utcSeconds) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Date(utcSeconds * 1000).toLocaleTimeString("en-GB", options);
}

/** With a capital at its head. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "step" runs count steps; a log without steps counts rows or epochs. */
export function at(axis, step) {
  return `${axis} ${count(step)}`;
}

/** 1940 steps, 3 epochs */
export function lengthOf(axis, n) {
  return plural(n, axis);
}

/** Text from a log with every hidden character visible, so that none can reorder the rest. */
export function plain(text) {
  return String(text ?? "").replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (c) => {
    const code = c.codePointAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
  });
}

const HEAD = 28; // letters of a long name that stand before the gap; what tells runs apart is often at the end
const TAIL = 20;

/** A run's name on two short lines: one that is longer loses its middle. */
export function brief(name) {
  const letters = [...plain(name)];
  return letters.length > HEAD + TAIL + 2 ? `${letters.slice(0, HEAD).join("")}…${letters.slice(-TAIL).join("")}` : letters.join("");
}

// Tables that are asked for what a log says have no prototype: "constructor" stands in none.
const OPTIMIZERS = {
  __proto__: null,
  adam: "Adam",
  adamw: "AdamW",
  nadam: "NAdam",
  radam: "RAdam",
  adamax: "Adamax",
  sgd: "SGD",
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
  adadelta: "Adadelta",
  adafactor: "Adafactor",
  lion: "Lion",
  lamb: "LAMB",
  lars: "LARS",
};

export function optimizer(name) {
  return OPTIMIZERS[name] ?? plain(name);
}

const FORMATS = {
  __proto__: null,
  csv: "CSV",
  jsonl: "JSON lines",
  json: "JSON",
  tensorboard: "TensorBoard",
  huggingface: "Hugging Face",
  keras: "Keras",
  lightning: "Lightning",
};

export function format(name) {
  return FORMATS[name] ?? plain(name);
}

/** "too-short", "cosine-restarts" -> "Too short", "Cosine restarts" */
export function words(name) {
  return capital(plain(name).replaceAll(/[-_]/g, " "));
}
