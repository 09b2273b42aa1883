// Small tools on elements. Text from logs enters the page only through textContent.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children. Strings become text nodes, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  return dressed(node, attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  return el("i", { class: `icon icon-${name}`, "aria-hidden": "true" });
}

/** An arrow between two values, and the word that is said for it. */
export function arrow() {
  return el("span", { class: "to" }, icon("arrow"), el("span", { class: "visually-hidden" }, " to "));
}

/** A copy of what a <template> holds. Dash draws a template's content as its children. */
export function stamp(template) {
  const content = template.content?.firstElementChild ?? template.firstElementChild;
  return content.cloneNode(true);
}

/** The parts of a stamped or drawn block that carry data-slot, by that name. */
export function slots(root) {
  const found = {};
  for (const node of root.querySelectorAll("[data-slot]")) found[node.dataset.slot] = node;
  return found;
}

const RATE = /(\d(?:\.\d+)?e-\d+)/; // browsers break a line after its hyphen

/** Sets text only where it differs, so that a redraw disturbs neither selection nor reader. */
export function say(node, text) {
  const words = text ?? "";
  if (node.textContent === words) return;
  const parts = words.split(RATE);
  if (parts.length === 1) node.textContent = words;
  else node.replaceChildren(...parts.map((part, i) => (i % 2 ? el("span", { class: "rate-word" }, part) : part)));
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Copies `text`, and says so on the button for a moment. */
export async function copy(button, text) {
  const label = button.querySelector("span") ?? button;
  const before = button.dataset.label ?? label.textContent;
  button.dataset.label = before;
  label.textContent = (await toClipboard(text)) ? "Copied" : "Select and copy";
  setTimeout(() => {
    label.textContent = before;
  }, 1600);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers give no clipboard to plain http on a lab address; the old way still works there.
    const field = el("textarea", { class: "visually-hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
