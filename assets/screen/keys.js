// Single keys outside of fields, as the help panel lists them.

const TYPING = "input:not([type=checkbox], [type=range]), select, textarea, [contenteditable]";

/**
 * Calls `acts[key](event)`; a key that nothing was done for, where the act answers false, is left
 * to the browser. Keys of a combination and keys typed into a field are the browser's, too.
 * Returns what ends that.
 */
export function onKeys(acts) {
  const pressed = (event) => {
    const combined = event.ctrlKey || event.metaKey || event.altKey;
    if (combined || event.defaultPrevented || event.target.closest?.(TYPING)) return;
    if (Object.hasOwn(acts, event.key) && acts[event.key](event) !== false) event.preventDefault();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
