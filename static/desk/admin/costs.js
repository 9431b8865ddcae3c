// @ts-check
/* What was spent and is owed, by day and ProtoHIT and kind; and the ledger of all payments. */

import { el } from '../dom.js';
import { dollars } from '../format.js';
import { when, whose } from './assignment-table.js';
import { everyPage, keepFile } from './downloads.js';
import { failure, loadInto } from './loading.js';
import { pagedTable } from './paged-table.js';
import { ask, download, page, withQuery } from './service.js';

const KINDS = /** @type {[string, string][]} */ ([['waiting', 'Waiting'], ['work', 'Work'], ['bonus', 'Bonuses'], ['fee', 'Fees'], ['total', 'Total']]);
const STATES = /** @type {[string, string, string][]} */ ([
  ['owed', 'Owed', 'soft'], ['sending', 'May have been sent', 'warn'], ['stuck', 'Stuck', 'bad'], ['offered', 'Offered, not taken', 'warn'],
  ['paid', 'Paid', 'good'], ['void', 'Void: work rejected', 'soft'], ['impossible', 'Can never be paid', 'bad']]);
const DAY = 86400000;

/** @param {number} ms */
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** @param {import('./sections.js').Console} site */
export function showCosts(site) {
  const sums = el('div', { class: 'stack' });
  const ledger = el('section', { class: 'card stack', 'aria-labelledby': 'ledger' });
  const chosen = choice(site, sums);
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Costs'),
    el('section', { class: 'card stack', 'aria-labelledby': 'spent' }, el('h2', { id: 'spent' }, 'Spent and owed'), chosen.form, sums), ledger);
  let stop = () => {};
  const begin = () => ask('retainer/protohit/list?archived=1').then((protos) => {
    chosen.offer(protos);
    stop = fillLedger(site, ledger, protos);
  },
    (error) => ledger.replaceChildren(failure(error, () => void begin())));
  void begin();
  return () => stop();
}

/**
 * The form that says of which days and which ProtoHIT; `offer` puts these into it.
 * @param {import('./sections.js').Console} site @param {HTMLElement} sums
 */
function choice(site, sums) {
  const now = site.me.now;
  const from = el('input', { type: 'date', id: 'costs-from', required: true, value: day(now - 6 * DAY) });
  const to = el('input', { type: 'date', id: 'costs-to', required: true, value: day(now) });
  const proto = el('select', { id: 'costs-proto' }, el('option', { value: '' }, 'All'));
  const query = () => ({ from: from.value, to: to.value, hitType: proto.value });
  const load = () => loadInto(sums, () => ask(withQuery('retainer/costs', query())), (costs) => [
    amounts(costs), ...troubles(costs.troubles), byDay(costs.rows)]);
  const keep = (/** @type {string} */ format) => void download(withQuery('retainer/costs', { ...query(), format }), `costs-${from.value}-${to.value}.${format}`).catch(site.fail);
  void load();
  const offer = (/** @type {{id: string}[]} */ protos) => proto.append(...protos.map(({ id }) => el('option', { value: id }, id)));
  const form = el('form', {
    class: 'filters',
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      void load();
    },
  },
  el('div', { class: 'field' }, el('label', { for: 'costs-from' }, 'From (days in UTC)'), from),
  el('div', { class: 'field' }, el('label', { for: 'costs-to' }, 'To'), to),
  el('div', { class: 'field' }, el('label', { for: 'costs-proto' }, 'Of the ProtoHIT'), proto),
  el('button', { type: 'submit' }, 'Show'),
  el('button', { type: 'button', onclick: () => keep('csv') }, 'Download CSV'),
  el('button', { type: 'button', onclick: () => keep('json') }, 'Download JSON'));
  return { form, offer };
}

/** @param {any} costs */
const amounts = ({ spent, owed }) => el('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Spent and owed, in all' }, el('table', { class: 'fold' },
  el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, ''), ...KINDS.map(([, head]) => el('th', { scope: 'col', class: 'num' }, head)))),
  el('tbody', {}, ...[['Spent', spent], ['Owed', owed]].map(([name, sum]) => el('tr', {}, el('th', { scope: 'row' }, name),
    ...KINDS.map(([kind, head]) => el('td', { class: 'num', 'data-label': head }, dollars(sum[kind]))))))));

/** @param {any[]} found */
const troubles = (found) => (found.length ? [el('div', { class: 'note bad' }, el('p', {}, el('strong', {}, 'Not paid yet:')),
  el('ul', {}, ...found.slice(0, 5).map((one) => el('li', {}, `${dollars(one.amount)} to ${one.worker}: ${one.why}`))),
  found.length > 5 ? el('p', {}, `And ${found.length - 5} more; see the ledger, Stuck.`) : null)] : []);

/** @param {any[]} rows */
const byDay = (rows) => (rows.length ? el('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'By day' }, el('table', { class: 'fold' },
  el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Day'), el('th', { scope: 'col' }, 'ProtoHIT'),
    ...KINDS.map(([, head]) => el('th', { scope: 'col', class: 'num' }, head)), el('th', { scope: 'col', class: 'num' }, 'Owed'))),
  el('tbody', {}, ...[...rows].reverse().map((row) => el('tr', {}, el('td', { class: 'when', 'data-label': 'Day' }, row.day),
    el('td', { 'data-label': 'ProtoHIT' }, el('span', { class: 'said' }, row.hitType === '-' ? 'none' : row.hitType)),
    ...KINDS.map(([kind, head]) => el('td', { class: 'num', 'data-label': head }, dollars(row.spent[kind]))),
    el('td', { class: 'num', 'data-label': 'Owed' }, dollars(row.owed.total)))))))
  : el('p', { class: 'soft' }, 'Nothing was spent or owed in these days.'));

/** @param {import('./sections.js').Console} site @param {HTMLElement} box @param {any[]} protos */
function fillLedger(site, box, protos) {
  const progress = el('span', { class: 'soft small', role: 'status' });
  const table = pagedTable(site, {
    path: 'retainer/payment/list', noun: 'payment', idOf: (row) => row.id,
    filters: [
      { name: 'state', label: 'State', options: [['', 'All'], ...STATES.map(([value, text]) => /** @type {[string, string]} */ ([value, text]))] },
      { name: 'kind', label: 'For', options: [['', 'All'], ['work', 'Work'], ['bonus', 'Waiting and quick answers'], ['compensation', 'A lost wait'], ['gift', 'A bonus of your own']] },
      { name: 'hitType', label: 'ProtoHIT', options: [['', 'All'], ...protos.map((proto) => /** @type {[string, string]} */ ([proto.id, proto.id]))] },
      { name: 'worker', label: 'Worker’s id' }],
    empty: 'Nothing has been paid or owed yet.',
    columns: [
      { head: 'Payment', cell: (row) => whose(row, true, `${row.reference}${row.hitType ? ` · ${row.hitType}` : ''}`) },
      { head: 'State', cell: (row) => el('span', {}, standing(row.state), row.why ? el('span', { class: 'under small said' }, row.why) : null) },
      { head: 'For', cell: (row) => el('span', { class: 'said' }, row.kind === 'work' ? 'the work' : row.reason || row.kind) },
      { head: 'Amount', kind: 'num', cell: (row) => el('span', {}, dollars(row.amount), el('span', { class: 'under small soft when' }, `fee ${dollars(row.fee)}`)) },
      { head: 'Owed since', cell: (row) => el('span', {}, when(row.owedSince), row.paid ? el('span', { class: 'under small soft' }, 'paid ', when(row.paid)) : null) }],
  });
  /** @param {'csv' | 'json'} format */
  const keep = async (format) => {
    const wanted = Object.fromEntries([...box.querySelectorAll('select, input')].map((field) => (
      field instanceof HTMLSelectElement || field instanceof HTMLInputElement ? [field.id.replace('filter-', ''), field.value.trim()] : ['', ''])));
    /** @type {any[]} */
    const parts = [];
    await everyPage((query) => page('retainer/payment/list', { ...wanted, ...query, limit: 200, format }), (rows, n) => {
      parts.push(...(format === 'csv' ? [rows] : rows));
      progress.textContent = `Reading, page ${n} …`;
    });
    if (format === 'csv') keepFile(parts, 'text/csv', 'payments.csv');
    else keepFile([JSON.stringify(parts, null, 1)], 'application/json', 'payments.json');
    progress.textContent = 'Downloaded.';
  };
  box.replaceChildren(el('h2', { id: 'ledger' }, 'Ledger'), table.box, el('div', { class: 'row' },
    el('button', { type: 'button', onclick: () => void keep('csv').catch(site.fail) }, 'Download these as CSV'),
    el('button', { type: 'button', onclick: () => void keep('json').catch(site.fail) }, 'Download these as JSON'), progress));
  return table.stop;
}

/** @param {string} state */
function standing(state) {
  const [, text, look] = STATES.find(([name]) => name === state) ?? ['', state, ''];
  return el('span', { class: `state ${look}` }, text);
}
