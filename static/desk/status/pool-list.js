// @ts-check
/* Every ProtoHIT in a line, and what the account has used of its caps. */

import { byId, el, say } from '../dom.js';
import { keyed, mark } from '../keyed.js';
import { capLine, meter, sayCap, sayMeter } from './parts.js';

/** @typedef {import('./overview.js').Pool} Pool */
/** @typedef {import('./overview.js').Overview} Overview */

/** @param {string} hitType @param {(hitType: string) => void} choose */
function line(hitType, choose) {
  const title = el('span', { class: 'clip name' });
  const numbers = el('span', { class: 'num soft' });
  const flags = el('span', { class: 'flags' });
  const bar = meter();
  const button = el('button', { type: 'button', class: 'pool', onclick: () => choose(hitType) },
    el('span', { class: 'pool-top' }, title, numbers), bar.node, flags);
  return { node: el('li', { 'data-pool': hitType }, button), button, title, numbers, flags, bar };
}

/** @param {Pool} pool @returns {[string, string][]} words with their tone */
export function flagsOf({ stopped, atCap, failures, notice, sizedAt, sandbox, pool }) {
  return [
    ...(notice ? [['no page comes', 'bad']] : []), ...(stopped ? [['stopped', 'bad']] : []), ...(atCap.length ? [['at a cap', 'warn']] : []),
    ...(failures ? [['market away', 'bad']] : []), ...(sizedAt === null ? [['not sized yet', 'soft']] : []),
    ...(pool ? [['shared', 'soft']] : []), [sandbox ? 'sandbox' : 'production', 'soft'],
  ].map(([text, tone]) => /** @type {[string, string]} */ ([text, tone]));
}

/** @param {Overview} overview @param {string} chosen @param {(hitType: string) => void} choose */
export function showPools({ pools }, chosen, choose) {
  keyed(byId('pools'), pools, (pool) => pool.hitType, (pool) => line(pool.hitType, choose), (part, pool) => {
    const { hitType, title, waiting, target } = pool;
    say(part.title, title);
    mark(part.title, 'title', hitType);
    say(part.numbers, `${waiting} / ${target}`);
    sayMeter(part.bar, target ? waiting / target : Number(waiting > 0), waiting >= target ? 'good' : 'warn',
      `${waiting} waiting of ${target} wanted`);
    keyed(part.flags, flagsOf(pool), ([text]) => text,
      ([text, tone]) => ({ node: el('span', { class: `state ${tone}` }, text) }), () => {});
    if (hitType === chosen) mark(part.button, 'aria-current', 'true');
    else part.button.removeAttribute('aria-current');
  });
}

/** @type {Record<string, ReturnType<typeof capLine>> | null} */
let lines = null;

/** @param {Overview} overview @param {import('./overview.js').Money | null} money */
export function showAccount({ account: { hitsOut, waiting, committed, caps } }, money) {
  if (!lines) {
    lines = { hour: capLine('This hour'), day: capLine('Last 24 hours'), hits: capLine('HITs out'), waiting: capLine('Waiting') };
    byId('account').replaceChildren(...Object.values(lines).map(({ node }) => node));
  }
  const hour = Number(committed.hour) + Number(money?.elsewhere.hour ?? 0);
  const day = Number(committed.day) + Number(money?.elsewhere.day ?? 0);
  sayCap(lines.hour, hour, Number(caps.spendPerHour), `$${hour.toFixed(2)} of $${caps.spendPerHour}`);
  sayCap(lines.day, day, Number(caps.spendPerDay), `$${day.toFixed(2)} of $${caps.spendPerDay}`);
  sayCap(lines.hits, hitsOut, caps.hitsOut, `${hitsOut} of ${caps.hitsOut}`);
  sayCap(lines.waiting, waiting, caps.waiting, `${waiting} of ${caps.waiting}`);
}
