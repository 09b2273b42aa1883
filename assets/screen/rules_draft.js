// What the reader would change about the rules: which are on, and their thresholds. In the address
// as `spike=off`, `slow=keen`, `divergence.excess=6`.

/** One rule's thresholds, from the widest to the nearest: its own, those in force, the draft's. */
export class Draft {
  #changes = new Map(); // by rule: {on, level, fields}

  static read(asked, known) {
    const draft = new Draft();
    for (const { name, fields, levels } of known) {
      const words = (asked.get(name) ?? "").split(",");
      const change = {};
      if (words.includes("off")) change.on = false;
      if (words.includes("on")) change.on = true;
      const level = words.find((word) => Object.hasOwn(levels, word));
      if (level) change.level = level;
      for (const field of fields) {
        const text = asked.get(`${name}.${field.name}`);
        const value = text === null || text === "" ? NaN : Number(text);
        if (Number.isFinite(value)) change.fields = { ...change.fields, [field.name]: value };
      }
      if (Object.keys(change).length) draft.#changes.set(name, change);
    }
    return draft;
  }

  /** This draft with one rule changed: `{on}`, `{level}`, `{fields}`, or null to take it back. */
  with(name, change) {
    const draft = new Draft();
    draft.#changes = new Map(this.#changes);
    if (change === null) draft.#changes.delete(name);
    else {
      const former = this.#changes.get(name) ?? {};
      // A level sets all thresholds; one set by hand is on top of it.
      const fields = "level" in change ? {} : { ...former.fields, ...change.fields };
      draft.#changes.set(name, { ...former, ...change, fields });
    }
    return draft;
  }

  /** How a rule would be: `{on, level, values}`; `level` "" for thresholds that are no level's. */
  of(rule) {
    const { on, level, fields } = this.#changes.get(rule.name) ?? {};
    const base = Object.fromEntries(rule.fields.map((one) => [one.name, level ? one.default : one.value]));
    const values = { ...base, ...(level ? rule.levels[level] : {}), ...fields };
    return { on: on ?? rule.enabled, level: levelOf(rule, values), values };
  }

  /** Whether a rule would be otherwise than it is in force. */
  changes(rule) {
    const { on, values } = this.of(rule);
    return on !== rule.enabled || rule.fields.some((one) => values[one.name] !== one.value);
  }

  /** The draft as the address holds it. */
  told() {
    const told = {};
    for (const [name, { on, level, fields }] of this.#changes) {
      const words = [on === undefined ? "" : on ? "on" : "off", level ?? ""].filter(Boolean);
      if (words.length) told[name] = words.join(",");
      for (const [field, value] of Object.entries(fields ?? {})) told[`${name}.${field}`] = value;
    }
    return told;
  }
}

function levelOf(rule, values) {
  const own = Object.fromEntries(rule.fields.map((one) => [one.name, one.default]));
  const same = (level) => rule.fields.every(({ name }) => values[name] === { ...own, ...level }[name]);
  return Object.keys(rule.levels).find((name) => same(rule.levels[name])) ?? "";
}

/** The `[rules]` part of lrdoctor.toml that puts the draft in force, and keeps what is in force. */
export function toml(known, draft) {
  const off = known.filter((rule) => !draft.of(rule).on).map(({ name }) => JSON.stringify(name));
  const tables = known.map((rule) => ruleToml(rule, draft.of(rule).values)).filter(Boolean);
  const head = off.length ? [`[rules]\ndisabled = [${off.join(", ")}]`] : [];
  return [...head, ...tables].join("\n\n") || "# The rules with their own thresholds need no line.";
}

/** One rule's table; "" where all is as the rule itself has it. */
export function ruleToml({ name, fields }, values) {
  const lines = fields.filter((one) => values[one.name] !== one.default).map((one) => `${one.name} = ${number(values[one.name], one.whole)}`);
  return lines.length ? [`[rules.${name}]`, ...lines].join("\n") : "";
}

/** TOML tells whole numbers from others by the point. */
function number(value, whole) {
  const text = String(value);
  return whole || /[.e]/.test(text) ? text : `${text}.0`;
}
