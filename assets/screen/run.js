// One run: takes its line from the feed and hands it to the panels of the page.

import * as api from "./api.js";
import { go, root } from "./address.js";
import { drawChange } from "./change.js";
import { drawDiagnosis } from "./diagnosis.js";
import { el, copy, say, show, slots } from "./dom.js";
import { Evidence } from "./evidence.js";
import { feed } from "./feed.js";
import { at, plain, plural } from "./format.js";
import { onKeys } from "./keys.js";
import { sayMissing } from "./not_found.js";
import { plotly } from "./plotly.js";
import { RemarksPanel } from "./remarks_panel.js";
import { compareAddress, family, hasSiblings } from "./siblings.js";
import { SchedulePanel } from "./schedule.js";
import { drawStory } from "./story.js";
import { drawVitals } from "./vitals.js";
import { wardAddress } from "./ward_place.js";
import { setup } from "./ward_row.js";
import { prose } from "./words.js";
import { statusOf } from "./status.js";

const AGES = 5000; // ms between two looks at the clock

export function mount(page) {
  return new RunPage(page).mount();
}

class RunPage {
  #line = null;
  #evidence = null;
  #schedule = null;
  #lastStatus = null;
  #remarks = null;

  constructor(page) {
    this.page = page;
    this.id = page.dataset.path.slice("run/".length);
    this.parts = slots(page);
    this.parts.back.href = wardAddress();
    plotly(page); // ahead of the chart, which tells where it does not come
  }

  mount() {
    const onChange = (event) => this.#changed(event.detail);
    feed.addEventListener("change", onChange);
    this.parts.report.addEventListener("click", () => copy(this.parts.report, this.#report()));
    const lookAway = feed.lookAt(this.id);
    const clock = setInterval(() => this.#line && this.#drawPanels(), AGES);
    const endKeys = onKeys({
      c: () => !this.parts.siblings.hidden && go(this.parts.siblings.href),
      u: () => go(wardAddress()),
    });
    this.#open();
    return () => {
      feed.removeEventListener("change", onChange);
      lookAway();
      clearInterval(clock);
      endKeys();
      this.#evidence?.close();
      this.#schedule?.close();
      this.#remarks?.close();
    };
  }

  /** The line may be at hand already; else it is asked for alone, ahead of all the others. */
  async #open() {
    if (feed.runs.has(this.id)) {
      this.#draw(feed.runs.get(this.id));
      return;
    }
    try {
      const line = await api.run(this.id);
      if (!this.#line) this.#draw(line);
    } catch (error) {
      if (error.status === 404) this.#missing();
      else if (!this.#line) setTimeout(() => this.page.isConnected && this.#open(), 2000);
    }
  }

  #changed({ changed, whole }) {
    // Another run may have become a sibling.
    if (this.#line && !this.parts.run.hidden) this.#drawWays(this.#line);
    if (!whole && !changed.has(this.id)) return;
    const line = feed.runs.get(this.id);
    if (line) this.#draw(line);
    else if (feed.status?.done) this.#missing();
  }

  #missing() {
    show(this.parts.waiting, false);
    show(this.parts.run, false);
    show(this.parts.unreadable, false);
    show(this.parts.gone, true);
    sayMissing(this.parts.gone, { asked: this.id, isRun: true });
    document.title = "No such run · lrdoctor";
  }

  #draw(line) {
    this.#line = line;
    const unreadable = line.status === "unreadable" && !Object.keys(line.metrics).length;
    show(this.parts.waiting, false);
    show(this.parts.gone, false);
    show(this.parts.unreadable, unreadable);
    show(this.parts.run, !unreadable);
    document.title = `${statusOf(line).word}: ${plain(line.run)} · lrdoctor`;
    if (unreadable) {
      this.#drawUnreadable(line);
      return;
    }
    this.#drawHead(line);
    this.#remarks ??= new RemarksPanel(this.parts);
    this.#evidence ??= new Evidence(this.page, this.id, () => this.#drawPanels());
    this.#drawPanels();
    this.#evidence.show(line);
    this.#schedule ??= new SchedulePanel(this.parts, this.id);
    this.#schedule.show(line);
    this.#announce(line);
  }

  #drawPanels() {
    if (!this.#evidence) return;
    const line = this.#line;
    drawDiagnosis(this.parts, line, this.#evidence);
    drawChange(this.parts, line);
    drawVitals(this.parts, line);
    drawStory(this.parts, line, this.#evidence);
    this.#remarks.draw(line);
  }

  #drawHead(line) {
    const folders = line.run.split("/");
    const name = folders.pop();
    say(this.parts.name, plain(name));
    say(this.parts.folder, folders.length ? ` / ${plain(folders.join(" / "))}` : "");
    const about = [setup(line), `${plural(line.points, "point")}`];
    say(this.parts.meta, about.join(", "));
    this.parts.meta.title = plain(line.path);
    this.#drawWays(line);
  }

  /** To the pages that show this run in another light. */
  #drawWays(line) {
    const { siblings, asRange } = this.parts;
    const has = hasSiblings(line);
    show(siblings, has);
    if (has) {
      const ids = family(line).map((one) => one.id);
      siblings.href = compareAddress(ids);
      say(siblings, `Compare with its ${plural(ids.length - 1, "sibling")}`);
    }
    show(asRange, line.learning_rate.schedule === "range-test");
    asRange.href = `${root}range?run=${encodeURIComponent(line.id)}`;
  }

  #announce(line) {
    const { rank } = statusOf(line);
    if (this.#lastStatus !== null && rank < this.#lastStatus && rank < 2) {
      say(document.getElementById("news"), prose(line.headline));
    }
    this.#lastStatus = rank;
  }

  #drawUnreadable(line) {
    const [first] = line.problems;
    say(this.parts.unreadableWhy, prose(line.headline).replace(/\.$/, ""));
    const place = first?.line ? `, ${at("line", first.line)}` : "";
    this.parts.unreadableWhere.replaceChildren(el("span", { class: "code-text" }, plain(line.path)), place);
    const entries = line.problems.map((one) =>
      el("li", {}, el("span", { class: "line" }, one.line ? String(one.line) : "–"), el("span", {}, plain(one.what))),
    );
    this.parts.unreadableProblems.replaceChildren(...entries);
    const said = line.problems.every((one) => !one.line && line.headline.endsWith(one.what));
    show(this.parts.unreadableProblems, entries.length > 0 && !said);
    const others = Math.max(0, feed.runs.size - 1);
    const rest = others ? ` The other ${plural(others, "run")} ${others === 1 ? "is" : "are"} not affected.` : "";
    say(this.parts.unreadableOthers, `It is read again as soon as it changes.${rest}`);
    this.parts.unreadableBack.href = root;
  }

  #report() {
    const { path, format, headline, problems } = this.#line;
    const lines = problems.map((one) => `${one.path}${one.line ? `:${one.line}` : ""}: ${one.what}`);
    return [headline, `log: ${path} (${format || "format unknown"})`, ...lines].join("\n");
  }
}
