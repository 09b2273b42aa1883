// The Rules page: switch and tune the rules, see what that would find in the runs at hand, and take
// it along as lines of lrdoctor.toml. What is changed here is a draft, and lies in the address.

import * as api from "./api.js";
import { onMove, query, remember } from "./address.js";
import { copy, say, show, slots } from "./dom.js";
import { saveText } from "./export.js";
import { feed } from "./feed.js";
import { plural } from "./format.js";
import { Draft, toml } from "./rules_draft.js";
import { RuleRow } from "./rules_row.js";

export function mount(page) {
  const rules = new Rules(page);
  rules.open();
  return () => rules.close();
}

class Rules {
  #rows = [];
  #known = []; // the rules as the server tells them
  #ends = [];

  constructor(page) {
    this.page = page;
    this.parts = slots(page);
    const update = () => this.#draw();
    feed.addEventListener("change", update);
    this.#ends.push(() => feed.removeEventListener("change", update), onMove(() => page.isConnected && this.#read()));
    this.parts.resetAll.addEventListener("click", () => this.#change(new Draft()));
    this.parts.copyToml.addEventListener("click", () => copy(this.parts.copyToml, this.parts.toml.textContent));
    this.parts.saveToml.addEventListener("click", () => saveText(`${this.parts.toml.textContent}\n`, "lrdoctor.toml", "text/plain"));
  }

  close() {
    for (const end of this.#ends) end();
    for (const row of this.#rows) row.close();
  }

  async open() {
    try {
      this.#known = (await api.rules()).rules;
    } catch {
      if (this.page.isConnected) setTimeout(() => this.page.isConnected && this.open(), 2000);
      return;
    }
    this.#rows = this.#known.map((rule) => {
      const node = this.page.querySelector(`[data-rule="${CSS.escape(rule.name)}"]`);
      return new RuleRow(node, rule, (change) => this.#change(this.draft.with(rule.name, change)));
    });
    this.#read();
    this.#openNamed();
  }

  #read() {
    this.draft = Draft.read(query(), this.#known);
    this.#draw();
  }

  #change(draft) {
    this.draft = draft;
    const names = this.#known.flatMap(({ name, fields }) => [`${name}`, ...fields.map((one) => `${name}.${one.name}`)]);
    remember({ ...Object.fromEntries(names.map((name) => [name, null])), ...draft.told() }, { push: true });
    this.#draw();
  }

  #draw() {
    if (!this.#rows.length) return;
    const lines = [...feed.runs.values()];
    for (const row of this.#rows) row.draw(this.draft.of(row.rule), lines);
    const off = this.#known.filter((rule) => !this.draft.of(rule).on).length;
    const on = this.#known.length - off;
    say(this.parts.answer, off ? `${plural(on, "rule is", "rules are")} on, ${off} ${off === 1 ? "is" : "are"} off` : `${plural(on, "rule is", "rules are")} on`);
    const here = lines.length ? `the ${plural(lines.length, "run")} here` : "the runs that will be here";
    say(this.parts.sub, `Each looks at every run. Counts show what each finds in ${here}, so that you can tune one and see at once.`);
    const changed = this.#known.some((rule) => this.draft.changes(rule));
    show(this.parts.resetAll, changed);
    show(this.parts.draft, changed);
    say(this.parts.draftHint, "Nothing is in force yet: put these lines into lrdoctor.toml and start lrdoctor again.");
    if (changed) say(this.parts.toml, toml(this.#known, this.draft));
  }

  /** A link to #rule-plateau opens that rule's page. */
  #openNamed() {
    const row = this.#rows.find((one) => `#${one.node.id}` === location.hash);
    if (!row) return;
    row.open(true);
    row.node.scrollIntoView();
  }
}
