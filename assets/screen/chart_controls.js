// The controls around the chart: smoothing, axis, scales, zoom out, download.

import { setInput } from "./dash.js";
import { el, say, show } from "./dom.js";
import { plain, plural } from "./format.js";
import { metricOf } from "./words.js";

const NAMES = ["axis", "more", "morePick", "logY", "clip", "zoomOut", "csv", "png", "smoothWords", "legend", "chartNote"];

export class ChartControls {
  #ends = [];

  /** `acts` has a function for each control: smooth(index), axis(kind), also(metric), log, clip, zoomOut, csv, png. */
  constructor(page, acts) {
    this.parts = Object.fromEntries(NAMES.map((name) => [name, page.querySelector(`[data-slot="${name}"]`)]));
    this.slider = page.querySelector("#smooth");
    this.#on(this.slider, "input", () => acts.smooth(Number(this.slider.value)));
    this.#on(this.parts.axis, "change", () => acts.axis(this.parts.axis.value));
    this.#on(this.parts.more, "change", () => acts.also(this.parts.more.value));
    this.#on(this.parts.logY, "click", acts.log);
    this.#on(this.parts.clip, "click", acts.clip);
    for (const name of ["zoomOut", "csv", "png"]) this.#on(this.parts[name], "click", acts[name]);
  }

  draw({ view, clips, smoothing, axes, axis, unit, others, legend, notes }) {
    const { parts } = this;
    this.#drawSlider(smoothing, unit);
    offer(parts.axis, axes, axis);
    offer(parts.more, [["", "nothing"], ...others.map((name) => [name, metricOf(name)])], view.also ?? "");
    show(parts.morePick, others.length > 0);
    parts.logY.setAttribute("aria-pressed", String(view.log));
    parts.clip.setAttribute("aria-pressed", String(clips));
    show(parts.zoomOut, view.zoomed);
    say(parts.chartNote, notes);
    const told = JSON.stringify(legend);
    if (parts.legend.dataset.told === told) return;
    parts.legend.dataset.told = told;
    parts.legend.replaceChildren(...legend.map(legendItem));
  }

  close() {
    for (const end of this.#ends) end();
  }

  #drawSlider({ all, halflife, place }, unit) {
    const words = halflife ? plural(halflife, unit) : "off";
    say(this.parts.smoothWords, words);
    this.slider.setAttribute("aria-valuetext", halflife ? `half-life ${words}` : "off");
    const known = this.slider.max === String(all.length - 1) && this.slider.value === String(place);
    if (known || document.activeElement === this.slider) return;
    setInput(this.slider, { max: String(all.length - 1), value: String(place) });
  }

  #on(target, name, act) {
    target.addEventListener(name, act);
    this.#ends.push(() => target.removeEventListener(name, act));
  }
}

function offer(select, choices, chosen) {
  const offered = JSON.stringify(choices);
  if (select.dataset.offered !== offered) {
    select.dataset.offered = offered;
    select.replaceChildren(...choices.map(([value, text]) => el("option", { value }, text)));
  }
  const known = choices.some(([value]) => value === chosen);
  select.value = known ? chosen : choices[0][0];
}

function legendItem({ text, colour, style }) {
  const line = el("i", { class: style, style: `--k:var(--${colour})`, "aria-hidden": "true" });
  return el("li", {}, line, plain(text));
}
