// @ts-check
/* What the dashboard says before it does something, and of caps and runs. Pure. */

import { count } from '../format.js';

/** @typedef {import('./overview.js').Pool} Pool */
/** @typedef {import('./overview.js').Run} Run */
/** @typedef {import('./overview.js').Reservation} Reservation */

const CAPS = /** @type {Record<string, (caps: import('./overview.js').Caps) => string>} */ ({
  hitsOut: (caps) => `HITs out (${caps.hitsOut})`,
  waiting: (caps) => `workers waiting (${caps.waiting})`,
  spendPerHour: (caps) => `spending an hour ($${caps.spendPerHour})`,
  spendPerDay: (caps) => `spending a day ($${caps.spendPerDay})`,
});

/** `At the cap on HITs out (20): …`; empty where there is room. @param {Pool} pool */
export function atCap({ atCap: names, caps, short }) {
  if (!names.length) return '';
  const which = names.map((name) => CAPS[name]?.(caps) ?? name).join(' and ');
  return `At the cap on ${which}: no more is posted${short ? `, ${count(short, 'worker')} short` : ''}.`;
}

/** @param {Run} run @param {[string, string]} verbs of posting and expiring */
function does({ posted, expired }, [post, expire]) {
  const parts = [posted ? `${post} ${count(posted, 'HIT')}` : '', expired ? `${expire} ${count(expired, 'HIT')}` : ''];
  return parts.filter(Boolean).join(', ') || 'nothing to do';
}

/** What the last run did. @param {Run | null} run */
export const didRun = (run) => (run ? `${does(run, ['posted', 'expired'])}: ${run.why}` : 'none yet');

/** What the next run will do. @param {Run} run */
export const willRun = (run) => `${does(run, ['will post', 'will expire'])}: ${run.why}`;

/** @param {Pool[]} pools */
function outAndWaiting(pools) {
  const hits = pools.reduce((sum, pool) => sum + pool.hitsOut, 0);
  // Of a shared pool each ProtoHIT tells the same workers.
  const shared = new Map(pools.map((pool) => [pool.pool ?? `=${pool.hitType}`, pool.waiting]));
  return { hits, waiting: [...shared.values()].reduce((sum, n) => sum + n, 0) };
}

/** @param {number} n */
const are = (n) => (n === 1 ? 'is' : 'are');

/** Before posting is stopped. @param {Pool[]} pools @returns {string[]} */
export function stopSays(pools) {
  const { hits, waiting } = outAndWaiting(pools);
  return [
    hits ? `${count(hits, 'HIT')} out ${are(hits)} expired at once, and none is posted until you start again.`
      : 'No HIT is out; none is posted until you start again.',
    waiting ? `${count(waiting, 'worker')} waiting ${are(waiting)} served and paid as promised; those at work go on.`
      : 'Nobody waits; those at work go on and are paid.',
    'Reservations stay open: those who wait are still called, but nobody new is recruited.',
  ];
}

/** Before posting goes on. @param {Pool[]} pools @returns {string[]} */
export function startSays(pools) {
  const left = pools.map(({ hitType, committed, caps }) =>
    `${hitType}: at most $${Math.max(0, Number(caps.spendPerHour) - Number(committed.hour)).toFixed(2)} more this hour`);
  return ['The next sizing run, which starts at once, posts HITs for what is reserved and kept ready.',
    `Its caps hold. ${left.slice(0, 4).join('; ')}${left.length > 4 ? ` and ${left.length - 4} others` : ''}.`];
}

/** Before all reservations are finished. @param {string | null} title of one ProtoHIT; null: of all @returns {string[]} */
export function finishAllSays(title) {
  return [`All open reservations${title === null ? '' : ` of “${title}”`} are marked complete: nobody is called for them any more.`,
    'Workers who have been called may still submit and are paid. HITs that nobody needs are expired after a minute.',
    'Each can be taken up again with Unfinish.'];
}

/** Before another market is posted to. @param {Pool} pool @returns {string[]} */
export function sandboxSays({ sandbox, hitsOut }) {
  const out = hitsOut ? ` ${count(hitsOut, 'HIT')} out on the ${sandbox ? 'sandbox' : 'production market'} ${are(hitsOut)} expired by it.` : '';
  return sandbox
    ? ['HITs go to the production market from the next sizing run on: real workers, real money.' + out]
    : ['HITs go to the sandbox from the next sizing run on.' + out];
}

/** Before workers are called. @param {Reservation} reservation @param {string} perWorker dollars @returns {string[]} */
export function invokeSays({ called, startTime }, perWorker, now = Date.now()) {
  const most = perWorker ? `, about $${(Number(perWorker) * called).toFixed(2)} in rewards and fees` : '';
  return [`${count(called, 'worker')} ${are(called)} called now${most}. This cannot be taken back.`,
    ...(startTime > now ? ['Its time has not come yet: there may be fewer waiting than it needs.'] : [])];
}
