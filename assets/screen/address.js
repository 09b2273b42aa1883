// Everything a page shows is in its address: a link sent to a colleague opens the same view.

import * as dash from "./dash.js";
import { toast } from "./toast.js";

/** Where the application stands: "/" or "/lab/". */
export const root = document.documentElement.dataset.root;

const listeners = new Set();

export function query() {
  return new URLSearchParams(location.search);
}

/**
 * Puts values into the address; null or "" takes one out. `push` makes it a step that the
 * browser's back button undoes; typing and dragging replace instead.
 */
export function remember(values, { push = false } = {}) {
  const search = query();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") search.delete(name);
    else search.set(name, String(value));
  }
  const text = search.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  const address = location.pathname + (text ? `?${text}` : "");
  if (address === location.pathname + location.search) return;
  history[push ? "pushState" : "replaceState"](history.state, "", address);
}

/** Goes to another page of the screen, without loading it anew where Dash is there to draw it. */
export function go(href) {
  if (!dash.isReady()) {
    const leave = () => location.assign(href);
    // The browser's own page of an error would not come back by itself.
    if (document.body.dataset.connection === "lost") toast("The page did not open", "The server does not answer.", { again: leave });
    else leave();
    return;
  }
  history.pushState(null, "", href);
  moved();
}

/** Calls `listener` when the reader goes back or forward. Returns what ends that. */
export function onMove(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function moved() {
  if (!dash.draw(location.pathname)) location.reload();
  for (const listener of [...listeners]) listener();
}

window.addEventListener("popstate", moved);

/** Takes clicks on links to pages of ours, leaving new tabs and other buttons to the browser. */
export function interceptLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plainClick = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plainClick || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href);
    const inside = to.origin === location.origin && to.pathname.startsWith(root) && !to.hash;
    if (!inside) return;
    event.preventDefault();
    if (to.href !== location.href) go(to.href);
    if (!link.closest(".rows")) window.scrollTo(0, 0);
  });
}
