// @ts-check
/* What the routes answer, and what of it the dashboard keeps between two answers. */

/**
 * @typedef {{n: number, p50: number | null, p95: number | null, counts: number[]}} Distribution
 * @typedef {{hour: string, day: string}} Committed
 * @typedef {{hitsOut: number, waiting: number, spendPerHour: string, spendPerDay: string}} Caps
 * @typedef {{at: number | null, posted: number, expired: number, short: number, retryAt: number | null,
 *   why: string}} Run
 * @typedef {{hitType: string, title: string, pool: string | null, sandbox: boolean, stopped: boolean,
 *   waiting: number, target: number, hitsOut: number, short: number, sizedAt: number | null,
 *   failures: number, notice: string | null, committed: Committed, caps: Caps, atCap: string[]}} Pool
 * @typedef {Pool & {sharedBy: string[], reserved: number, standing: number, model: string,
 *   pollEvery: number, cost: {reward: string, fee: string, perWorker: string, payAtMost: string},
 *   edges: number[], latency: Distribution, response: Distribution, sizing: Run | null,
 *   samples: number[][], byHour: number[][]}} Focus
 * @typedef {{worker: string, since: number, until: number, verified: boolean, missed: number}} Waiter
 * @typedef {{next: Run | null, present: number, waiting: number, verified: number, workers: Waiter[]}} Ahead
 * @typedef {{waiting: string, work: string, bonus: string, fee: string, total: string}} Amounts
 * @typedef {{hitType: string, kind: string, worker: string, amount: string, since: number, why: string}} Trouble
 * @typedef {{spent: Amounts, owed: Amounts, rows: Record<string, {spent: Amounts, owed: Amounts}>,
 *   elsewhere: Committed, troubles: Trouble[], held: number}} Money
 * @typedef {{hitsOut: number, waiting: number, committed: Committed, caps: Caps}} Account
 * @typedef {{version: string, now: number, account: Account, markets: string[], pools: Pool[],
 *   focus: Focus | null, ahead: Ahead | null, money: Money | null}} Overview
 * @typedef {{worker: string, assignment: string, state: string, claimed: number, shown: number | null,
 *   acknowledged: number | null, submitted: number | null}} Slot
 * @typedef {{id: string, proto: {hitTypeID: string, title: string}, foreignID: string | number,
 *   startTime: number, assignments: number, invoked: boolean, done: boolean, cancelled: boolean,
 *   invokedAt: number | null, doneAt: number | null, claimed: number, acknowledged: number,
 *   shown: number[], called: number, released: number, payload: string | null, slots?: Slot[]}} Reservation
 */

/** Between two looks at what costs more: what the next run will do, who waits, money. */
const FULL_MS = 15000;

/** What is known now, put together from short and full answers. */
export class Known {
  /** @type {Overview | null} */
  latest = null;
  /** @type {Ahead | null} */
  ahead = null;
  /** @type {Money | null} */
  money = null;
  fullAt = -Infinity;
  /** The last answers, short and full. @type {Map<boolean, Overview>} */
  answers = new Map();

  /** Another ProtoHIT is looked at: what was known of the one before is not about it. Money is of all. */
  forget() {
    this.latest = null;
    this.ahead = null;
    this.fullAt = -Infinity;
    this.answers.clear();
  }

  /** Whether the next question is for everything. @param {number} now */
  wantsFull(now) {
    return now - this.fullAt >= FULL_MS;
  }

  /** The version to ask on from. @param {boolean} full */
  since(full) {
    return this.answers.get(full)?.version ?? '';
  }

  /** Take up an answer, also one that says that nothing has changed. @param {any} answer @param {boolean} full @param {number} now */
  take(answer, full, now) {
    const found = answer.unchanged ? { ...this.answers.get(full), now: answer.now } : answer;
    this.answers.set(full, found);
    this.latest = found;
    if (!full) return;
    this.fullAt = now;
    this.ahead = found.ahead;
    this.money = found.money;
  }
}
