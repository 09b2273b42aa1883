// The entry: starts the feed, and gives each page that Dash draws to the module that fills it.

import { interceptLinks, root } from "./address.js";
import { mountConnection } from "./connection.js";
import { copy } from "./dom.js";
import { feed } from "./feed.js";
import { mountHelp } from "./help.js";
import { mountTheme } from "./theme.js";
import { toast, watchFaults } from "./toast.js";

// Each page's own module comes with the first wish for it: with the address, or with a pointer or
// the focus on a link to it. So it is there before the page is drawn.
const PAGES = {
  ward: async () => (await import("./ward.js")).mountWard,
  run: async () => (await import("./run.js")).mountRun,
  compare: async () => (await import("./compare.js")).mountCompare,
  range: async () => (await import("./range.js")).mountRange,
  play: async () => (await import("./play.js")).mountPlay,
  rules: async () => (await import("./rules.js")).mountRules,
  "not-found": async () => (await import("./not_found.js")).mountNotFound,
};

/** Has the module of the page at an address fetched. */
function expect(address) {
  const name = new URL(address, location).pathname.slice(root.length).split("/")[0];
  PAGES[name || "ward"]?.().catch(() => {}); // told when the page is opened
}

function expectLinked(event) {
  const link = event.target.closest?.("a[href]");
  if (link?.origin === location.origin) expect(link.href);
}

let shown = null; // the page's element and what takes it down again

async function mountPage() {
  const page = document.querySelector("[data-page]");
  if (page === (shown?.page ?? null)) return;
  shown?.unmount?.();
  shown = page && { page };
  if (!page) return;
  const mine = shown;
  markNavigation(page.dataset.page);
  try {
    const mount = await PAGES[page.dataset.page]();
    if (shown === mine) mine.unmount = mount(page);
  } catch (error) {
    console.error(error);
    toast("The page did not open", "Its script did not come.", { again: () => location.reload() });
  }
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
  window.addEventListener("popstate", () => {
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
expect(location.href);
for (const wish of ["pointerover", "focusin"]) document.addEventListener(wish, expectLinked);
interceptLinks();
mountTheme();
mountHelp();
mountConnection();
watchFaults();
watchNavigation();
new MutationObserver(mountPage).observe(document.body, { childList: true, subtree: true });
mountPage();
feed.start();
