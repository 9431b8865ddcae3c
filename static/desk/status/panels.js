// @ts-check
/* The lists beside reservations: who waits, and money by ProtoHIT. */

import { el, say } from '../dom.js';
import { clock, count, dollars } from '../format.js';
import { keyed } from '../keyed.js';
import { troublesByReason } from './figures.js';
import { timeOfDay } from './parts.js';

/** @typedef {import('./overview.js').Ahead} Ahead */
/** @typedef {import('./overview.js').Money} Money */
/** @typedef {import('./overview.js').Overview} Overview */

/** @param {string[]} heads @param {RegExp} numeric */
function tableOf(heads, numeric) {
  const kind = (/** @type {string} */ head) => (numeric.test(head) ? 'num' : 'clip');
  const body = el('tbody');
  const node = el('table', { class: 'fold' }, el('thead', {}, el('tr', {}, ...heads.map((head) =>
    el('th', { scope: 'col', class: kind(head) }, head)))), body);
  const row = () => {
    const cells = heads.map((head) => el('td', { 'data-label': head, class: kind(head) }));
    return { node: el('tr', {}, ...cells), cells };
  };
  /** @param {Element[]} cells @param {string[]} texts */
  const sayAll = (cells, texts) => texts.forEach((text, i) => say(cells[i], text));
  return { node, body, row, sayAll };
}

/** Who waits, the longest wait first. @param {Element} box @returns {(ahead: Ahead | null, now: number) => void} */
export function workersIn(box) {
  const about = el('p', { class: 'soft small' });
  const table = tableOf(['Worker', 'Waits since', 'Waited', 'Stays for', 'Calls missed', 'Identity'], /Waited|Stays|missed/);
  box.replaceChildren(about, table.node);
  return (ahead, now) => {
    const workers = ahead?.workers ?? [];
    table.node.hidden = !workers.length;
    say(about, !ahead ? 'Being counted …' : !ahead.waiting ? 'Nobody waits.'
      : `${count(ahead.waiting, 'worker')} waiting${workers.length < ahead.waiting ? `; the ${workers.length} who have waited longest` : ''}. Counted every 15 seconds.`);
    keyed(table.body, workers, ({ worker }) => worker, table.row, ({ cells }, one) => table.sayAll(cells, [
      one.worker, timeOfDay(one.since), clock(now - one.since), clock(one.until - now), String(one.missed),
      one.verified ? 'signed by the market' : 'not signed']));
  };
}

/** Money by ProtoHIT: committed against caps, spent today, owed. @param {Element} box @returns {(overview: Overview, money: Money | null) => void} */
export function moneyIn(box) {
  const totals = el('p', { class: 'num', 'data-money': 'totals' });
  const held = el('p', { class: 'small' });
  const table = tableOf(['ProtoHIT', 'Committed this hour', 'Cap', 'Committed in 24 h', 'Cap a day', 'Spent today', 'Owed'], /Committed|Cap|Spent|Owed/);
  const troubles = el('div', { class: 'stack small' });
  box.replaceChildren(totals, held, table.node, troubles);
  return ({ pools }, money) => {
    if (!money) return say(totals, 'Being added up …');
    const { spent, owed } = money;
    say(totals, `Today (UTC) ${dollars(spent.total)} paid: ${dollars(spent.work)} for work, ${dollars(spent.waiting)} for waiting, ${dollars(spent.bonus)} bonuses, ${dollars(spent.fee)} fees. ${dollars(owed.total)} owed and not paid yet.`);
    say(held, money.held ? `${money.held >= 100 ? '100 or more' : money.held} held for review.` : 'Nothing is held for review.');
    keyed(table.body, pools, ({ hitType }) => hitType, table.row, ({ cells }, { title, hitType, committed, caps, atCap }) => {
      const row = money.rows[hitType];
      const at = (/** @type {string} */ name) => (atCap.includes(name) ? ' – at the cap' : '');
      table.sayAll(cells, [title, dollars(committed.hour) + at('spendPerHour'), dollars(caps.spendPerHour),
        dollars(committed.day) + at('spendPerDay'), dollars(caps.spendPerDay), dollars(row?.spent.total), dollars(row?.owed.total)]);
    });
    keyed(troubles, troublesByReason(money.troubles), (text) => text, (text) => ({ node: el('p', { class: 'warn' }, text) }), () => {});
  };
}
