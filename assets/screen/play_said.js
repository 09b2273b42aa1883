// "What lrdoctor would say": the real rules, asked about the ball's own loss. Their word is the
// page's word; where no answer comes, the ball rolls on and has a word of its own.

import * as api from "./api.js";
import { icon, el, say, show } from "./dom.js";
import * as f from "./format.js";
import { judge, wordOf } from "./play_words.js";
import { statusOf, troubles } from "./status.js";
import { prose } from "./words.js";

const REST = 120; // ms between two questions
const PATIENCE = 1500; // ms after which the ball speaks for itself

export class Said {
  #answer = null; // the newest: {settings, state, told}
  #asked = ""; // the state of the newest question
  #wanted = null; // what to ask next: {state, way}
  #since = 0; // when the question was put that has no answer yet
  #timer = 0;
  #late = 0;
  #silent = false;
  #shown = "ready";
  #request = new AbortController();

  /** `onAnswer` is called when there is something new to draw. */
  constructor(parts, onAnswer) {
    this.parts = parts;
    this.onAnswer = onAnswer;
  }

  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#late);
    this.#request.abort();
  }

  /** The page's word for this roll: the rules' as soon as they have answered for these settings. */
  word(state, way) {
    const known = this.#answer?.settings === settingsOf(state) ? this.#answer.told : null;
    if (known || state.n < 1) this.#shown = wordOf(known ?? {}, state, way);
    else if (this.#silent || !this.#since || Date.now() - this.#since > PATIENCE) this.#shown = judge(state, way);
    // Else the former word stays for the moment that an answer takes.
    return this.#shown;
  }

  /** Asks about this roll; while a question is out, only the newest one waits. */
  ask(state, way) {
    const asked = JSON.stringify(state);
    if (asked === this.#asked) return;
    this.#wanted = { asked, state: { ...state }, way };
    this.#since ||= Date.now();
    clearTimeout(this.#late);
    this.#late = setTimeout(this.onAnswer, PATIENCE + 50);
    if (!this.#timer) this.#timer = setTimeout(() => this.#put(), REST);
  }

  async #put() {
    const { asked, state, way } = this.#wanted;
    this.#asked = asked;
    const { signal } = this.#request;
    try {
      const told = await api.diagnose(way.loss, way.rate, state.opt, signal);
      this.#answer = { settings: settingsOf(state), told };
      this.#silent = false;
      this.#draw(told);
    } catch {
      if (signal.aborted) return;
      this.#answer = null;
      this.#silent = true;
      this.#drawSilence();
    }
    this.#timer = 0;
    clearTimeout(this.#late);
    this.#since = 0;
    this.onAnswer();
    if (this.#wanted.asked !== asked) this.#again();
  }

  #again() {
    this.#since = Date.now();
    this.#timer ||= setTimeout(() => this.#put(), REST);
  }

  #draw(told) {
    const status = statusOf(told);
    this.parts.saidChip.className = `chip ${status.tone}`;
    this.parts.saidChip.replaceChildren(icon(status.icon), status.word);
    say(this.parts.said, prose(told.headline));
    // Beside the headline: the finding that it is about, or why the rate is what it is said to be.
    const [finding] = troubles(told);
    say(this.parts.saidWhy, prose(finding ? finding.message : told.learning_rate.reason));
    this.#offer(told.learning_rate);
    const fired = told.findings.length;
    const looked = told.checked.length + new Set(told.findings.map((one) => one.rule)).size;
    say(this.parts.saidBy, `Said by ${f.plural(looked, "rule")}, ${fired ? `${f.count(fired)} fired` : "none fired"}.`);
  }

  #drawSilence() {
    show(this.parts.tryIt, false);
    this.parts.saidChip.className = "chip quiet";
    this.parts.saidChip.replaceChildren(icon("plug"), "No answer");
    say(this.parts.said, "The server does not answer now.");
    say(this.parts.saidWhy, "The ball needs none: go on playing. The word above is read off the ball.");
    say(this.parts.saidBy, "");
  }

  /** The suggested rate, where it lies on the slider. */
  #offer({ suggested, factor }) {
    const changed = suggested !== null && factor !== null && Math.abs(factor - 1) > 1e-9;
    const { min, max } = document.getElementById("rate");
    const to = changed && suggested >= 10 ** min && suggested <= 10 ** max ? suggested : null;
    show(this.parts.tryIt, to !== null);
    if (to === null) return;
    this.parts.tryIt.dataset.rate = to;
    this.parts.tryIt.replaceChildren(icon("target"), el("span", {}, `Try ${f.rate(to)}`));
  }
}

/** The state but for how far the ball has rolled: while it rolls, the former word holds. */
function settingsOf(state) {
  return JSON.stringify({ ...state, n: 0 });
}
