// @ts-check
/* HITs: those out and past, with who is in them, what they commit, and how to take them back. */

import { el } from '../dom.js';
import { count, dollars, relative, span } from '../format.js';
import { serverNow } from '../server-time.js';
import { confirmIn } from './confirm.js';
import { linkTo } from './links.js';
import { pagedTable } from './paged-table.js';
import { ask } from './service.js';

/**
 * @typedef {{token: string, hit: string | null, hitType: string, market: string, stage: string, closing: boolean, seats: number,
 *   available: number, pending: number, completed: number, created: number, expires: number, committed: string}} Hit
 */

const LIST_MS = 10000;
const STAGES = /** @type {Record<string, {text: string, tone: string}>} */ ({
  planned: { text: 'being posted', tone: 'warn' }, open: { text: 'out', tone: 'good' },
  closed: { text: 'expired, in review', tone: 'warn' }, settled: { text: 'over', tone: 'soft' },
  dropped: { text: 'never posted', tone: 'soft' },
});
const SERVED = 'Workers who are in it are served and paid all the same.';
const AGAIN = 'If its workers are still wanted, the next sizing run posts another in its place: stop the ProtoHIT to end that, too.';

/** `#/hits`. @param {import('./sections.js').Console} site */
export function showHits(site) {
  const place = el('div', { class: 'stack' });
  /** @type {Hit[]} */
  let shown = [];
  const table = pagedTable(site, {
    path: 'retainer/hits', noun: 'HIT', idOf: ({ token }) => token, everyMs: LIST_MS, drawn: (rows) => { shown = rows; },
    filters: [{ name: 'hitType', label: 'ProtoHIT (whole id)' }, { name: 'state', label: 'State',
      options: [['', 'All, newest first'], ['out', 'Out'], ['closed', 'Expired, in review'], ['past', 'Over']] }],
    empty: 'No HIT yet: they are posted when workers are wanted.',
    columns: [
      { head: 'HIT', kind: 'id clip', cell: ({ hit }) => hit ?? 'not yet' },
      { head: 'ProtoHIT', kind: 'clip', cell: ({ hitType, market }) => el('span', {}, linkTo(hitType, 'protohits', hitType), el('span', { class: 'soft small under' }, market)) },
      { head: 'State', cell: (hit) => stage(hit) },
      { head: 'Seats', kind: 'num', cell: ({ seats }) => seats },
      { head: 'Free', kind: 'num', cell: ({ stage: at, available }) => (at === 'open' || at === 'planned' ? available : '–') },
      { head: 'In it', kind: 'num', cell: ({ pending }) => pending },
      { head: 'Reviewed', kind: 'num', cell: ({ completed }) => completed },
      { head: 'Posted', cell: ({ created, stage: at, expires }) => el('span', { class: 'when' }, relative(created, serverNow()),
        at === 'open' && expires > serverNow() ? el('span', { class: 'soft small under' }, `${span(expires - serverNow())} left`) : null) },
      { head: 'Committed', kind: 'num', cell: ({ committed }) => dollars(committed) },
      { head: 'Action', cell: (hit) => (hit.stage === 'open' && hit.hit && !hit.closing ? el('button', {
        type: 'button', 'data-key': `expire-${hit.hit}`, 'aria-label': `Expire ${hit.hit}`, onclick: () => void expire(hit),
      }, 'Expire') : null) }],
  });

  /** @param {Hit} hit */
  const expire = async ({ hit, available, pending }) => {
    const done = await confirmIn(place, {
      title: `Expire the HIT ${hit}?`, doing: 'Expire it', danger: true,
      says: [`Its ${count(available, 'free seat')} ${available === 1 ? 'is' : 'are'} taken back within seconds. ${pending ? `${count(pending, 'worker')} ${pending === 1 ? 'is' : 'are'} in it. ${SERVED}` : 'Nobody is in it, as of the last sizing run; workers who have just accepted are served and paid.'}`, AGAIN],
      act: () => ask('retainer/hit/expire', { hit }),
    });
    if (!done) return;
    site.tell(`${hit} is being expired.`);
    void table.reload();
  };

  const expireAll = async () => {
    const field = site.view.querySelector('#filter-hitType');
    const hitType = field instanceof HTMLInputElement ? field.value.trim() : '';
    if (!hitType) {
      site.tell('Name a ProtoHIT first: its HITs are expired, not those of all.');
      if (field instanceof HTMLElement) field.focus();
      return;
    }
    const { out } = await ask(`retainer/protohit?${new URLSearchParams({ hitType })}`);
    const done = await confirmIn(place, {
      title: `Expire all HITs of ${hitType}?`, doing: 'Expire them', danger: true,
      says: [`${count(out.hits, 'HIT')} with ${count(out.free, 'free seat')} ${out.hits === 1 ? 'is' : 'are'} out; the seats are taken back within seconds. ${count(out.taken, 'worker')} ${out.taken === 1 ? 'is' : 'are'} in them, and will be served and paid all the same.`,
        'If workers are still wanted, the next sizing run posts others in their place: stop the ProtoHIT to end that, too.'],
      act: () => ask('retainer/hit/expire/all', { hitType }),
    });
    if (!done) return;
    site.tell(`The HITs of ${hitType} are being expired.`);
    void table.reload();
  };
  site.view.replaceChildren(
    el('div', { class: 'head' }, el('h1', { class: 'grow', tabIndex: -1 }, 'HITs'),
      el('button', { type: 'button', onclick: () => void expireAll().catch(site.fail) }, 'Expire all of a ProtoHIT')),
    el('p', { class: 'soft' }, 'What is on the market, and was. Counts are those of the last sizing run, at most a minute old.'),
    place, el('section', { class: 'card stack', 'aria-label': 'HITs' }, table.box));
  return table.stop;
}

/** @param {Hit} hit */
function stage({ stage: at, closing }) {
  const { text, tone } = STAGES[at] ?? { text: at, tone: 'soft' };
  return el('span', { class: `state ${at === 'open' && closing ? 'warn' : tone}` }, at === 'open' && closing ? 'being expired' : text);
}
