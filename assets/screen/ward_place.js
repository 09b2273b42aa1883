// Where the reader was on the ward before opening a run, on which row, and among which runs: for the
// way back, with or without the document being loaded anew.

import { root } from "./address.js";

const KEY = "lrdoctor-ward-place";

export const place = { top: 0, focused: "", search: "", ...kept() };

/** Keeps what the ward's address narrows the list to. */
export function keepSearch() {
  if (location.pathname === root) place.search = location.search;
}

/** The ward as it was left. */
export function wardAddress() {
  return root + place.search;
}

/** Has the place outlive the document. */
export function keepPlace() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // Storage is forbidden here: the way back then leads to the top.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
