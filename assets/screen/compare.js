// Runs of one experiment side by side. Which ones, and by which loss, is in the address.

import * as api from "./api.js";
import { onMove, query, remember, root } from "./address.js";
import { CurveSource, curvesFigure, lifted } from "./compare_curves.js";
import { likely, Picker } from "./compare_picker.js";
import { csvOf, tableOf } from "./compare_table.js";
import { lossName, valleyFigure } from "./compare_valley.js";
import { copy, el, icon, say, show, slots } from "./dom.js";
import { saveText } from "./export.js";
import { feed } from "./feed.js";
import * as f from "./format.js";
import { Graph } from "./graph.js";
import { OUTCOMES, isWhole } from "./outcome.js";
import { rated } from "./siblings.js";
import { toast } from "./toast.js";
import { wardAddress } from "./ward_place.js";

const MOST_STOPS = 5; // told one by one
const AGAIN = 1500; // ms between two answers while the runs grow

export function mount(page) {
  const compare = new Compare(page);
  return () => compare.close();
}

class Compare {
  #ids = [];
  #by = "final";
  #told = null;
  #asked = "";
  #request = null;
  #timer = 0;
  #source = new CurveSource();
  #lines = new Map();
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    this.parts.back.href = this.parts.nothingBack.href = wardAddress();
    this.picker = new Picker(this.parts, page.querySelector("#pick"), (ids) => this.#choose(ids));
    this.valley = new Graph(this.parts.valley);
    this.curves = new Graph(this.parts.curves);
    this.#lift();
    this.#on(this.parts.change, "click", () => this.picker.toggle());
    this.#on(this.parts.export, "click", () => this.#told && saveText(csvOf(this.#told), "comparison.csv", "text/csv"));
    this.#on(this.parts.copyRate, "click", () => copy(this.parts.copyRate, this.parts.nextLine.textContent));
    for (const button of page.querySelectorAll("[data-by]")) {
      this.#on(button, "click", () => {
        remember({ by: button.dataset.by === "final" ? null : button.dataset.by }, { push: true });
        this.#read();
      });
    }
    this.#on(feed, "change", () => this.#changed());
    this.#ends.push(onMove(() => this.page.isConnected && this.#read()));
    if (feed.status) this.#read();
  }

  close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.valley.close();
    this.curves.close();
    for (const end of this.#ends) end();
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }

  // -- which runs

  /** What the address asks for; where it names no runs, the likeliest ones. */
  #read() {
    const asked = query();
    this.#by = asked.get("by") === "best" ? "best" : "final";
    const named = (asked.get("runs") ?? "").split(",").filter(Boolean);
    this.#ids = named.length ? named : likely();
    for (const button of this.page.querySelectorAll("[data-by]")) {
      button.setAttribute("aria-pressed", String(button.dataset.by === this.#by));
    }
    this.picker.choose(this.#ids);
    this.#ask();
  }

  #choose(ids) {
    remember({ runs: ids.join(",") });
    this.#ids = ids;
    this.#ask();
  }

  /** New points: asked for again, but not for every one of them. */
  #changed() {
    if (!this.#ids.length) {
      this.#read();
      return;
    }
    if (this.#stamp() === this.#asked) return;
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.#ask();
    }, AGAIN);
  }

  #stamp() {
    return this.#ids.map((id) => `${id}:${feed.runs.get(id)?.version ?? 0}`).join(",") + this.#by;
  }

  // -- what the server says of them

  async #ask() {
    const ids = this.#ids.filter((id) => feed.runs.has(id) || !feed.status?.done);
    if (!ids.length) {
      if (feed.status) this.#nothing();
      return;
    }
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#asked = this.#stamp();
    try {
      const told = await api.compare(ids, this.#by, signal);
      const lines = new Map(told.trials.map((trial) => [trial.id, feed.runs.get(trial.id)]).filter(([, line]) => line));
      this.#told = told;
      this.#lines = lines;
      this.#draw();
      const series = await this.#source.fetch([...lines.values()], told.metric, signal);
      this.#drawCurves(series);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 422) this.#nothing(error.message);
      else if (error.status === 404) this.#nothing("One of these runs is no longer there.");
      else if (!this.#told) this.#timer ||= setTimeout(() => ((this.#timer = 0), this.#ask()), AGAIN);
      else toast("The comparison could not be renewed", error.message);
    }
  }

  #nothing(reason) {
    const known = rated().length;
    show(this.parts.waiting, false);
    show(this.parts.compare, false);
    show(this.parts.nothing, true);
    say(this.parts.nothingTitle, reason ? "These runs cannot be compared" : "Nothing to compare yet");
    const few = known === 1 ? "So far one run tells both a loss and its learning rate" : "No run here tells both a loss and its learning rate";
    say(this.parts.nothingWhy, reason ?? `${few}. Train again with another rate, and both appear here side by side.`);
    document.title = "Compare · lrdoctor";
  }

  // -- drawing

  #draw() {
    const told = this.#told;
    show(this.parts.waiting, false);
    show(this.parts.nothing, false);
    show(this.parts.compare, true);
    say(this.parts.answer, told.sentence);
    say(this.parts.sub, this.#about(told));
    const folders = shared(told.trials.map((trial) => trial.name));
    for (const trial of told.trials) trial.short = trial.name.slice(folders.length);
    const place = folders ? ` / ${f.plain(folders.slice(0, -1).replaceAll("/", " / "))}` : "";
    say(this.parts.folder, `${place} / Compare ${f.plural(told.trials.length, "run")}`);
    document.title = `${told.sentence} · lrdoctor`;
    this.#drawOutcomes(told);
    this.valley.show((look) => valleyFigure(told, look));
    const { basin } = told;
    say(this.parts.valleyNote, basin ? "Dashed: the valley fitted through the runs that came to their end." : "No curve yet: it takes four rates with the best one in between.");
    this.#drawNext(told);
    this.#drawStops(told);
    this.#drawTable(told);
  }

  #about(told) {
    const { trials } = told;
    const [lost, broken] = ["diverged", "broken"].map((outcome) => trials.filter((trial) => trial.outcome === outcome).length);
    const growing = trials.filter((trial) => this.#lines.get(trial.id)?.growing).length;
    const rates = trials.map((trial) => trial.rate);
    const [low, high] = [Math.min(...rates), Math.max(...rates)];
    const range = low === high ? f.rate(low) : `${f.rate(low)} to ${f.rate(high)}`;
    const parts = [`${f.plural(trials.length, "run")}, ${range}`];
    if (growing) parts.push(`${f.count(growing)} still training`);
    if (lost) parts.push(`${f.count(lost)} diverged`);
    if (broken) parts.push(`${f.count(broken)} broke, not clearly by the rate`);
    return `${parts.join("; ")}. Judged by the ${told.measure} ${lossName(told.metric)}.`;
  }

  #drawOutcomes(told) {
    const used = Object.entries(OUTCOMES).filter(([name]) => told.trials.some((trial) => trial.outcome === name));
    this.parts.outcomes.replaceChildren(
      ...used.map(([, { word, tone, symbol }]) => el("li", { class: tone }, el("i", { class: symbol, style: "--k:var(--c)" }), word)),
    );
  }

  #drawNext(told) {
    const { suggestion, trials } = told;
    const enough = suggestion.value === null;
    const best = trials.find((trial) => trial.id === suggestion.best);
    say(this.parts.nextTitle, enough ? "Nothing more to try" : "Next rate to try");
    const shown = enough ? best?.rate : suggestion.value;
    this.parts.swap.replaceChildren(
      el("span", { class: "new" }, shown ? f.rate(shown) : "–"),
      el("span", { class: "size" }, enough ? "keep this run" : `good with ${f.percent(suggestion.confidence)} probability`),
    );
    this.parts.swap.className = `swap ${enough ? "keep" : ""}`;
    say(this.parts.reason, suggestion.reason);
    show(this.parts.next, Boolean(shown));
    say(this.parts.nextLine, shown ? `lr = ${f.rate(shown)}` : "");
    this.parts.facts.replaceChildren(...this.#facts(told).map(([name, value, note]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, note ? el("small", {}, note) : null))));
  }

  #drawStops({ stop, trials }) {
    const { stop: place, stopTitle, stopRuns, stopWhy } = this.parts;
    show(place, stop.length > 0);
    if (!stop.length) return;
    say(stopTitle, `${f.plural(stop.length, "run")} can be stopped now`);
    const items = stop.slice(0, MOST_STOPS).map(({ id, reason }) => {
      const name = trials.find((trial) => trial.id === id)?.short ?? this.#lines.get(id)?.run ?? id;
      return el("li", {}, el("a", { href: `${root}run/${encodeURIComponent(id)}` }, el("bdi", {}, f.plain(name))), ` ${reason}`);
    });
    const more = stop.length - items.length;
    stopRuns.replaceChildren(...items, ...(more > 0 ? [el("li", {}, `and ${f.count(more)} more`)] : []));
    const saved = stop.reduce((sum, one) => sum + (one.saved_steps ?? 0), 0);
    const sources = [...new Set(stop.map((one) => one.source))].join("; ");
    say(stopWhy, `${saved ? `That leaves out ${f.plural(saved, "step")}. ` : ""}Advised by ${sources}; nothing is stopped from here.`);
  }

  #facts(told) {
    const { trials, basin, measure } = told;
    const best = trials.find((trial) => trial.behind === 0);
    const whole = trials.filter(isWhole);
    const highest = whole.at(-1);
    const over = highest && trials.find((trial) => trial.outcome === "diverged" && trial.rate > highest.rate);
    const facts = [];
    if (best) facts.push(["Best so far", f.rate(best.rate), `loss ${f.figure(measure === "final" ? best.final : best.best)}`]);
    if (over) facts.push(["Highest rate that held", f.rate(highest.rate), `${f.rate(over.rate)} diverged`]);
    if (basin) facts.push([`Fit over ${f.plural(basin.runs, "run")}`, basin.certainty > 0.995 ? "R² over 0.99" : `R² ${basin.certainty.toFixed(2)}`, "two flanks in log rate"]);
    if (told.tolerance) facts.push(["“Equally good” means", `within ${f.figure(told.tolerance)}`, told.tolerance_reason]);
    return facts;
  }

  #drawTable(told) {
    this.parts.table.replaceChildren(...tableOf(told, this.#lines));
    const differ = Object.keys(told.differs).length;
    const same = Object.entries(told.same);
    const all = differ + same.length;
    say(this.parts.differsNote, all ? `${f.count(differ)} of ${f.plural(all, "setting")}` : "no settings beside the logs");
    const names = told.unclean.map((name) => f.plain(name)).slice(0, 6).join(", ");
    this.parts.unclean.replaceChildren(icon("warn"), el("p", {}, el("b", {}, "Not a clean sweep. "), `The runs also differ in ${names}: a loss may look better or worse than its rate deserves.`));
    show(this.parts.unclean, told.unclean.length > 0);
    const tags = same.slice(0, 8).map(([name, value]) => el("code", {}, `${f.plain(name.split("/").at(-1))} ${typeof value === "number" ? f.figure(value) : f.plain(value)}`));
    const more = same.length > 8 ? [`and ${f.count(same.length - 8)} more`] : [];
    this.parts.same.replaceChildren(...(same.length ? ["The same in all:", ...tags, ...more] : []));
    show(this.parts.same, same.length > 0);
  }

  #drawCurves(series) {
    const told = this.#told;
    const best = told.trials.find((trial) => trial.behind === 0)?.id;
    const unit = [...this.#lines.values()][0]?.x_axis ?? "step";
    say(this.parts.curvesTitle, told.trials.length === 1 ? "The curve" : `The ${f.count(told.trials.length)} curves`);
    say(this.parts.curvesNote, `${lossName(told.metric)}; the pointer lifts one run`);
    if (![...series.values()].some((one) => one?.steps.length)) return;
    this.curves.show((look) => {
      const drawn = curvesFigure({ told, series, best, unit }, look);
      this.drawnIds = drawn.ids;
      return drawn;
    });
  }

  #lift() {
    const set = (at) => {
      const n = this.drawnIds?.length ?? 0;
      if (at >= n) return;
      this.curves.restyle({ opacity: lifted(n, at) }, Array.from({ length: n }, (_, i) => i));
    };
    this.curves.on("plotly_hover", (event) => set(event.points[0].curveNumber));
    this.curves.on("plotly_unhover", () => set(-1));
  }
}

/** The folders that all of these names begin with, "" or with a slash at the end. */
function shared(names) {
  if (names.length < 2) return "";
  const parts = names.map((name) => name.split("/").slice(0, -1));
  let n = 0;
  while (parts.every((folders) => n < folders.length && folders[n] === parts[0][n])) n += 1;
  return parts[0].slice(0, n).map((folder) => `${folder}/`).join("");
}
