// The entry: starts the feed, and gives each page to the module that fills it.

import { interceptLinks, onMove, root } from "./address.js";
import { mountCompare } from "./compare.js";
import { mountConnection } from "./connection.js";
import { load as loadDash } from "./dash.js";
import { copy } from "./dom.js";
import { feed } from "./feed.js";
import { mountHelp } from "./help.js";
import { mountNotFound } from "./not_found.js";
import { mountPlay } from "./play.js";
import { mountRange } from "./range.js";
import { mountRules } from "./rules.js";
import { mountRun } from "./run.js";
import { mountTheme } from "./theme.js";
import { toast, watchFaults } from "./toast.js";
import { mountWard } from "./ward.js";

const PATIENCE = 4000; // ms

const PAGES = {
  ward: mountWard,
  run: mountRun,
  compare: mountCompare,
  range: mountRange,
  play: mountPlay,
  rules: mountRules,
  "not-found": mountNotFound,
};

let shown = null; // the page's element and what takes it down again

function mountPage() {
  const first = document.getElementById("first");
  const drawn = document.getElementById("view")?.querySelector("[data-page]");
  if (drawn) first?.remove();
  const page = drawn ?? first?.querySelector("[data-page]") ?? null;
  if (page === (shown?.page ?? null)) return;
  shown?.unmount?.();
  shown = page && { page };
  if (!page) return;
  markNavigation(page.dataset.page);
  shown.unmount = PAGES[page.dataset.page](page);
}

function markNavigation(name) {
  const current = { [name]: "page", ...(name === "run" ? { ward: "true" } : {}) };
  for (const link of document.querySelectorAll(".nav a")) {
    const here = current[link.dataset.nav];
    if (here) link.setAttribute("aria-current", here);
    else link.removeAttribute("aria-current");
  }
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
