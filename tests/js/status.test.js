import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Known } from '../../static/desk/status/overview.js';
import { atCap, didRun, finishAllSays, invokeSays, sandboxSays, startSays, stopSays, willRun } from '../../static/desk/status/says.js';
import { categories, hourly, shareWithin, withGaps } from '../../static/desk/status/series.js';
import { inWords, slotCounts } from '../../static/desk/status/slots.js';

const CAPS = { hitsOut: 20, waiting: 100, spendPerHour: '20.00', spendPerDay: '100.00' };
const POOL = {
  hitType: 'Photos', title: 'Which photo?', pool: null, sandbox: true, stopped: false, waiting: 2, target: 3,
  hitsOut: 1, short: 0, sizedAt: 1, failures: 0, committed: { hour: '1.50', day: '4.00' }, caps: CAPS, atCap: [],
};
const SLOT = { worker: 'A', assignment: '3A', state: 'claimed', claimed: 1, shown: null, acknowledged: null, submitted: null };
const MADE = { slots: [], called: 3, assignments: 3, invoked: true, done: false };

test('withGaps: columns in seconds, with a hole where no run was', () => {
  assert.deepEqual(withGaps([]), []);
  assert.deepEqual(withGaps([[60000, 1], [120000, 2], [720000, 3]]), [[60, 120, 121, 720], [1, 2, null, 3]]);
});

test('categories and shareWithin: what a latency was at most', () => {
  assert.deepEqual(categories([500, 1500]), ['500 ms', '1.5 s', '> 1.5 s']);
  assert.equal(shareWithin([500, 1500], [3, 0, 1], 500), 0.75);
  assert.equal(shareWithin([500, 1500], [0, 0, 0], 500), null);
});

test('hourly: the last 24 hours, empty ones too', () => {
  const now = 100 * 3600000 + 5;
  const [at, dollars] = hourly([[99 * 3600000, 150], [2 * 3600000, 9]], now);
  assert.deepEqual([at.length, at[23], dollars[22], dollars[23]], [24, 360000, 1.5, 0]);
});

test('slotCounts: by state, in order, with those that nobody holds', () => {
  const slots = [{ ...SLOT, state: 'shown' }, { ...SLOT, state: 'paid', acknowledged: 5 }];
  assert.equal(inWords(slotCounts({ ...MADE, slots })), '1 paid, 1 shown, 1 free');
  assert.equal(inWords(slotCounts({ ...MADE, slots, done: true })), '1 paid, 1 shown');
  assert.equal(inWords(slotCounts({ ...MADE, invoked: false })), '');
  // Of those called beyond what was needed nobody is missing.
  assert.equal(inWords(slotCounts({ ...MADE, assignments: 1, called: 9, slots: slots.slice(1) })), '1 paid');
});

test('stopSays: what is expired, who is served', () => {
  assert.match(stopSays([POOL])[0], /^1 HIT out is expired at once/);
  assert.match(stopSays([POOL])[1], /^2 workers waiting are served and paid/);
  assert.match(stopSays([{ ...POOL, hitsOut: 0, waiting: 0 }])[1], /^Nobody waits/);
  // A shared pool's workers are told by each ProtoHIT, and are the same.
  const shared = { ...POOL, pool: 'both' };
  assert.match(stopSays([shared, { ...shared, hitType: 'Other' }])[1], /^2 workers/);
});

test('startSays, sandboxSays, finishAllSays, invokeSays: with what it costs', () => {
  assert.match(startSays([POOL])[1], /Photos: at most \$18\.50 more this hour/);
  assert.match(sandboxSays(POOL)[0], /real money\. 1 HIT out on the sandbox is expired/);
  assert.match(sandboxSays({ ...POOL, sandbox: false, hitsOut: 0 })[0], /to the sandbox from the next sizing run on\.$/);
  assert.match(finishAllSays('Which photo?')[0], /of “Which photo\?”/);
  assert.match(invokeSays({ called: 3, startTime: 0 }, '0.06', 5)[0], /^3 workers are called now, about \$0\.18/);
  assert.equal(invokeSays({ called: 1, startTime: 9 }, '', 5).length, 2);
});

test('atCap: says which, and how many are missing', () => {
  assert.equal(atCap(POOL), '');
  assert.equal(atCap({ ...POOL, atCap: ['hitsOut', 'spendPerHour'], short: 4 }),
    'At the cap on HITs out (20) and spending an hour ($20.00): no more is posted, 4 workers short.');
});

test('didRun and willRun: in a sentence', () => {
  const run = { at: 0, posted: 2, expired: 1, short: 0, retryAt: null, why: 'w' };
  assert.equal(didRun(null), 'none yet');
  assert.equal(didRun(run), 'posted 2 HITs, expired 1 HIT: w');
  assert.equal(willRun({ ...run, posted: 0 }), 'will expire 1 HIT: w');
  assert.equal(willRun({ ...run, posted: 0, expired: 0 }), 'nothing to do: w');
});

test('Known: short answers are put together with full ones', () => {
  const known = new Known();
  assert.ok(known.wantsFull(0));
  known.take({ version: 'a', now: 1, ahead: { waiting: 1 }, money: { held: 0 } }, true, 0);
  assert.equal(known.wantsFull(14000), false);
  known.take({ version: 'b', now: 2, pools: [1], ahead: null, money: null }, false, 3000);
  assert.deepEqual([known.ahead, known.money, known.since(false), known.since(true)], [{ waiting: 1 }, { held: 0 }, 'b', 'a']);
  known.take({ version: 'b', now: 5, unchanged: true }, false, 6000);
  assert.deepEqual([known.latest.pools, known.latest.now], [[1], 5]);
  assert.ok(known.wantsFull(15000));
});
