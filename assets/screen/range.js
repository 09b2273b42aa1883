// A learning-rate range test. Which run, is in the address; without one, the newest sweep.

import * as api from "./api.js";
import { onMove, query, remember } from "./address.js";
import { drawSnippets } from "./change.js";
import { lossName } from "./compare_valley.js";
import { el, icon, say, show, slots } from "./dom.js";
import { saveText } from "./export.js";
import { feed } from "./feed.js";
import * as f from "./format.js";
import { Graph } from "./graph.js";
import { rangeFigure } from "./range_figure.js";
import { wardAddress } from "./ward_place.js";

const AGAIN = 1500; // ms
const FINE = 20; // points a decade from which no turn is missed

export function mount(page) {
  const range = new RangeTest(page);
  return () => range.close();
}

class RangeTest {
  #id = null;
  #asked = "";
  #told = null;
  #request = null;
  #timer = 0;
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    this.parts.back.href = this.parts.nothingBack.href = wardAddress();
    this.graph = new Graph(this.parts.sweep);
    this.#on(this.parts.choose, "change", () => {
      remember({ run: this.parts.choose.value, optimizer: null }, { push: true });
      this.#read();
    });
    this.#on(this.parts.optimizer, "change", () => {
      remember({ optimizer: this.parts.optimizer.value }, { push: true });
      this.#read();
    });
    this.#on(this.parts.export, "click", () => this.#told && saveText(this.#csv(), "range_test.csv", "text/csv"));
    this.#on(feed, "change", () => this.#changed());
    this.#ends.push(onMove(() => this.page.isConnected && this.#read()));
    if (feed.status || query().get("run")) this.#read();
  }

  close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.graph.close();
    for (const end of this.#ends) end();
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  #sweeps() {
    const found = [...feed.runs.values()].filter((line) => line.learning_rate.schedule === "range-test");
    return found.sort((a, b) => b.updated_at - a.updated_at);
  }

  #read() {
    this.#id = query().get("run") ?? this.#sweeps()[0]?.id ?? null;
    this.#drawChoice();
    this.#ask();
  }

  #changed() {
    this.#drawChoice();
    if (!this.#id) this.#read();
    else if (`${this.#id}:${feed.runs.get(this.#id)?.version}` !== this.#asked) {
      this.#timer ||= setTimeout(() => {
        this.#timer = 0;
        this.#ask();
      }, AGAIN);
    }
  }

  #drawChoice() {
    const known = this.#sweeps();
    const own = feed.runs.get(this.#id);
    const all = own && !known.includes(own) ? [own, ...known] : known;
    this.parts.choose.replaceChildren(...all.map((line) => el("option", { value: line.id, selected: line.id === this.#id }, f.plain(line.run))));
    show(this.parts.choose.closest("label"), all.length > 1);
    this.parts.optimizer.value = query().get("optimizer") ?? "";
    show(this.parts.optimizer.closest("label"), Boolean(own && !own.optimizer));
  }

  async #ask() {
    if (!this.#id) {
      if (feed.status?.done) this.#nothing("No range test among these logs");
      return;
    }
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#asked = `${this.#id}:${feed.runs.get(this.#id)?.version}`;
    try {
      this.#told = await api.rangeTest(this.#id, query().get("optimizer") ?? "", signal);
      this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 422) this.#nothing("This run is no range test", error.message);
      else if (error.status === 404) this.#nothing("There is no such run", "Its log may have gone since this link was made.");
      else this.#timer ||= setTimeout(() => ((this.#timer = 0), this.#ask()), AGAIN);
    }
  }

  #nothing(title, why = "") {
    show(this.parts.waiting, false);
    show(this.parts.range, false);
    show(this.parts.nothing, true);
    say(this.parts.nothingTitle, title);
    say(this.parts.nothingWhy, why ? `${f.capital(why)}.` : "");
    show(this.parts.nothingWhy, Boolean(why));
    document.title = "Range test · lrdoctor";
  }

  #draw() {
    const told = this.#told;
    const { value, low, high, confidence } = told.suggestion;
    show(this.parts.waiting, false);
    show(this.parts.nothing, false);
    show(this.parts.range, true);
    const line = feed.runs.get(this.#id);
    say(this.parts.folder, line ? ` / ${f.plain(line.run).replaceAll("/", " / ")}` : "");
    const title = told.still_falling ? "The sweep stopped too early to be sure" : `Use ${f.rate(value)}. Good rates probably lie between ${f.rate(low, 2)} and ${f.rate(high, 2)}`;
    say(this.parts.answer, title);
    say(this.parts.sub, this.#about(told));
    document.title = `${title} · lrdoctor`;
    const legend = [["smoothed", "plot-train"], ["as logged", "plot-raw"]];
    this.parts.rangeLegend.replaceChildren(...legend.map(([text, token]) => el("li", {}, el("i", { style: `--k:var(--${token})` }), text)));
    this.graph.show((look) => rangeFigure(told, look));
    say(this.parts.nextTitle, told.still_falling ? "Best guess so far" : "Suggested rate");
    const below = told.blows_up ? `${f.figure(Number((told.blows_up.rate / value).toPrecision(2)))}× below blow-up` : "not swept to the end";
    this.parts.swap.replaceChildren(el("span", { class: "new" }, f.rate(value)), el("span", { class: "size" }, below));
    say(this.parts.reason, told.suggestion.reason);
    drawSnippets(this.parts, told.snippets);
    const setup = line?.batch_size ? `this batch size (${f.count(line.batch_size)})` : "this batch size";
    say(this.parts.caution, `Good with ${f.percent(confidence)} probability, for ${setup} and this optimizer. If either changes, sweep again.`);
    this.#drawMarks(told);
    this.#drawQuality(told);
  }

  #about(told) {
    const swept = `A sweep from ${f.rate(told.first)} to ${f.rate(told.last)} in ${f.plural(told.steps, "step")}`;
    if (told.still_falling) return `${swept}. It ended before the loss blew up: the best rate may lie higher.`;
    return `${swept}: the rate rose a little each step while the ${lossName(told.metric)} was logged.`;
  }

  #drawMarks(told) {
    const say3 = (node, mark, means) => {
      say(node.querySelector(".value"), mark ? f.rate(mark.rate, 2) : "not reached");
      say(node.querySelector(".means"), mark ? `Step ${f.count(mark.step)}. ${means}` : "Sweep on until the loss blows up: only then is the highest rate known.");
    };
    say3(this.parts.startsFalling, told.starts_falling, "Below this the weights barely move, so training would waste your time.");
    say3(this.parts.steepest, told.steepest, "Here each step buys the most.");
    say3(this.parts.blowsUp, told.blows_up, "The loss turns up here and does not come back. Never train at or above it.");
  }

  #drawQuality(told) {
    const decades = Math.log10(told.last / told.first);
    const checks = [
      [told.blows_up !== null, `Covers ${f.figure(Number(decades.toPrecision(2)))} decades${told.blows_up ? ", up to the blow-up" : ", but stopped before the blow-up"}`],
      [told.per_decade >= FINE, `${f.figure(told.per_decade)} points a decade; ${FINE} show every turn`],
      [told.noise < 0.25, `Noise is ${f.percent(told.noise)} of the fall`],
      [!told.broke || told.blows_up !== null, told.broke ? "Ended by a loss that is not finite, as sweeps may" : "No NaN on the way"],
      ...told.doubts.filter((doubt) => !/before the loss blew up|points a decade/.test(doubt)).map((doubt) => [false, doubt]),
    ];
    this.parts.quality.replaceChildren(...checks.map(([good, text]) => el("li", { class: good ? "ok" : "warn" }, icon(good ? "ok" : "warn"), text)));
  }

  #csv() {
    return ["rate,loss,smoothed", ...this.#told.points.map((row) => row.join(","))].join("\n") + "\n";
  }
}
