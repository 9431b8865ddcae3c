// @ts-check
/* Times in words. Pure, but for the reader's own language and time zone. */

const UNITS = /** @type {[string, number][]} */ (
  [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]);

/** `10 minutes`, `1 day 2 hours`: the two largest units that say something. @param {number} seconds */
export function duration(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [name, size] of UNITS) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole) parts.push(`${whole} ${name}${whole === 1 ? '' : 's'}`);
    // What comes after a gap would only look exact.
    else if (parts.length) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 seconds';
}

/** A moment: `today at 14:05`, `21 Nov 2026, 14:05`. @param {number} at @param {number} now */
export function moment(at, now) {
  const day = (/** @type {number} */ ms) => new Date(ms).toDateString();
  const time = new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (day(at) === day(now)) return `today at ${time}`;
  if (day(at) === day(now + 86400000)) return `tomorrow at ${time}`;
  return `${date(at)} at ${time}`;
}

/** `21 Nov 2026`, as the reader writes it. @param {number} at */
export function date(at) {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
