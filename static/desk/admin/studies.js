// @ts-check
/* Studies: who is kept out of what, results as a file, a worker's data deleted, how long data is kept. */

import { el } from '../dom.js';
import { count } from '../format.js';
import { everyPage, keepFile } from './downloads.js';
import { eraseWorker } from './erasure.js';
import { buildForm } from './form.js';
import { linkTo } from './links.js';
import { loadInto } from './loading.js';
import { ask, page } from './service.js';

/** @param {import('./sections.js').Console} site */
export function showStudies(site) {
  const main = el('div', { class: 'stack' });
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Studies'), main);
  void loadInto(main, () => ask('retainer/protohit/list?archived=1'), (protos) => [exporting(site, protos), keptOut(site, protos), deleting(site)]);
}

/** @param {import('./sections.js').Console} site @param {any[]} protos */
function exporting(site, protos) {
  const progress = el('p', { class: 'soft', role: 'status' });
  const { node } = buildForm({
    groups: [{ fields: [
      { name: 'hitType', label: 'ProtoHIT', kind: 'choice', options: protos.map(({ id }) => /** @type {[string, string]} */ ([id, id])), required: true },
      { name: 'format', label: 'As', kind: 'choice', options: [['csv', 'CSV, for spreadsheets and R'], ['json', 'JSON']], required: true },
      { name: 'from', label: 'Reservations made from', kind: 'date', help: 'A day in UTC; empty: all that is kept.' },
      { name: 'to', label: 'To', kind: 'date' },
      { name: 'study', label: 'Study', help: 'A worker has the same pseudonym in all exports that name the same study. Empty: the ProtoHIT.', longest: 100 },
      { name: 'raw', label: 'Workers’ own ids instead of pseudonyms', kind: 'check', help: 'They name people. Leave it off if others analyse the results.' }] }],
    doing: 'Download',
    act: async ({ format, ...wanted }) => {
      progress.textContent = 'Reading …';
      try {
        progress.textContent = await save(format, wanted, (text) => { progress.textContent = text; });
      } catch (error) {
        progress.textContent = '';
        throw error;
      }
    },
  });
  return el('section', { class: 'card stack', 'aria-labelledby': 'export' }, el('h2', { id: 'export' }, 'Results'),
    protos.length ? node : el('p', { class: 'soft' }, 'There is no ProtoHIT yet.'), progress);
}

/**
 * All pages in one file. A table's columns are known once all answers are, so these are read first.
 * @param {string} format @param {Record<string, any>} wanted @param {(text: string) => void} tell
 */
async function save(format, wanted, tell) {
  const read = (/** @type {object} */ more) => page('retainer/export', { ...wanted, limit: 100, ...more });
  /** @type {any[]} */
  const rows = [];
  await everyPage(read, (found) => {
    rows.push(...found);
    tell(`${count(rows.length, 'row')} …`);
  });
  const name = `${wanted.hitType}-results`.replace(/[^A-Za-z0-9._-]/g, '_');
  if (!rows.length) return 'There are no results in this time.';
  if (format === 'json') keepFile([JSON.stringify(rows, null, 1)], 'application/json', `${name}.json`);
  else {
    const fields = JSON.stringify([...new Set(rows.flatMap((row) => Object.keys(row.answers ?? {})))].sort());
    /** @type {string[]} */
    const parts = [];
    await everyPage((more) => read({ ...more, format: 'csv', fields }), (text) => { parts.push(text); });
    keepFile(parts, 'text/csv', `${name}.csv`);
  }
  return `${count(rows.length, 'row')} downloaded.`;
}

/** @param {import('./sections.js').Console} site @param {any[]} protos */
function keptOut(site, protos) {
  const days = site.me.retentionDays;
  return el('section', { class: 'card stack', 'aria-labelledby': 'kept-out' }, el('h2', { id: 'kept-out' }, 'Which workers are kept out, and what is kept'),
    el('p', { class: 'soft' }, 'Workers took part in a ProtoHIT if they answered a call or handed in work for it. A ProtoHIT may keep out those who took part in others, or in itself: its form has ', el('i', {}, 'Exclude'), '. ',
      days ? `People’s data is kept for ${count(days, 'day')} where a ProtoHIT says no other time, and cleared away then unless something is owed.` : ''),
    el('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Exclusions' }, el('table', { class: 'fold' },
      el('thead', {}, el('tr', {}, ...['ProtoHIT', 'Keeps out the people of', 'Who counts as having taken part', 'Data is kept for'].map((head) => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, ...protos.map((proto) => el('tr', {},
        el('td', { 'data-label': 'ProtoHIT' }, el('span', { class: 'said' }, linkTo(proto.id, 'protohits', proto.id))),
        el('td', { 'data-label': 'Keeps out the people of' }, ...(proto.exclude?.length ? proto.exclude.flatMap((/** @type {string} */ name, /** @type {number} */ n) => [n ? ', ' : '', name === proto.id ? 'itself: once each' : linkTo(name, 'protohits', name)]) : [el('span', { class: 'soft' }, 'nobody')])),
        el('td', { 'data-label': 'Who counts' }, proto.took_part === 'arrived' ? 'all who arrived' : 'those who were called'),
        el('td', { 'data-label': 'Kept for' }, count(proto.keep_days || days || 0, 'day'))))))));
}

/** @param {import('./sections.js').Console} site */
function deleting(site) {
  const place = el('div', { class: 'stack' });
  const { node } = buildForm({
    groups: [{ fields: [{ name: 'worker', label: 'Worker’s id', required: true, longest: 64, help: 'You are shown what would be deleted, and asked again.' }] }],
    doing: 'Look …',
    act: ({ worker = '' }) => {
      void eraseWorker(site, place, worker).catch(site.fail);
      return Promise.resolve();
    },
  });
  return el('section', { class: 'card stack', 'aria-labelledby': 'delete' }, el('h2', { id: 'delete' }, 'Delete a worker’s data'),
    el('p', { class: 'soft' }, 'For somebody who asks for it. Answers, assignments and their name go; what was paid stays, without the name.'), node, place);
}
