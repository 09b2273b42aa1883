// Which runs belong together for a comparison: those of one folder that tell a rate and a loss.

import { root } from "./address.js";
import { feed } from "./feed.js";

export const MOST = 100; // runs in one comparison, as the server

/** The runs that can be compared: they tell a rate and a loss. */
export function rated() {
  return [...feed.runs.values()].filter(isRated).sort((a, b) => a.run.localeCompare(b.run, "en", { numeric: true }));
}

function isRated(line) {
  const { value, schedule } = line.learning_rate;
  return value !== null && schedule !== "range-test" && Object.keys(line.metrics).some((name) => /loss/i.test(name));
}

export function folderOf(line) {
  return line.run.split("/").slice(0, -1).join("/");
}

/** `line` and the other runs of its folder, as far as they can be compared. */
export function family(line) {
  return rated().filter((one) => folderOf(one) === folderOf(line)).slice(0, MOST);
}

/** Whether `line` itself can be compared with another run of its folder. */
export function hasSiblings(line) {
  return isRated(line) && family(line).length > 1;
}

export function compareAddress(ids) {
  return `${root}compare?runs=${ids.map(encodeURIComponent).join(",")}`;
}
