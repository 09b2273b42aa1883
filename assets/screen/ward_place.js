// Where the reader was on the ward before opening a run, and on which row: for the way back, with
// or without the document being loaded anew.

const KEY = "lrdoctor-ward-place";

export const place = { top: 0, focused: "", ...kept() };

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
