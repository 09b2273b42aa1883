// The JSON that the server gives; every number on the screen comes from here.

import { root } from "./address.js";

const PATIENCE = 8000;

class ApiError extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** Seconds by which this computer's clock is ahead of the server's. */
let ahead = 0;

/** The server's time, UTC seconds: ages on the screen are told by one clock. */
export function now() {
  return Date.now() / 1000 - ahead;
}

function get(path, signal) {
  return ask(path, { signal });
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(path, { signal, headers, ...asked }) {
  const limit = AbortSignal.timeout(PATIENCE);
  const response = await fetch(root + path, {
    ...asked,
    headers: { Accept: "application/json", ...headers },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  if (response.status === 401) location.reload(); // the session ended: the server asks for the token
  if (!response.ok) throw new ApiError(response.status, await reason(response));
  setClock(response.headers.get("date"));
  return response.json();
}

async function reason(response) {
  const body = await response.json().catch(() => ({}));
  return body.error ?? `the server answered ${response.status}`;
}

function setClock(date) {
  const server = Date.parse(date ?? "");
  if (Number.isNaN(server)) return;
  const difference = (Date.now() - server) / 1000;
  ahead = Math.abs(difference) < 3 ? 0 : difference; // the header counts whole seconds
}

/** All runs, or those that changed after a version, or of which something was said after a remark. */
export function runs(since, remarked) {
  return get(since ? `api/runs?since=${since}&remarked=${remarked}` : "api/runs");
}

/** Says something of a run; answers with the remark as it is kept. */
export function remark(body) {
  return post("api/remarks", body);
}

export function run(id) {
  return get(`api/runs/${encodeURIComponent(id)}`);
}

/** One metric in buckets that keep every extreme, NaN and infinity; steps are inclusive. */
export async function series(id, metric, window, signal) {
  return (await seriesOf(id, [metric], window, signal))[0];
}

/** The same of several metrics, in one request. */
export async function seriesOf(id, metrics, { from, to, points }, signal) {
  const query = new URLSearchParams(metrics.map((metric) => ["metric", metric]));
  if (from !== undefined && from !== null) query.set("from", Math.floor(from));
  if (to !== undefined && to !== null) query.set("to", Math.ceil(to));
  if (points) query.set("points", points);
  const answer = await get(`api/runs/${encodeURIComponent(id)}/series?${query}`, signal);
  return answer.series ?? [answer];
}

/** Runs of one experiment side by side, judged by their final or their best loss. */
export function compare(ids, by, signal) {
  const query = new URLSearchParams({ runs: ids.join(","), by });
  return get(`api/compare?${query}`, signal);
}

/** A learning-rate range test with its landmarks. */
export function rangeTest(id, optimizer, signal) {
  return get(`api/range?${new URLSearchParams({ run: id, optimizer })}`, signal);
}

/** Schedules for a run: to go on with from where it is, and to start anew with. */
export function schedule(id, signal) {
  return get(`api/schedule?${new URLSearchParams({ run: id })}`, signal);
}

/** Every rule with its thresholds. */
export function rules() {
  return get("api/rules");
}

/** On which runs a rule fires, at each level and with the thresholds `given`. */
export function rule(name, given, signal) {
  return get(`api/rules/${encodeURIComponent(name)}?${new URLSearchParams(given)}`, signal);
}

/** What the rules say of these losses and rates: a line like any run's. */
export function diagnose(losses, rates, optimizer, signal) {
  const listed = (values) => values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : "inf")).join(",");
  return get(`api/diagnose?${new URLSearchParams({ loss: listed(losses), lr: listed(rates), optimizer })}`, signal);
}

/** Where the stream of what changes after a version is. */
export function live(since) {
  return `${root}api/live?since=${since}`;
}
