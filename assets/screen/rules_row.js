// One rule on the Rules page: its switch, how keen it is, on how many runs it fires, its page.

import * as api from "./api.js";
import { root } from "./address.js";
import { copy, el, icon, say, show } from "./dom.js";
import { feed } from "./feed.js";
import { count, plain, plural } from "./format.js";
import { ruleToml } from "./rules_draft.js";

const LEVELS = { calm: "Calm", normal: "Normal", keen: "Keen" };
const REST = 250; // ms of quiet before the server is asked
const AGAIN = 5000; // ms between two questions about runs that grow
const LISTED = 8; // runs named

export class RuleRow {
  #told = null; // the server's answer: on which runs the rule fires
  #asked = "";
  #version = 0; // of the runs, at the newest question
  #again = 0; // when runs that grow are worth the next one
  #timer = 0;
  #request = null;
  #fault = "";

  /** `onChange` gets what the reader changes, as `Draft.with` takes it. */
  constructor(node, rule, onChange) {
    this.node = node;
    this.rule = rule;
    this.title = node.getAttribute("aria-label");
    this.switch = node.querySelector(".switch");
    this.levels = node.querySelector(".levels");
    this.count = node.querySelector(".rule-count");
    this.opener = node.querySelector(".rule-open");
    this.page = node.querySelector(".rule-page");
    this.switch.addEventListener("click", () => onChange({ on: !this.state.on }));
    this.opener.addEventListener("click", () => this.open(this.page.hidden));
    this.#makeLevels(onChange);
    this.#makeTune(onChange);
  }

  close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  open(wanted) {
    show(this.page, wanted);
    this.opener.setAttribute("aria-expanded", String(wanted));
    if (this.state) this.draw(this.state, this.lines);
  }

  draw(state, lines) {
    this.state = state;
    this.lines = lines;
    this.node.classList.toggle("off", !state.on);
    this.switch.setAttribute("aria-checked", String(state.on));
    this.switch.setAttribute("aria-label", `${this.title} is ${state.on ? "on" : "off"}`);
    for (const button of this.levels.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.level === state.level));
    }
    this.#ask();
    this.#drawCount();
    if (!this.page.hidden) this.#drawTune();
  }

  #makeLevels(onChange) {
    const names = Object.keys(this.rule.levels);
    const buttons = names.map((level) => {
      const act = () => onChange({ level });
      return el("button", { type: "button", "data-level": level, "aria-pressed": "false", onclick: act }, LEVELS[level] ?? level);
    });
    this.levels.replaceChildren(...buttons);
    this.levels.classList.toggle("none", !names.length);
    if (!names.length) this.levels.replaceChildren(el("span", { class: "hint" }, "no threshold"));
  }

  #makeTune(onChange) {
    this.shares = el("div", { class: "shares" });
    this.note = el("p", { class: "hint" });
    this.runs = el("ul", { class: "rule-runs" });
    this.fault = el("p", { class: "fault", role: "alert", hidden: true });
    this.fields = this.rule.fields.map((field) => this.#field(field, onChange));
    this.reset = button("reset", "Reset this rule", () => onChange(null));
    this.toml = button("copy", "Copy as TOML", () => copy(this.toml, ruleToml(this.rule, this.state.values)));
    this.node.querySelector(".rule-tune").replaceChildren(
      el("h3", {}, "Fires on"),
      this.shares,
      this.note,
      this.runs,
      el("h3", {}, "Thresholds"),
      ...this.fields.map(({ node }) => node),
      this.fault,
      el("div", { class: "acts" }, this.reset, this.toml),
    );
  }

  #field({ name, means, whole }, onChange) {
    const id = `${this.rule.name}-${name}`;
    const input = el("input", { id, class: "field", type: "number", step: whole ? 1 : "any", required: true });
    input.addEventListener("change", () => input.value && onChange({ fields: { [name]: Number(input.value) } }));
    const words = el("span", {}, el("code", {}, name), means ? `: ${plain(means)}` : "");
    return { name, input, node: el("label", { class: "threshold", for: id }, words, input) };
  }

  // -- on which runs it fires

  /** The runs' own lines tell it as the rule is in force; of anything else the server is asked. */
  #ask() {
    const changed = this.rule.fields.filter((one) => this.state.values[one.name] !== one.value);
    const given = Object.fromEntries(changed.map(({ name }) => [name, this.state.values[name]]));
    if (!changed.length && this.rule.enabled && this.page.hidden) {
      this.#told = null;
      this.#asked = "";
      return;
    }
    const asked = JSON.stringify(given);
    if (asked === this.#asked && (this.#version === feed.version || Date.now() < this.#again)) return;
    this.#asked = asked;
    this.#version = feed.version;
    this.#again = Date.now() + AGAIN;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#put(given), REST);
  }

  async #put(given) {
    this.#request?.abort();
    const { signal } = (this.#request = new AbortController());
    try {
      this.#told = await api.rule(this.rule.name, given, signal);
      this.#fault = "";
    } catch (error) {
      if (signal.aborted) return;
      this.#told = null;
      this.#fault = error.status ? error.message : "The server does not answer now.";
    }
    this.#drawCount();
    if (!this.page.hidden) this.#drawTune();
  }

  /** Ids of the runs on which the rule fires as drafted, and of how many that is told. */
  #fires() {
    if (this.#told) {
      const { fires, looked } = this.#told;
      return { ids: fires.given ?? fires.in_force, of: looked };
    }
    const judged = this.lines.filter((line) => line.status !== "unreadable");
    return { ids: judged.filter((line) => line.findings.some((one) => one.rule === this.rule.name)).map(({ id }) => id), of: judged.length };
  }

  #drawCount() {
    const { ids, of } = this.#fires();
    const n = ids.length;
    if (!this.lines.length) this.count.replaceChildren();
    else if (this.#fault) this.count.replaceChildren(el("span", { class: "fault" }, "cannot be told"));
    else {
      const words = [this.state.on ? "" : "would be ", el("b", {}, count(n)), ` of ${count(of)} ${of === 1 ? "run" : "runs"}`];
      this.count.replaceChildren(el("span", {}, ...words), bar(n, of));
    }
    this.count.dataset.firing = String(this.state.on && n > 0);
  }

  #drawTune() {
    const { ids } = this.#fires();
    const fires = this.#told?.fires;
    show(this.shares, Boolean(fires) && Object.keys(this.rule.levels).length > 0);
    if (fires) {
      const boxes = Object.keys(this.rule.levels).map((level) => share(fires[level].length, `at ${LEVELS[level] ?? level}`, this.state.level === level));
      if (!this.state.level) boxes.push(share(ids.length, "as set below", true));
      this.shares.replaceChildren(...boxes);
    }
    const left = this.#told ? this.#told.runs - this.#told.looked : 0;
    show(this.note, left > 0);
    say(this.note, `${plural(left, "run is", "runs are")} left out: beyond what one look takes, or not to be judged by its points alone.`);
    this.runs.replaceChildren(...ids.slice(0, LISTED).map((id) => this.#run(id)));
    if (ids.length > LISTED) this.runs.append(el("li", {}, `and ${count(ids.length - LISTED)} more`));
    if (!ids.length && this.lines.length) this.runs.append(el("li", { class: "hint" }, "On no run here."));
    for (const { name, input } of this.fields) {
      if (document.activeElement !== input) input.value = this.state.values[name];
    }
    show(this.fault, Boolean(this.#fault));
    say(this.fault, this.#fault);
    const own = this.rule.fields.every((one) => this.state.values[one.name] === one.value);
    show(this.reset, !own || this.state.on !== this.rule.enabled);
    show(this.toml, Boolean(ruleToml(this.rule, this.state.values)));
  }

  #run(id) {
    const line = feed.runs.get(id);
    const finding = line?.findings.find((one) => one.rule === this.rule.name);
    const what = finding ? (finding.resolved ? "over" : line.growing ? "live" : "ended") : "";
    return el("li", {}, el("a", { href: `${root}run/${encodeURIComponent(id)}` }, plain(line?.run ?? id)), el("span", {}, what));
  }
}

/** A count's share of all, as a bar. */
function bar(n, of) {
  const inner = el("i", {});
  inner.style.width = `${of ? (100 * n) / of : 0}%`;
  return el("span", { class: "share", "aria-hidden": "true" }, inner);
}

function share(n, words, here) {
  return el("div", { class: here ? "here" : null }, el("b", {}, count(n)), el("span", {}, words));
}

function button(picture, words, act) {
  return el("button", { class: "btn small", type: "button", onclick: act }, icon(picture), el("span", {}, words));
}
