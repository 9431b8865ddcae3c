// @ts-check
/* Workers: found by their ids, each with a history, and what can be done about them. */

import { el } from '../dom.js';
import { clock, count, dollars, latency } from '../format.js';
import { columns, idOf, when } from './assignment-table.js';
import { linkTo } from './links.js';
import { loadInto } from './loading.js';
import { nameIn, workerLink } from './names.js';
import { pagedTable } from './paged-table.js';
import { ask, withQuery } from './service.js';
import { workerActions } from './worker-actions.js';

/** @param {import('./sections.js').Console} site */
export function showWorkers(site) {
  if (site.path[0]) return showWorker(site, site.path[0]);
  const table = pagedTable(site, {
    path: 'retainer/worker/list', noun: 'worker', idOf: String,
    filters: [{ name: 'prefix', label: 'Id begins with' }],
    empty: 'Nobody has come yet.',
    columns: [{ head: 'Worker', kind: 'id', cell: workerLink },
      { head: 'What they did', cell: (id) => el('a', { href: `#/assignments?worker=${encodeURIComponent(id)}`, 'aria-label': `Assignments of ${id}` }, 'Assignments') }],
  });
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Workers'),
    el('section', { class: 'card stack', 'aria-label': 'Workers' }, table.box));
  return table.stop;
}

/** @param {import('./sections.js').Console} site @param {string} worker */
function showWorker(site, worker) {
  const about = el('section', { class: 'card stack', 'aria-label': 'In short' });
  const place = el('div', { class: 'stack' });
  const asked = pagedTable({ ...site, query: new URLSearchParams(), keep: () => {} }, {
    path: 'retainer/worker/errand/list', noun: 'request', always: { worker }, idOf: (row) => row.id, everyMs: 5000,
    empty: 'Nothing was asked for.',
    columns: [
      { head: 'Asked', cell: (row) => when(row.asked) },
      { head: 'What', cell: (row) => row.kind },
      { head: 'Says', cell: (row) => el('span', { class: 'said' }, row.amount ? `${dollars(row.amount)}: ` : '', row.subject ? el('strong', {}, `${row.subject} `) : null, row.text) },
      { head: 'Outcome', cell: (row) => outcome(row, worker) }],
  });
  const history = pagedTable({ ...site, query: new URLSearchParams(), keep: () => {} }, {
    path: 'retainer/assignment/list', noun: 'assignment', always: { worker }, columns: columns({ worker: false }), idOf,
    empty: 'No assignment of theirs is on record.' });
  const named = el('span', {}, worker);
  const heading = el('h1', { tabIndex: -1, class: 'clip' }, 'Worker ', named);
  nameIn(named, worker);
  site.view.replaceChildren(
    el('a', { class: 'back', href: '#/workers' }, '← Workers'),
    heading, about, place,
    el('section', { class: 'card stack', 'aria-labelledby': 'history' }, el('h2', { id: 'history' }, 'Assignments'), history.box),
    el('section', { class: 'card stack', 'aria-labelledby': 'asked' }, el('h2', { id: 'asked' }, 'Messages, bonuses, blocks'), asked.box));
  void loadInto(about, () => ask(withQuery('retainer/worker', { worker })), (sum) => [
    facts(sum), workerActions(site, place, worker, () => void asked.reload())]);
  return () => {
    asked.stop();
    history.stop();
  };
}

/** @param {any} sum */
const facts = (sum) => el('dl', { class: 'facts' }, ...Object.entries({
  Came: sum.first ? el('span', {}, `${count(sum.stays, 'time')}${sum.all ? '' : ', and earlier'}, first `, when(sum.first), ', last ', when(sum.last)) : 'never',
  'Handed in': String(sum.submitted), Waited: clock(sum.waited), 'Answers calls in': `${latency(sum.answeredWithin)} (median)`,
  'Calls let pass in a row': sum.restsUntil ? el('span', {}, `${sum.unanswered}: not called until `, when(sum.restsUntil)) : String(sum.unanswered ?? 0),
  Paid: `${dollars(sum.paid)}${sum.owed === '0.00' ? '' : `, ${dollars(sum.owed)} owed`}`,
  ProtoHITs: el('span', {}, ...Object.entries(sum.byHitType).flatMap(([name, n], i) => [i ? ', ' : '', linkTo(name, 'protohits', name), ` (${n})`])),
}).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

/** @param {any} row @param {string} worker */
function outcome({ state, why, missed = [] }, worker) {
  const words = /** @type {Record<string, [string, string]>} */ ({
    asked: ['soft', 'to be done'], done: ['good', 'done'], refused: ['bad', 'refused'], owed: ['soft', 'owed'],
    sending: ['soft', 'being sent'], stuck: ['bad', 'stuck'], paid: ['good', 'paid'], void: ['soft', 'void'],
    impossible: ['bad', 'can never be paid'] });
  const [look, text] = missed.includes(worker) ? ['bad', 'not reached'] : words[state] ?? ['', state];
  return el('span', {}, el('span', { class: `state ${look}` }, text), why ? el('span', { class: 'under small clip' }, why) : null);
}

