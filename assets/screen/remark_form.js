// The forms that say something of a run. Fields are plain elements: what is typed is text.

import { el, show } from "./dom.js";
import { plain, plural } from "./format.js";
import { author, setAuthor, tell, tellEach } from "./remarks.js";
import { troubles } from "./status.js";
import { titleOf } from "./words.js";

const ENDS = [
  ["", "Until it gets worse"],
  ["1", "For an hour"],
  ["8", "For 8 hours"],
  ["24", "For a day"],
  ["168", "For a week"],
];

/**
 * A form with its fields, the reader's name, a button and a place for what went wrong:
 * `{node, settle}`, where `settle` brings the name up to date. `read` says what is wrong, or sends.
 */
function form({ id, title, hint, fields, act, cancel, read }) {
  const who = nameField(id);
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const go = el("button", { class: "btn primary", type: "submit" }, act);
  const acts = [go, cancel ? el("button", { class: "btn", type: "button", onclick: cancel }, "Cancel") : null];
  const head = title ? [el("h2", { id: `${id}-title` }, title)] : [];
  if (hint) head.push(el("p", { class: "hint" }, hint));
  const node = el("form", { class: "say-form", novalidate: true }, ...head, ...fields, who.node, fault, el("div", { class: "say-acts" }, ...acts));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    setAuthor(who.value());
    go.disabled = true;
    const wrong = await read().catch((error) => error.message);
    go.disabled = false;
    fault.textContent = wrong ?? "";
    show(fault, Boolean(wrong));
    if (!wrong) who.settle(true);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) node.requestSubmit();
    if (event.key === "Escape" && cancel) cancel();
  });
  return { node, settle: who.settle };
}

/** The field for the name: asked once, and then shown with a way to change it. */
function nameField(id) {
  const input = el("input", { id: `${id}-name`, class: "field", maxlength: 60, autocomplete: "name", spellcheck: "false", placeholder: "so that others know whom to ask" });
  const asked = el("div", { class: "labelled" }, el("label", { for: input.id }, "Your name"), input);
  const change = el("button", { class: "as", type: "button" });
  const node = el("div", { class: "who" }, asked, change);
  const settle = (said) => {
    if (!said && document.activeElement === input) return;
    const known = author();
    input.value = known ?? "";
    change.textContent = known ? `as ${plain(known)}, change` : "without a name, change";
    show(asked, known === null);
    show(change, known !== null);
  };
  change.addEventListener("click", () => {
    show(asked, true);
    show(change, false);
    input.focus();
  });
  settle();
  return { node, value: () => input.value, settle };
}

function labelled(words, field) {
  return el("div", { class: "labelled" }, el("label", { for: field.id }, words), field);
}

export function acknowledgeForm(lines, done) {
  const text = el("input", { id: "say-text", class: "field", maxlength: 300, autocomplete: "off" });
  const read = () => tellEach(lines, "acknowledge", { text: text.value }).then(done);
  return form({
    id: "say",
    title: "Acknowledge",
    hint: "Others see that somebody looks after this run. It counts as unseen again when something else is found or this gets worse.",
    fields: [labelled("What are you doing about it? (if you like)", text)],
    act: "Acknowledge",
    cancel: done,
    read,
  });
}

export function muteForm(lines, done) {
  const choices = lines.length === 1 ? scopes(lines[0]) : [[`Everything found on these ${plural(lines.length, "run")} so far`, {}]];
  const what = el("select", { id: "say-what", class: "field" }, ...choices.map(([words], i) => el("option", { value: i }, words)));
  const text = el("input", { id: "say-text", class: "field", maxlength: 300, autocomplete: "off", "aria-required": "true" });
  const end = el("select", { id: "say-end", class: "field" }, ...ENDS.map(([value, words]) => el("option", { value }, words)));
  const read = async () => {
    if (!text.value.trim()) {
      text.focus();
      return "A mute has a reason: whoever comes next should know why.";
    }
    const [, named] = choices[what.value];
    const hours = end.value ? Number(end.value) : null;
    await tellEach(lines, "mute", { text: text.value, hours, ...named });
    return done();
  };
  return form({
    id: "say",
    title: "Mute",
    hint: "What is muted does not alarm: the run sinks on the ward, with your reason. A mute always ends when it gets worse.",
    fields: [
      labelled("What", what),
      labelled("Why", text),
      labelled("How long", end),
    ],
    act: "Mute",
    cancel: done,
    read,
  });
}

/** What can be muted: `[words, how the server is told]`, the widest first. */
function scopes(line) {
  const alarming = troubles(line);
  const rules = [...new Set(alarming.map((one) => one.rule))];
  const all = rules.length > 1 ? [["Everything found on this run so far", {}]] : [];
  const each = rules.map((rule) => [`${titleOf(alarming.find((one) => one.rule === rule))}: the rule, on this run`, { rule }]);
  const single = alarming.map((one) => {
    const { rule, metric, onset_step } = one;
    return [`${titleOf(one)} from ${line.x_axis} ${onset_step.toLocaleString("en-US")}: this finding only`, { rule, metric, onset_step }];
  });
  return [...all, ...each, ...single];
}

export function noteForm(line) {
  const text = el("textarea", { id: "note-text", class: "field", rows: 3, maxlength: 2000, placeholder: "What you tried, what you think, what to do next" });
  const read = async () => {
    if (!text.value.trim()) {
      text.focus();
      return "Nothing is written yet.";
    }
    await tell(line(), "note", { text: text.value });
    text.value = "";
    return null;
  };
  return form({ id: "note", fields: [labelled("A note on this run", text)], act: "Add note", read });
}
