// Everything a page shows is in its address: a link sent to a colleague opens the same view.

/** Where the application stands: "/" or "/lab/". This file lies in <root>assets/screen/. */
export const root = new URL("../../", import.meta.url).pathname;

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

/** Goes to another page of the screen without loading it anew. */
export function go(href) {
  history.pushState(null, "", href);
  // Dash's Location and our own listeners read the address when a popstate says it changed.
  window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
}

/** Calls `listener` when the reader goes back or forward. Returns what ends that. */
export function onMove(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

window.addEventListener("popstate", () => {
  for (const listener of [...listeners]) listener();
});

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
