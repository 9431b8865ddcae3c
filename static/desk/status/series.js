// @ts-check
/* Figures as charts take them: columns, gaps, names of bars. Pure. */

const HOUR_MS = 3600000;
/** Runs come once a minute: where three are missing, a line would say what nobody knows. */
const GAP_MS = 200000;

/**
 * Samples by column, times in seconds, with a hole where there was no run for a while.
 * @param {number[][]} samples `[at, …figures]`, oldest first @returns {(number | null)[][]}
 */
export function withGaps(samples) {
  /** @type {(number | null)[][]} */
  const rows = [];
  let before = 0;
  for (const sample of samples) {
    const [at, ...figures] = sample;
    if (before && at - before > GAP_MS) rows.push([(before + 1000) / 1000, ...figures.map(() => null)]);
    rows.push([at / 1000, ...figures]);
    before = at;
  }
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}

/** `0.5 s`; of the last one, `> 10 s`. @param {number[]} edges milliseconds @returns {string[]} */
export function categories(edges) {
  const name = (/** @type {number} */ ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
  return [...edges.map(name), `> ${name(edges[edges.length - 1])}`];
}

/**
 * The last day's hours, those without anything too: when each began in seconds, and dollars.
 * @param {number[][]} byHour `[began, cents]` @param {number} now @returns {[number[], number[]]}
 */
export function hourly(byHour, now) {
  const cents = new Map(byHour.map(([at, n]) => [at, n]));
  const last = Math.floor(now / HOUR_MS) * HOUR_MS;
  const hours = Array.from({ length: 24 }, (_, i) => last - (23 - i) * HOUR_MS);
  return [hours.map((at) => at / 1000), hours.map((at) => (cents.get(at) ?? 0) / 100)];
}

/** Which part took no longer, 0 to 1; null where nothing is measured. @param {number[]} edges @param {number[]} counts @param {number} ms */
export function shareWithin(edges, counts, ms) {
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (!all) return null;
  return counts.reduce((sum, n, i) => sum + (i < edges.length && edges[i] <= ms ? n : 0), 0) / all;
}
