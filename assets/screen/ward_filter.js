// Which rows show: states, whether the run grows, and a search that may be a /regex/.

import { optimizer } from "./format.js";
import { stateOf, STATUSES } from "./status.js";

const LONGEST = 200; // letters of a pattern, and the limit of the search field
const HAYSTACK = 300; // letters of a run that a pattern sees: bounds what a costly one can take

/**
 * What the search field asks: `matches(line)`, and `fault` where it cannot be meant.
 * Text between slashes is a regular expression; anything else is plain words, all of which must
 * appear. Case never matters.
 */
export function parseSearch(text) {
  const asked = text.trim().slice(0, LONGEST);
  const pattern = /^\/(.+?)\/?$/.exec(asked);
  if (!pattern) return { matches: words(asked), fault: "" };
  if (isCostly(pattern[1])) {
    return { matches: () => true, fault: "That pattern repeats a repetition and could take for ever." };
  }
  try {
    const expression = new RegExp(pattern[1], "iu");
    return { matches: (line) => expression.test(haystack(line).text), fault: "" };
  } catch (error) {
    return { matches: () => true, fault: sentence(error.message) };
  }
}

function words(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (line) => {
    const hay = haystack(line).small;
    return wanted.every((word) => hay.includes(word));
  };
}

const haystacks = new WeakMap(); // by line: a line that changes is another object

/** What is searched in a line, as it is and in small letters. */
function haystack(line) {
  let hay = haystacks.get(line);
  if (!hay) {
    const said = line.remarks.map((one) => `${one.author} ${one.text}`);
    const parts = [line.run, line.headline, line.optimizer ? optimizer(line.optimizer) : "", line.format, said.join(" ")];
    const text = parts.map((part) => part.slice(0, HAYSTACK)).join(" ");
    hay = { text, small: text.toLowerCase() };
    haystacks.set(line, hay);
  }
  return hay;
}

/**
 * Whether a group that can repeat is itself repeated, as in (a+)+ or (a|aa)*: on such a pattern
 * the browser's matcher may take time exponential in the text.
 */
function isCostly(pattern) {
  const inner = [];
  let depth = 0;
  let repeated = 0;
  let before = "x";
  for (let i = 0; i < pattern.length; i += 1) {
    const letter = pattern[i];
    const optional = letter === "?" && !"(*+?}".includes(before);
    before = letter === "\\" ? "x" : letter;
    if (letter === "\\") i += 1;
    else if (letter === "[") i = endOfClass(pattern, i);
    else if (letter === "(") inner[++depth] = false;
    else if (letter === ")") {
      const repeats = inner[depth] && /^[*+{]/.test(pattern.slice(i + 1));
      if (repeats) return true;
      depth -= 1;
      inner[depth] ||= inner[depth + 1];
    } else if ("*+{|".includes(letter) || optional) {
      inner[depth] = true; // what may be left out is a repetition, too: (a?a?)*
      if (optional || "*+".includes(letter) || /^\{\d*,/.test(pattern.slice(i))) repeated += 1;
    }
  }
  // Several repetitions in a row are polynomial; on so short a text a handful is fine.
  return repeated > 4;
}

function endOfClass(pattern, start) {
  for (let i = start + 1; i < pattern.length; i += 1) {
    if (pattern[i] === "\\") i += 1;
    else if (pattern[i] === "]") return i;
  }
  return pattern.length;
}

function sentence(message) {
  const reason = message.split(": ").at(-1);
  return `Not a regular expression: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`;
}

/** The buttons: states that some run has, then growing and ended. */
export const FILTERS = [
  ...STATUSES.map((status) => ({
    ...status,
    group: "state",
    holds: (line) => stateOf(line) === status,
  })),
  { name: "growing", word: "Growing", tone: "ok", icon: "pulse", group: "life", holds: (line) => line.growing },
  { name: "ended", word: "Ended", tone: "quiet", icon: "flag", group: "life", holds: (line) => !line.growing },
];

/** Whether a line passes: one of the chosen states, and one of the chosen of growing and ended. */
export function passes(line, chosen) {
  return ["state", "life"].every((group) => {
    const on = FILTERS.filter((filter) => filter.group === group && chosen.has(filter.name));
    return !on.length || on.some((filter) => filter.holds(line));
  });
}
