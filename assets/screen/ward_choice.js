// The runs that are chosen on the ward, and the bar that says what can be done with them. Which
// they are is in the address: coming back from a comparison they are still chosen.

import { go, query, remember } from "./address.js";
import { say, show } from "./dom.js";
import { feed } from "./feed.js";
import { plural } from "./format.js";
import { acknowledgeForm, muteForm } from "./remark_form.js";
import { compareAddress, family, MOST } from "./siblings.js";
import { troubles } from "./status.js";
import { toast } from "./toast.js";

export class Choice {
  #ids = new Set();

  /** `onChange` is called when other runs are chosen. */
  constructor(parts, onChange) {
    this.parts = parts;
    this.onChange = onChange;
    parts.compare.addEventListener("click", () => this.#compare());
    parts.clear.addEventListener("click", () => this.#set([]));
    parts.seeThem.addEventListener("click", () => this.#say(acknowledgeForm, parts.seeThem));
    parts.muteThem.addEventListener("click", () => this.#say(muteForm, parts.muteThem));
    this.read();
  }

  read() {
    this.#ids = new Set((query().get("chosen") ?? "").split(",").filter(Boolean).slice(0, MOST));
  }

  has(id) {
    return this.#ids.has(id);
  }

  toggle(id) {
    const ids = new Set(this.#ids);
    if (!ids.delete(id)) ids.add(id);
    if (ids.size > MOST) toast("That is one too many", `A comparison takes up to ${plural(MOST, "run")}.`);
    this.#set([...ids].slice(0, MOST));
  }

  /** What `c` does: the chosen, else the runs of the folder of `line`, else the likeliest. */
  compareAround(line) {
    if (this.#ids.size > 1 || (this.#ids.size && !line)) this.#compare();
    else go(compareAddress(line ? relatives(line) : []));
  }

  draw() {
    if (feed.status?.done) for (const id of this.#ids) if (!feed.runs.has(id)) this.#ids.delete(id);
    show(this.parts.chosen, this.#ids.size > 0);
    say(this.parts.chosenWords, `${plural(this.#ids.size, "run")} chosen`);
    this.parts.rows.classList.toggle("choosing", this.#ids.size > 0);
    const sick = this.#sick().length;
    show(this.parts.seeThem, sick > 0);
    show(this.parts.muteThem, sick > 0);
    if (!sick) this.#close();
  }

  /** The chosen runs on which something alarms. */
  #sick() {
    return [...this.#ids].map((id) => feed.runs.get(id)).filter((line) => line && troubles(line).length);
  }

  #say(form, opener) {
    const done = () => {
      this.#close();
      (opener.hidden ? this.parts.clear : opener).focus();
    };
    this.parts.say.replaceChildren(form(this.#sick(), done).node);
    show(this.parts.say, true);
    this.parts.say.querySelector("#say-text").focus();
  }

  #close() {
    show(this.parts.say, false);
    this.parts.say.replaceChildren();
  }

  #compare() {
    const [only] = this.#ids;
    go(compareAddress(this.#ids.size > 1 || !feed.runs.has(only) ? [...this.#ids] : relatives(feed.runs.get(only))));
  }

  #set(ids) {
    this.#ids = new Set(ids);
    this.#close(); // a form speaks of those that were chosen when it was opened
    remember({ chosen: ids.join(",") });
    this.onChange();
  }
}

/** The run and those of its folder; itself even where it cannot be compared: the page says why. */
function relatives(line) {
  const ids = family(line).map((one) => one.id);
  return ids.includes(line.id) ? ids : [line.id];
}
