// Says in words how fresh the screen is: in the top bar, and in a strip where that matters.

import { now } from "./api.js";
import { el, icon, say, show } from "./dom.js";
import { feed } from "./feed.js";
import { ago, clock, count, plural, span } from "./format.js";

const tones = {
  live: "ok",
  polling: "ok",
  reading: "watch",
  empty: "quiet",
  connecting: "quiet",
  reconnecting: "warn",
  stale: "warn",
  lost: "warn",
};

/** Whether the process that reads the logs has gone silent though the server answers. */
function readerLost() {
  return feed.connection !== "lost" && feed.status?.stale === true;
}

function words() {
  const { connection, status } = feed;
  if (connection === "lost") return "Server lost";
  if (connection === "reconnecting") return "Reconnecting";
  if (connection === "connecting" && !status) return "Connecting";
  if (status?.stale) return "Reading stopped";
  if (status && !status.done) return `Reading, ${count(status.files_read)} of ${count(status.files)}`;
  const growing = [...feed.runs.values()].filter((line) => line.growing).length;
  if (!feed.runs.size) return "Nothing to watch yet";
  if (!growing) return "Live, no run is growing";
  return `Live, ${plural(growing, "run")} growing`;
}

/** The connection, told apart by what it brings: only "live" has a beating dot. */
function pace() {
  if (readerLost()) return "stale";
  if (tones[feed.connection] !== "ok") return feed.connection;
  if (feed.status && !feed.status.done) return "reading";
  return feed.runs.size ? feed.connection : "empty";
}

export function mountConnection() {
  const indicator = document.getElementById("connection");
  const word = indicator.querySelector(".word");
  const strip = document.getElementById("strip");
  const update = () => {
    indicator.className = `connection ${tones[pace()]}`;
    indicator.dataset.state = pace();
    say(word, words());
    document.body.dataset.connection = feed.connection;
    drawStrip(strip);
  };
  feed.addEventListener("change", update);
  feed.addEventListener("connection", update);
  setInterval(() => strip.hidden || drawStrip(strip), 1000);
}

function drawStrip(strip) {
  const lost = feed.connection === "lost";
  const kind = lost ? "lost" : readerLost() ? "stale" : "";
  if (strip.dataset.kind !== kind) {
    strip.dataset.kind = kind;
    strip.replaceChildren(...(kind ? [stripContent(lost)] : []));
    show(strip, Boolean(kind));
  }
  if (lost) sayWhen(strip);
  else if (kind) saySilence(strip);
}

function stripContent(lost) {
  const again = el("button", { class: "btn", type: "button", onclick: () => feed.retry() }, "Try now");
  const title = el("b", {}, lost ? "Server lost. " : "Reading stopped. ");
  // The countdown changes every second; only the fact is read out.
  const detail = el("span", { "data-detail": "", "aria-live": "off" });
  const parts = [icon(lost ? "plug" : "clock"), el("p", {}, title, detail)];
  return el("div", { class: "wrap" }, ...parts, lost ? again : null);
}

function sayWhen(strip) {
  const wait = Math.max(0, Math.ceil((feed.retryAt - Date.now()) / 1000));
  const since = feed.heardAt ? ` stopped answering at ${clock(feed.heardAt / 1000)}.` : " does not answer.";
  const next = wait ? `Trying again in ${span(wait)}.` : "Trying again.";
  say(strip.querySelector("[data-detail]"), `lrdoctor on ${location.host}${since} ${next}`);
}

function saySilence(strip) {
  const silent = ago(now() - feed.status.alive_at);
  const what =
    `The process that reads your logs last answered ${silent}. What you see is its last state; ` +
    "your training is not affected. Start lrdoctor again if this stays.";
  say(strip.querySelector("[data-detail]"), what);
}
