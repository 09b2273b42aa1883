// Schedules for a run: asked for when their card comes into view, one of them chosen and drawn.

import * as api from "./api.js";
import { drawSnippets } from "./change.js";
import { el, say, show } from "./dom.js";
import * as f from "./format.js";
import { drawPlan, drawShape } from "./schedule_picture.js";
import { prose, sentence } from "./words.js";

const GROWN = 1.05; // as much longer, and the card asks again
const PAST_POINTS = 300;
const NEAR = "400px"; // the card is filled before it is seen
const NO_RATE = new Set(["range-test"]); // a sweep has no schedule to go on with
const NO_BASE = "The log tells no learning rate, and a schedule needs one: log it beside the loss, as lr.";

export class SchedulePanel {
  #line = null;
  #told = null;
  #past = [];
  #chosen = null;
  #seen = false;
  #asked = null;
  #control = null;
  #ends = [];

  constructor(parts, id) {
    this.id = id;
    this.parts = parts;
    const sight = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#see(), { rootMargin: NEAR });
    sight.observe(parts.schedule);
    const sized = new ResizeObserver(() => this.#told && this.#drawChosen());
    sized.observe(parts.planChart);
    this.#ends.push(() => sight.disconnect(), () => sized.disconnect());
    parts.plans.addEventListener("keydown", (event) => this.#move(event));
  }

  show(line) {
    this.#line = line;
    const young = line.status === "too-short"; // a schedule of a few steps is none
    const fits = line.last_step !== null && !young && !NO_RATE.has(line.learning_rate.schedule);
    show(this.parts.schedule, fits);
    if (fits && this.#seen) this.#load();
  }

  close() {
    this.#control?.abort();
    for (const end of this.#ends) end();
  }

  #see() {
    if (this.#seen) return;
    this.#seen = true;
    if (this.#line) this.#load();
  }

  /** Asks where the answer would differ from the last one. */
  async #load() {
    const { last_step: last, learning_rate: lr, status } = this.#line;
    if (lr.suggested === null && !(f.number(lr.value) > 0)) return this.#refuse(NO_BASE);
    const question = [lr.suggested, lr.verdict, lr.schedule, status].join();
    if (this.#asked?.question === question && last < GROWN * this.#asked.last) return;
    this.#asked = { question, last };
    this.#control?.abort();
    this.#control = new AbortController();
    const { signal } = this.#control;
    try {
      const window = { points: PAST_POINTS };
      const rates = this.#line.metrics.lr ? api.series(this.id, "lr", window, signal) : null;
      const [told, past] = await Promise.all([api.schedule(this.id, signal), rates]);
      this.#past = past ? past.steps.map((step, i) => [step, f.number(past.values[i])]) : [];
      this.#told = told;
      this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      this.#asked = null;
      if (error.status === 422) this.#refuse(sentence(prose(error.message)));
    }
  }

  #refuse(reason) {
    show(this.parts.planPair, false);
    show(this.parts.planPlateau, false);
    say(this.parts.planNow, "");
    say(this.parts.planNone, reason);
    show(this.parts.planNone, true);
  }

  #draw() {
    const { proposals, now, plateau } = this.#told;
    show(this.parts.planNone, false);
    show(this.parts.planPair, true);
    say(this.parts.planNow, now ? `Now: ${prose(now)}` : "");
    say(this.parts.planPlateau, plateau ?? "");
    show(this.parts.planPlateau, Boolean(plateau));
    if (!proposals.some((one) => one.name === this.#chosen)) this.#chosen = proposals[0].name;
    const focus = this.parts.plans.contains(document.activeElement);
    this.parts.plans.replaceChildren(...this.#options(proposals));
    if (focus) this.#option(this.#chosen)?.focus();
    this.#drawChosen();
  }

  #options(proposals) {
    const made = [];
    let group = null;
    for (const one of proposals) {
      const head = one.from_step ? `From ${this.#place(one.from_step)} on` : `Anew, peak ${f.rate(one.base, 2)}`;
      if (head !== group) made.push(el("p", { class: "plan-group", "aria-hidden": "true" }, head));
      group = head;
      made.push(this.#optionFor(one, head));
    }
    return made;
  }

  #optionFor(one, head) {
    const on = one.name === this.#chosen;
    const attributes = {
      type: "button", role: "radio", "aria-checked": String(on), tabindex: on ? 0 : -1,
      "data-plan": one.name, onclick: () => this.#choose(one.name),
    };
    const hidden = el("span", { class: "visually-hidden" }, `${head}: `);
    return el("button", attributes, drawShape(one.rates), el("span", {}, hidden, prose(one.title)));
  }

  #option(name) {
    return [...this.parts.plans.querySelectorAll("[data-plan]")].find((one) => one.dataset.plan === name);
  }

  #choose(name, focus) {
    this.#chosen = name;
    for (const option of this.parts.plans.querySelectorAll("[data-plan]")) {
      const on = option.dataset.plan === name;
      option.setAttribute("aria-checked", String(on));
      option.tabIndex = on ? 0 : -1;
      if (on && focus) option.focus();
    }
    this.#drawChosen();
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || !this.#told) return;
    event.preventDefault();
    const names = this.#told.proposals.map((one) => one.name);
    const next = (names.indexOf(this.#chosen) + step + names.length) % names.length;
    this.#choose(names[next], true);
  }

  #drawChosen() {
    const one = this.#told.proposals.find((each) => each.name === this.#chosen);
    const axis = this.#line.x_axis;
    drawPlan(this.parts.planChart, { plan: one, past: this.#past, axis });
    this.parts.planWhy.replaceChildren(prose(one.reason), " ", el("span", { class: "source" }, one.source));
    const { planSnippets: snippets, planTabs: tabs, planCode: code, planCopySnippet: copySnippet } = this.parts;
    drawSnippets({ snippets, tabs, code, copySnippet }, one.snippets);
  }

  #place(step) {
    return f.at(this.#line.x_axis, step);
  }
}
