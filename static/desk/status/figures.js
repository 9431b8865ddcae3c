// @ts-check
/* Where a reservation stands, and what keeps payments from being made. Pure. */

/** @typedef {import('./overview.js').Reservation} Reservation */
/** @typedef {import('./overview.js').Trouble} Trouble */

/**
 * Where a reservation stands, and how it looks.
 * @param {Pick<Reservation, 'invoked' | 'done' | 'startTime' | 'claimed' | 'acknowledged' | 'assignments'>} reservation
 * @param {number} now
 */
export function stateOf({ invoked, done, startTime, claimed, acknowledged, assignments }, now) {
  if (done) return { text: 'done', tone: 'soft' };
  if (!invoked) return startTime > now ? { text: 'reserved', tone: 'soft' } : { text: 'due', tone: 'warn' };
  if (acknowledged >= assignments) return { text: 'at work', tone: 'good' };
  return claimed >= assignments ? { text: 'called', tone: 'good' } : { text: 'calling', tone: 'warn' };
}

/** Milliseconds from invoke to the first and the last page that had its task; null while there is none. @param {Reservation} reservation */
export function firstAndLast({ invokedAt, shown }) {
  if (invokedAt === null || !shown?.length) return null;
  return { first: Math.min(...shown) - invokedAt, last: Math.max(...shown) - invokedAt };
}

/** What kept payments from being made: each reason once, with how many and how much. @param {Trouble[]} troubles */
export function troublesByReason(troubles) {
  /** @type {Map<string, {count: number, cents: number}>} */
  const found = new Map();
  for (const { why, amount } of troubles) {
    const { count, cents } = found.get(why) ?? { count: 0, cents: 0 };
    found.set(why, { count: count + 1, cents: cents + Math.round(Number(amount) * 100) });
  }
  return [...found].map(([why, { count, cents }]) =>
    `${count} payment${count === 1 ? '' : 's'} of $${(cents / 100).toFixed(2)}: ${why}`);
}
