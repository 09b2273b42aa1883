// Along what the chart runs. All curves are logged by step; other axes are looked up there.

/**
 * An axis: `place(step)` tells where a step lies, `step(x)` what lies at a place.
 * `reference` is the main loss over the whole run, thinned, with its wall times; `epochs` the
 * logged epochs in the same shape.
 */
export function makeAxis(kind, { name, reference, epochs }) {
  if (kind === "epoch" && epochs) {
    return table(epochs.steps, epochs.values, { kind, title: "epoch", type: "linear" });
  }
  const times = clean(reference);
  if (kind === "wall" && times) {
    const local = times.walls.map(localTime);
    return table(times.steps, local, { kind, title: "", type: "date" });
  }
  if (kind === "relative" && times) {
    const start = times.walls[0];
    const { seconds, unit } = unitFor(times.walls.at(-1) - start);
    const values = times.walls.map((wall) => (wall - start) / seconds);
    return table(times.steps, values, { kind, title: `${unit} since the start`, type: "linear" });
  }
  return { kind: "step", title: name, type: "linear", place: (step) => step, step: (x) => Number(x) };
}

/** The axes that this run's log can serve. */
export function axesFor(line, reference) {
  const found = [["step", line.x_axis]];
  if (line.x_axis !== "epoch" && line.metrics.epoch) found.push(["epoch", "epoch"]);
  if (clean(reference)) found.push(["relative", "time since start"], ["wall", "wall time"]);
  return found;
}

/** When a step was logged, UTC seconds; null where the log has no times. */
export function whenWas(reference, step) {
  const times = clean(reference);
  return times ? interpolate(times.steps, times.walls, step) : null;
}

function clean(reference) {
  if (!reference?.wall_times) return null;
  const steps = [];
  const walls = [];
  reference.wall_times.forEach((wall, i) => {
    const later = wall !== null && (!walls.length || wall >= walls.at(-1));
    if (!later) return;
    steps.push(reference.steps[i]);
    walls.push(wall);
  });
  return steps.length > 1 && walls.at(-1) > walls[0] ? { steps, walls } : null;
}

function table(steps, values, rest) {
  const dates = rest.type === "date";
  const write = dates ? (ms) => new Date(ms).toISOString().slice(0, 23).replace("T", " ") : (x) => x;
  const read = dates ? (x) => Date.parse(`${String(x).replace(" ", "T")}Z`) : Number;
  return {
    ...rest,
    place: (step) => write(interpolate(steps, values, step)),
    step: (x) => interpolate(values, steps, read(x)),
  };
}

/** Plotly takes dates without a zone: the reader's own clock, written as if it were UTC. */
function localTime(utcSeconds) {
  const ms = utcSeconds * 1000;
  return ms - new Date(ms).getTimezoneOffset() * 60_000;
}

function interpolate(xs, ys, x) {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  const width = xs[high] - xs[low];
  const share = width > 0 ? (x - xs[low]) / width : 0;
  return ys[low] + share * (ys[high] - ys[low]);
}

function unitFor(seconds) {
  if (seconds < 300) return { seconds: 1, unit: "seconds" };
  if (seconds < 3 * 3600) return { seconds: 60, unit: "minutes" };
  if (seconds < 3 * 86_400) return { seconds: 3600, unit: "hours" };
  return { seconds: 86_400, unit: "days" };
}
