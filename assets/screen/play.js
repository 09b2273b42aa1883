// The playground. The ball needs no server; only "What lrdoctor would say" asks it for the word of
// the real rules on the ball's own loss.

import { onMove, query, remember } from "./address.js";
import { copy, el, icon, say, show, slots } from "./dom.js";
import * as f from "./format.js";
import { limit, MOST, roll, turns } from "./play_ball.js";
import { drawLoss, drawValley } from "./play_picture.js";
import { Said } from "./play_said.js";
import { EXPLAINED, OPTIMIZERS, stepsTold, why, WORDS, zones } from "./play_words.js";
import { onTheme } from "./theme.js";

const BEAT = 140; // ms between two steps
const CALM = 600; // where the reader wants less motion
const LOW = 1e-3;
const HIGH = 10;
const START = { lr: 0.7, opt: "sgd", sch: "constant", k: 1, m: 0.9, x0: -4.2, n: 14 };
const SLIDERS = { k: [0.25, 4], m: [0, 0.99], x0: [-6, 6] };

export function mount(page) {
  const play = new Play(page);
  return () => play.close();
}

class Play {
  #state = { ...START };
  #timer = 0;
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    this.said = new Said(this.parts, () => page.isConnected && this.#draw());
    this.rate = page.querySelector("#rate");
    this.#on(page, "input", (event) => this.#input(event));
    this.#on(page, "click", (event) => this.#click(event));
    const sized = new ResizeObserver(() => this.#draw());
    sized.observe(this.parts.valley);
    this.#ends.push(() => sized.disconnect(), onTheme(() => this.#draw()), onMove(() => page.isConnected && this.#read()));
    this.#read();
  }

  close() {
    this.#stop();
    this.said.close();
    for (const end of this.#ends) end();
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  // -- the state, which is the address

  #read() {
    this.#state = { ...START };
    this.#take(query());
    this.#draw();
  }

  #take(asked) {
    const state = this.#state;
    const within = (name, low, high) => {
      const value = Number(asked.get(name) ?? NaN);
      if (Number.isFinite(value)) state[name] = Math.min(high, Math.max(low, value));
    };
    within("lr", LOW, HIGH);
    within("n", 0, MOST);
    state.n = Math.round(state.n);
    for (const [name, [low, high]] of Object.entries(SLIDERS)) within(name, low, high);
    for (const name of ["opt", "sch"]) {
      const value = asked.get(name);
      if (this.page.querySelector(`[data-set="${CSS.escape(`${name}=${value}`)}"]`)) state[name] = value;
    }
  }

  #set(values) {
    Object.assign(this.#state, values);
    const told = Object.entries(this.#state).map(([name, value]) => [name, value === START[name] ? null : value]);
    remember(Object.fromEntries(told));
    this.#draw();
  }

  // -- what the reader does

  #input(event) {
    const { id, value } = event.target;
    if (id === "rate") {
      const lr = Number((10 ** Number(value)).toPrecision(3));
      this.#set({ lr, n: this.#timer ? this.#state.n : Math.max(this.#state.n, 24) });
    } else if (id?.startsWith("play-")) this.#set({ [id.slice("play-".length)]: Number(value) });
  }

  #click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { set, go, slot } = button.dataset;
    if (set) {
      const [name, value] = set.split("=");
      this.#set({ [name]: value });
    } else if (go) {
      this.#stop();
      this.#state = { ...START };
      this.#take(new URLSearchParams(go));
      this.#set({});
    } else if (slot === "play") this.#timer ? this.#stop() : this.#start();
    else if (slot === "once") this.#set({ n: Math.min(MOST, this.#state.n + 1) });
    else if (slot === "reset") {
      this.#stop();
      this.#set({ n: 0 });
    } else if (slot === "tryIt") this.#set({ lr: Number(button.dataset.rate), n: Math.max(this.#state.n, 24) });
    else if (slot === "link") copy(button, location.href);
  }

  #start() {
    if (this.#state.n >= MOST) this.#set({ n: 0 });
    const beat = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : BEAT;
    this.#timer = setInterval(() => {
      this.#set({ n: this.#state.n + 1 });
      if (this.#state.n >= MOST) this.#stop();
    }, beat);
    this.#drawPlay();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#drawPlay();
  }

  #drawPlay() {
    const rolling = Boolean(this.#timer);
    this.parts.play.replaceChildren(icon(rolling ? "pause" : "play"), el("span", {}, rolling ? "Pause" : "Play"));
  }

  // -- drawing

  #draw() {
    const state = this.#state;
    const way = roll(state);
    const word = this.said.word(state, way);
    const { tone, icon: picture, word: title } = WORDS[word];
    this.parts.verdict.className = `play-word ${tone}`;
    this.parts.verdict.querySelector(".icon").className = `icon icon-${picture}`;
    say(this.parts.word, title);
    say(this.parts.wordWhy, why(word, way));
    drawValley(this.parts.valley, state, way, tone);
    drawLoss(this.parts.loss, way, tone);
    const end = f.figure(Number.isFinite(way.loss.at(-1)) ? way.loss.at(-1) : "inf");
    this.parts.valley.setAttribute("aria-label", `A ball in a valley after ${f.plural(state.n, "step")}: ${title}. ${why(word, way)}`);
    this.parts.loss.setAttribute("aria-label", `Loss from ${f.figure(way.loss[0])} to ${end} in ${f.plural(state.n, "step")}`);
    this.#drawRate(title, tone);
    this.#drawControls();
    this.#explain(word);
    this.#drawFacts(way);
    this.said.ask(state, way);
  }

  #drawRate(title, tone) {
    const state = this.#state;
    const place = (rate) => (Math.log10(rate / LOW) / Math.log10(HIGH / LOW)) * 100;
    if (document.activeElement !== this.rate) this.rate.value = Math.log10(state.lr);
    this.rate.setAttribute("aria-valuetext", `${f.rate(state.lr)}, ${title}`);
    say(this.parts.rate, f.rate(state.lr));
    const all = zones(state, LOW, HIGH);
    const here = all.findIndex(([, , , to]) => state.lr < to);
    const nodes = all.map(([kind, word, from, to], i) => {
      const on = i === here && kind === tone ? " on" : "";
      const style = `flex: ${(place(to) - place(from)).toFixed(2)}`;
      return [el("i", { class: kind + on, style }), el("span", { class: kind + on, style }, place(to) - place(from) > 9 || on ? word : "")];
    });
    this.parts.track.className = `track ${tone}`;
    this.parts.zones.replaceChildren(...nodes.map(([bar]) => bar));
    this.parts.zoneNames.replaceChildren(...nodes.map(([, name]) => name));
    const top = limit(state);
    show(this.parts.limitMark, Boolean(top));
    show(this.parts.limitText, Boolean(top));
    say(this.parts.limitNote, top ? `curvature here is ${f.figure(state.k)}` : "this optimizer scales its own steps: no fixed limit");
    if (!top) return;
    const at = Math.min(100, Math.max(0, place(top)));
    this.parts.limitMark.style.left = this.parts.limitText.style.left = `${at}%`;
    say(this.parts.limitText, `${state.opt === "momentum" ? "2(1+β)" : "2"} ÷ curvature = ${f.rate(top)}`);
  }

  #drawControls() {
    const state = this.#state;
    for (const button of this.page.querySelectorAll("[data-set]")) {
      const [name, value] = button.dataset.set.split("=");
      button.setAttribute("aria-pressed", String(state[name] === value));
    }
    for (const name of Object.keys(SLIDERS)) {
      const slider = this.page.querySelector(`#play-${name}`);
      if (document.activeElement !== slider) slider.value = state[name];
      say(this.parts[`value-${name}`], f.figure(state[name]));
    }
    say(this.parts.count, stepsTold(state.n));
  }

  #explain(word) {
    const [title, text, formula] = OPTIMIZERS[this.#state.opt];
    say(this.parts.formula, formula);
    const [question, answer] = EXPLAINED[word];
    this.parts.why.replaceChildren(el("b", {}, `${question} `), answer);
    this.parts.whyOptimizer.replaceChildren(el("b", {}, `${title} `), text);
  }

  #drawFacts({ x, loss }) {
    const top = limit(this.#state);
    const ratio = loss.at(-1) / loss[0];
    const facts = [
      ["Loss, now to start", ratio < 1e-3 ? "under 0.001×" : Number.isFinite(ratio) ? `${f.figure(ratio)}×` : "infinite"],
      ["Changes of direction", `${f.count(turns(x))} of ${f.count(Math.max(0, x.length - 2))}`],
      ["Share of the stable limit", top ? f.percent(this.#state.lr / top) : "no fixed limit"],
    ];
    this.parts.facts.replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }
}
