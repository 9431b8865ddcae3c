// @ts-check
/* Numbers for reading. Pure. */

/** @param {string | number | null | undefined} amount */
export const dollars = (amount) => (amount === null || amount === undefined ? '–' : `$${amount}`);

/** `4:07`; `1:04:07`. @param {number} ms */
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes}:${two(s % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** A span in its largest fitting unit: `12 s`, `5 min`, `3 h`, `2 d`. @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return s < 129600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`;
}

/** `12 s ago`, `in 5 min`. @param {number} at @param {number} now */
export function relative(at, now) {
  if (Math.abs(at - now) < 1500) return 'now';
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`;
}

/** A latency: `212 ms`, `1.4 s`. @param {number | null | undefined} ms */
export function latency(ms) {
  if (ms === null || ms === undefined) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {number} n @param {string} noun */
export const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;
