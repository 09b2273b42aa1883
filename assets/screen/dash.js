// Dash draws every page but the first, which came with the document. So a reader who opens one page
// does not wait for Dash: its scripts are in a template, and run once that page stands and its reader
// has stirred. A page that is only looked at, on a wall or in a tab opened for later, needs none.

const STIRS = ["pointermove", "pointerdown", "keydown"];
const SETTLED = 1500; // ms that the first page is left to itself
const BUSY = 3000; // ms after which they run however busy it still is

let shown = location.pathname;
const stirred = new Promise((done) => {
  for (const kind of STIRS) window.addEventListener(kind, done, { once: true, passive: true });
});

/** Whether Dash has taken its place and can draw. */
export function isReady() {
  return Boolean(window.dash_clientside?.set_props && document.getElementById("view"));
}

/** Has the page at a path drawn into #view. False where Dash cannot, and something else is shown. */
export function draw(path) {
  if (path === shown) return true;
  if (!isReady()) return false;
  shown = path;
  window.dash_clientside.set_props("wanted", { data: path });
  return true;
}

/** Gives an input field another value, wherever it came from: what Dash draws, it keeps itself. */
export function setInput(input, properties) {
  if (input.closest("#view")) window.dash_clientside.set_props(input.id, properties);
  else Object.assign(input, properties);
}

/** Runs the scripts when page and reader are so far and the browser has nothing better to do. */
export async function load() {
  const settled = new Promise((done) => setTimeout(done, SETTLED));
  await Promise.all([stirred, settled]);
  const run = () => start().catch((error) => console.error(error));
  window.requestIdleCallback ? requestIdleCallback(run, { timeout: BUSY }) : run();
}

async function start() {
  const template = document.getElementById("dash");
  if (!template) return; // it has been done
  template.remove();
  const loads = [];
  for (const script of template.content.querySelectorAll("script")) {
    const copy = document.createElement("script");
    for (const { name, value } of script.attributes) copy.setAttribute(name, value);
    copy.async = false; // in their order
    copy.textContent = script.textContent;
    if (copy.src) loads.push(new Promise((done) => copy.addEventListener("load", done)));
    else await Promise.all(loads); // the last one starts what the others brought
    document.body.append(copy);
  }
}
