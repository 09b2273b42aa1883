// A message in the corner for what failed. Nothing fails in silence.

import { el, icon } from "./dom.js";

/** Shows a fault until it is dismissed; the same title is shown once. */
export function toast(title, text, { again } = {}) {
  const place = document.getElementById("toasts");
  for (const old of [...place.children]) if (old.dataset.title === title) old.remove();
  const close = () => box.remove();
  const act = () => {
    close();
    again();
  };
  const box = el(
    "div",
    { class: "toast warn", "data-title": title },
    icon("warn"),
    el(
      "div",
      {},
      el("b", {}, title),
      el("p", {}, text),
      again ? el("button", { class: "btn", type: "button", onclick: act }, "Try again") : null,
      el("button", { class: "btn", type: "button", onclick: close }, "Dismiss"),
    ),
  );
  place.append(box);
}

/** A server callback that failed writes its reason into #fault; it becomes a toast. */
export function watchFaults() {
  const look = () => {
    const fault = document.getElementById("fault") ?? document.getElementById("first-fault");
    if (!fault?.textContent) return; // asked for at every change on the page: by id, the quickest
    const again = () => location.reload();
    toast("This page could not be drawn", fault.textContent, { again });
    if (fault.id === "fault") window.dash_clientside.set_props("fault", { children: "" });
    else fault.remove();
  };
  look();
  new MutationObserver(look).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
  });
}
