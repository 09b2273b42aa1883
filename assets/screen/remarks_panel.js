// What people say of a run, on its page: the form, what stands now, and the notes.

import { now } from "./api.js";
import { el, icon, say, show } from "./dom.js";
import { ago, plain, plural } from "./format.js";
import { onKeys } from "./keys.js";
import { acknowledgeForm, muteForm, noteForm } from "./remark_form.js";
import { endOf, nameOf, rulesOf, textOf, withdraw } from "./remarks.js";
import { muteOf, troubles } from "./status.js";
import { toast } from "./toast.js";

const SHORT = 140; // letters of the newest note that stand in the head

export class RemarksPanel {
  #line = null;
  #open = "";

  constructor(parts) {
    this.parts = parts;
    for (const name of ["acknowledge", "mute"]) {
      parts[name].addEventListener("click", () => this.#toggle(name));
    }
    this.note = noteForm(() => this.#line);
    parts.noteForm.append(this.note.node);
    this.endKeys = onKeys({
      a: () => !parts.acknowledge.hidden && this.#toggle("acknowledge"),
      m: () => !parts.mute.hidden && this.#toggle("mute"),
      n: () => {
        parts.noteForm.querySelector("textarea").focus();
        parts.noteForm.scrollIntoView({ block: "center" });
      },
    });
  }

  close() {
    this.endKeys();
  }

  draw(line) {
    this.#line = line;
    this.note.settle();
    const alarming = troubles(line).length > 0;
    const silent = muteOf(line)?.status === "muted";
    show(this.parts.acknowledge, alarming && !silent && !line.acknowledged);
    show(this.parts.mute, alarming && !silent);
    if (this.#open && this.parts[this.#open].hidden) this.#close();
    this.#redraw(this.parts.said, heads(line), (one) => this.#head(one));
    const entries = [...line.remarks].reverse();
    this.#redraw(this.parts.notes, entries, (one) => this.#entry(one));
    say(this.parts.notesHint, entries.length ? "" : "None yet. Everyone who opens this screen sees them.");
    show(this.parts.notesHint, !entries.length);
    for (const time of this.parts.run.querySelectorAll("time[data-at]")) say(time, ago(now() - time.dataset.at));
  }

  /** Draws a list anew only where it says something else, so that no button goes under a pointer. */
  #redraw(list, entries, draw) {
    const told = JSON.stringify(entries);
    show(list, entries.length > 0);
    if (list.dataset.told === told) return;
    list.dataset.told = told;
    list.replaceChildren(...entries.map(draw));
  }

  #toggle(name) {
    if (this.#open === name) this.#close();
    else this.#show(name);
  }

  #show(name) {
    this.#close();
    this.#open = name;
    const form = name === "mute" ? muteForm : acknowledgeForm;
    this.parts.say.replaceChildren(form([this.#line], () => this.#close()).node);
    show(this.parts.say, true);
    this.parts[name].setAttribute("aria-expanded", "true");
    this.parts.say.querySelector("#say-text").focus();
  }

  #close() {
    if (!this.#open) return;
    const opener = this.parts[this.#open];
    this.#open = "";
    const inside = this.parts.say.contains(document.activeElement);
    show(this.parts.say, false);
    this.parts.say.replaceChildren();
    for (const name of ["acknowledge", "mute"]) this.parts[name].setAttribute("aria-expanded", "false");
    if (inside) opener.focus();
  }

  // -- what stands now, below the head

  #head({ what, one, text }) {
    const by = el("b", {}, nameOf(one));
    const words = el("p", {}, ...headWords(what, one, by), text ? el("q", {}, text) : "");
    const undo = what === "note" ? el("a", { class: "btn small", href: "#notes" }, "All notes") : this.#undo(one, UNDO[what]);
    return el("li", { class: what }, icon(ICONS[what]), words, undo);
  }

  #undo(one, words) {
    const act = () => withdraw(this.#line, one.number).catch((error) => toast("That was not kept", error.message));
    return el("button", { class: "btn small", type: "button", onclick: act }, words);
  }

  // -- the notes, the newest first

  #entry(one) {
    const title = el("p", { class: "by" }, el("b", {}, nameOf(one)), ` ${DID[one.kind](one)} `, when(one));
    const text = one.text ? el("p", { class: "text" }, textOf(one)) : null;
    const undo = this.#undo(one, UNDO[one.kind]);
    return el("li", { class: one.kind }, el("span", { class: "badge quiet" }, icon(ICONS[one.kind])), el("div", {}, title, text), undo);
  }
}

const ICONS = { note: "note", mute: "mute", acknowledge: "watch" };
const UNDO = { note: "Remove", mute: "Unmute", acknowledge: "Take back" };
const DID = {
  note: () => "wrote",
  acknowledge: () => "looks after it, since",
  mute: (one) => `muted ${[...new Set(one.covers.map(({ rule }) => plain(rule).replaceAll("-", " ")))].join(", ")} ${endOf(one)},`,
};

/** What the head tells: the mute that holds, who looks after the run, the newest note. */
function heads(line) {
  const told = [];
  const muted = muteOf(line);
  if (muted) told.push({ what: "mute", one: muted, text: textOf(muted) });
  if (line.acknowledged) told.push({ what: "acknowledge", one: line.acknowledged, text: textOf(line.acknowledged) });
  const notes = line.remarks.filter((one) => one.kind === "note");
  if (notes.length) told.push({ what: "note", one: { ...notes.at(-1), all: notes.length }, text: shortened(textOf(notes.at(-1))) });
  return told;
}

function headWords(what, one, by) {
  if (what === "mute") return [`${rulesOf(one)} muted by `, by, ", ", when(one), `, ${endOf(one)}: `];
  if (what === "acknowledge") return ["Looked after by ", by, ", ", when(one), one.text ? ": " : "."];
  return [by, ", ", when(one), one.all > 1 ? `, the newest of ${plural(one.all, "note")}: ` : ": "];
}

function shortened(text) {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
}

function when({ made_at: at }) {
  const date = new Date(1000 * at);
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString("en-GB"), "data-at": at }, ago(now() - at));
}
