// The runs as this tab knows them, kept fresh by one event stream that brings what changed. What it
// does not bring (the first lines, a large change, what was missed) one request fetches; where no
// stream can be had, the same request every other second.

import * as api from "./api.js";

const GAP = 150; // ms between two requests: a burst of changes is one
const READING = 700; // ms, while the logs are read for the first time
const POLLING = 2000;
const LIVENESS = 10_000; // ms: a stream that died in silence is noticed by then
const BACKOFF = [1000, 2000, 4000, 8000];
const STREAM_AGAIN = 60_000;

class Feed extends EventTarget {
  /** Lines of GET /api/runs by id. */
  runs = new Map();
  /** What the reading process does; null before the first answer. */
  status = null;
  /** connecting, live, polling, reconnecting or lost. */
  connection = "connecting";
  /** When the server was last heard, ms; and when it is asked again after a failure. */
  heardAt = 0;
  retryAt = 0;

  #version = 0;
  #newest = 0; // the version that the stream has told of
  #only = null; // the one run that is looked at
  #asking = false; // for its line
  #askAgain = false;
  #askedAt = 0;
  #remarked = 0; // the newest remark that the lines tell of
  #stream = null;
  #timer = 0;
  #failures = 0;
  #pulling = false;
  #again = false;
  #pulledAt = 0;

  /** Grows with every change to a run. */
  get version() {
    return this.#version;
  }

  start() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#rest();
      else this.#wake();
    });
    this.#wake();
  }

  /** One run alone is looked at, until what this returns is called: of a change that is too large
      for the stream only that run's line is asked for, and the others' at leisure. */
  lookAt(id) {
    this.#only = id;
    return () => {
      if (this.#only !== id) return;
      this.#only = null;
      if (this.#newest > this.#version) this.#plan(0);
    };
  }

  /** Asks at once, whatever the plan was. */
  retry() {
    this.#plan(0);
  }

  #wake() {
    if (this.status) this.#openStream(); // at first what is asked for comes alone, and sooner
    this.#plan(0);
  }

  #rest() {
    this.#closeStream();
    clearTimeout(this.#timer);
  }

  #openStream() {
    this.#closeStream();
    const stream = new EventSource(api.live(this.#version));
    this.#stream = stream;
    stream.addEventListener("open", () => (this.#failures ? this.#plan(0) : this.#heard()));
    stream.addEventListener("change", (event) => this.#told(JSON.parse(event.data)));
    stream.addEventListener("status", (event) => this.#toldStatus(JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      // CLOSED: the server has no stream left for us. Otherwise the browser connects again itself.
      if (stream.readyState === EventSource.CLOSED) {
        this.#closeStream();
        setTimeout(() => document.hidden || this.#stream || this.#openStream(), STREAM_AGAIN);
      }
      this.#plan(0);
    });
  }

  /** Takes what the stream tells if nothing is missing before it; else it is asked for. */
  #told(change) {
    if (change.version === this.#version) return;
    this.#newest = change.version;
    const follows = change.since <= this.#version && this.#version < change.version;
    if (this.status && change.whole && !change.full && follows) {
      this.#takeTold({ ...change, status: this.status });
    } else if (this.#only && this.status?.done && !change.full) this.#toldOfOthers(change);
    else this.#plan(GAP);
  }

  #toldOfOthers({ runs, whole }) {
    const own = runs.find((line) => line.id === this.#only);
    if (own && whole && !own.gone) this.#takeOne(own);
    else if (own) this.#askForOne(own.id);
    this.#heard();
    this.#plan(LIVENESS);
  }

  #askForOne(id) {
    this.#askAgain = this.#asking; // what is on its way may be older
    if (this.#asking) return;
    this.#asking = true;
    const ask = async () => {
      this.#askAgain = false;
      try {
        this.#takeOne(await api.run(id));
      } catch (error) {
        this.#plan(GAP); // it is gone, or the server is: whoever asks for all hears which
        if (!(error instanceof TypeError || error instanceof DOMException || error.status)) reportError(error);
      }
      this.#asking = false;
      this.#askedAt = performance.now();
      if (this.#askAgain && this.#only === id) this.#askForOne(id);
    };
    setTimeout(ask, Math.max(0, this.#askedAt + GAP - performance.now()));
  }

  #takeOne(line) {
    if ((this.runs.get(line.id)?.version ?? 0) >= line.version) return;
    this.runs.set(line.id, line);
    this.dispatchEvent(new CustomEvent("change", { detail: { changed: new Set([line.id]), whole: false } }));
  }

  #toldStatus(status) {
    const more = !this.status || status.stale || status.remarks !== this.#remarked;
    if (more) this.#plan(GAP);
    else if (isPart(status, this.status)) this.#heard();
    else this.#takeTold({ full: false, version: this.#version, runs: [], status: { ...this.status, ...status } });
  }

  #takeTold(answer) {
    this.#take(answer);
    this.#heard();
    // As good as a request: the next one is as far away, where nothing is still to be asked for.
    if (this.#newest <= this.#version) this.#pulledAt = performance.now();
    this.#plan(this.#rhythm());
  }

  #closeStream() {
    this.#stream?.close();
    this.#stream = null;
  }

  #plan(delay) {
    if (this.#pulling) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    const gap = delay === 0 ? 0 : Math.max(0, this.#pulledAt + delay - performance.now());
    this.#timer = setTimeout(() => this.#pull(), gap);
  }

  async #pull() {
    this.#pulling = true;
    const first = !this.status;
    try {
      this.#take(await api.runs(this.#version, this.#remarked));
      if (first && !document.hidden) this.#openStream();
      this.#heard();
    } catch (error) {
      this.#missed(error);
    } finally {
      this.#pulling = false;
      this.#pulledAt = performance.now();
    }
    if (document.hidden) return;
    const again = this.#again;
    this.#again = false;
    if (this.#failures) this.#planRetry();
    else this.#plan(again ? GAP : this.#rhythm());
  }

  #rhythm() {
    if (this.status && !this.status.done) return READING;
    return this.connection === "live" ? LIVENESS : POLLING;
  }

  #take(answer) {
    const whole = answer.full; // the first answer, or that of a new store
    if (!whole && answer.version < this.#version) return; // the stream has told more meanwhile
    if (whole) {
      this.runs.clear();
      this.#newest = 0;
    }
    const changed = new Set();
    for (const line of answer.runs) {
      changed.add(line.id);
      if (line.gone) this.runs.delete(line.id);
      else if ((this.runs.get(line.id)?.version ?? 0) <= line.version) this.runs.set(line.id, line);
    }
    this.#version = answer.version;
    this.status = answer.status ?? null;
    this.#remarked = this.status?.remarks ?? 0;
    this.dispatchEvent(new CustomEvent("change", { detail: { changed, whole } }));
  }

  #heard() {
    this.#failures = 0;
    this.heardAt = Date.now();
    const streaming = this.#stream?.readyState === EventSource.OPEN;
    const connecting = this.#stream?.readyState === EventSource.CONNECTING;
    if (streaming) this.#become("live");
    else if (!connecting || this.connection !== "connecting") this.#become("polling");
  }

  #missed(error) {
    this.#failures += 1;
    this.#become(this.#failures > 1 ? "lost" : "reconnecting");
    // A fault of ours is told, and does not keep the feed from asking again.
    if (!(error instanceof TypeError || error instanceof DOMException || error.status)) reportError(error);
  }

  #planRetry() {
    const delay = BACKOFF[Math.min(this.#failures, BACKOFF.length) - 1];
    this.retryAt = Date.now() + delay;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pull(), delay);
    this.dispatchEvent(new Event("connection"));
  }

  #become(state) {
    if (state === this.connection) return;
    const back = state === "live" || state === "polling";
    if (back && this.connection === "lost" && !this.#stream) this.#openStream();
    this.connection = state;
    this.dispatchEvent(new Event("connection"));
  }
}

function isPart(some, whole) {
  return Object.entries(some).every(([name, value]) => JSON.stringify(value) === JSON.stringify(whole[name]));
}

export const feed = new Feed();
