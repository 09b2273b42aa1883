// The line through the noise: an exponential mean whose memory is told in steps.

/**
 * Debiased exponential mean of `values` at `steps`: each value's weight halves every `halflife`
 * steps, and dividing by the sum of the weights keeps the start where the data are. Non-finite
 * values are passed over and leave a gap.
 */
export function smooth(steps, values, halflife) {
  let sum = 0;
  let weight = 0;
  let before = steps[0];
  return values.map((value, i) => {
    if (!Number.isFinite(value)) return null;
    const keep = 2 ** (-Math.max(steps[i] - before, 0.25) / halflife);
    before = steps[i];
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** The stops of the slider for a run of so many steps: none, then 1, 2, 5, 10, ... */
export function stops(span) {
  const found = [0];
  for (let size = 1; size <= span / 4; size *= 10) {
    for (const factor of [1, 2, 5]) if (size * factor <= span / 4) found.push(size * factor);
  }
  return found;
}

/** What suits a run at first sight: a two-hundredth of its length. */
export function defaultStop(all, span) {
  return all.findLast((stop) => stop <= span / 200) ?? 0;
}
