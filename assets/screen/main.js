// The entry: starts the feed, and gives each page to the module that fills it.

import { interceptLinks, onMove, root } from "./address.js";
import { mountConnection } from "./connection.js";
import { load as loadDash } from "./dash.js";
import { copy } from "./dom.js";
import { feed } from "./feed.js";
import { mountHelp } from "./help.js";
import { mountTheme } from "./theme.js";
import { toast, watchFaults } from "./toast.js";

const PATIENCE = 4000; // ms

// Only what the page at hand needs is compiled.
const PAGES = {
  ward: () => import("./ward.js"),
  run: () => import("./run.js"),
  compare: () => import("./compare.js"),
  range: () => import("./range.js"),
  play: () => import("./play.js"),
  rules: () => import("./rules.js"),
  "not-found": () => import("./not_found.js"),
};

let shown = null; // the page's element and what takes it down again

async function mountPage() {
  const first = document.getElementById("first");
  const drawn = document.getElementById("view")?.querySelector("[data-page]");
  if (drawn) first?.remove();
  const page = drawn ?? first?.querySelector("[data-page]") ?? null;
  if (page === (shown?.page ?? null)) return;
  shown?.unmount?.();
  shown = page && { page };
  if (!page) return;
  markNavigation(page.dataset.page);
  if (drawn) window.scrollTo(0, 0); // where the former page was left says nothing of this one
  const here = shown;
  const { mount } = await PAGES[page.dataset.page]();
  if (shown === here) here.unmount = mount(page);
}

function markNavigation(name) {
  const current = { [name]: "page", ...(name === "run" ? { ward: "true" } : {}) };
  for (const link of document.querySelectorAll(".nav a")) {
    const here = current[link.dataset.nav];
    if (here) link.setAttribute("aria-current", here);
    else link.removeAttribute("aria-current");
    if (here) bringIntoSight(link);
  }
}

/** A phone shows three links at once: the page that is open is to be among them. */
function bringIntoSight(link) {
  const bar = link.parentElement;
  const [own, all] = [link.getBoundingClientRect(), bar.getBoundingClientRect()];
  bar.scrollLeft += own.left + own.width / 2 - (all.left + all.width / 2);
}

/** Dash fetches each page from the server; if that gets no answer, say so. */
function watchNavigation() {
  let waiting = 0;
  onMove(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const page = document.querySelector("[data-path]");
      if (page && root + page.dataset.path !== location.pathname) {
        toast("The page did not open", "The server did not answer.", { again: () => location.reload() });
      }
    }, 4000);
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button, button.dataset.copy);
});
interceptLinks();
mountTheme();
mountHelp();
mountConnection();
watchFaults();
watchNavigation();
new MutationObserver(mountPage).observe(document.body, { childList: true, subtree: true });
mountPage();
feed.start();
// The first page stands once the runs are known, or when it is clear that they do not come.
feed.addEventListener("change", loadDash, { once: true });
setTimeout(loadDash, PATIENCE);
