// @ts-check
/* What the status page says about a pool and a reservation. Pure. */

/**
 * @typedef {{n: number, p50: number | null, p95: number | null}} Quantiles
 * @typedef {{hitType: string, waiting: number, present: number, hitsOut: number, available: number,
 *   target: number, reserved: number, pollEvery: number, latency: Quantiles, response: Quantiles,
 *   cost: {reward: string, fee: string, perWorker: string},
 *   sizing: {at: number, posted: number, expired: number, why: string} | null}} Pool
 * @typedef {{id: string, proto: {hitTypeID: string, title: string}, foreignID: string | number,
 *   startTime: number, assignments: number, invoked: boolean, done: boolean, invokedAt: number | null,
 *   claimed: number, acknowledged: number, shown: number[]}} Reservation
 * @typedef {{waiting: string, work: string, bonus: string, fee: string, total: string}} Amounts
 * @typedef {{hitType: string, kind: string, worker: string, amount: string, since: number, why: string}} Trouble
 * @typedef {{spent: Amounts, owed: Amounts, troubles: Trouble[]}} Costs
 */

/** Where a reservation stands, and how it looks. @param {Reservation} reservation @param {number} now */
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

/** Part of the target that is present, 0 to 1; 0 where nobody is wanted and nobody there. @param {Pool} pool */
export function fill({ present, target }) {
  return present >= target ? Math.min(1, present) : present / target;
}

/** What the last sizing run did, in a sentence. @param {Pool['sizing']} sizing */
export function sizingDid(sizing) {
  if (!sizing) return 'Not sized yet.';
  const { posted, expired, why } = sizing;
  const did = [posted ? `posted ${posted}` : '', expired ? `expired ${expired}` : ''].filter(Boolean).join(', ');
  return `${did || 'nothing to do'}: ${why}`;
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
