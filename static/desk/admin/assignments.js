// @ts-check
/* Assignments: those of a ProtoHIT, a worker, a HIT or a reservation; one of them with all that happened. */

import { el } from '../dom.js';
import { clock } from '../format.js';
import { answerList } from './answers.js';
import { answeredIn, columns, idOf, paidOf, stateOf, when } from './assignment-table.js';
import { address, linkTo } from './links.js';
import { loadInto } from './loading.js';
import { workerLink } from './names.js';
import { pagedTable } from './paged-table.js';
import { ask, page } from './service.js';
import { timeline } from './timeline.js';

const BY = /** @type {[string, string][]} */ ([
  ['hitType', 'ProtoHIT'], ['worker', 'Worker'], ['hit', 'HIT'], ['reservation', 'Reservation']]);
const PAGES_LOOKED_AT = 8;

/** @param {import('./sections.js').Console} site */
export function showAssignments(site) {
  const [first, second] = site.path;
  if (first) return void (second ? showOne(site, first, second) : showOne(site, '', first));
  /** @type {import('./paged-table.js').Filter[]} */
  const filters = [];
  const [by, id] = BY.map(([name]) => [name, site.query.get(name) ?? '']).find(([, value]) => value) ?? ['', ''];
  const found = el('section', { class: 'card stack', 'aria-label': 'Assignments' });
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Assignments'), el('div', { class: 'card' }), found);
  let stop = () => {};
  void ask('retainer/protohit/list?archived=1').then((/** @type {{id: string}[]} */ protos) => {
    site.view.children[1]?.replaceWith(lookUp(site, protos.map((proto) => proto.id), by || 'hitType', id));
    const which = by ? id : protos[0]?.id ?? '';
    if (!which) return found.replaceChildren(el('p', { class: 'soft' }, 'There is no ProtoHIT yet, and nobody can have come.'));
    const selector = { [by || 'hitType']: which };
    if ('hitType' in selector) {
      filters.push({ name: 'from', label: 'Came from (days in UTC)', isDay: true }, { name: 'to', label: 'To', isDay: true });
    }
    const table = pagedTable({ ...site, keep: (query) => site.keep(new URLSearchParams([...Object.entries(selector), ...query])) }, {
      path: 'retainer/assignment/list', noun: 'assignment', always: selector, columns: columns({ worker: by !== 'worker', proto: !('hitType' in selector) }), idOf, filters,
      empty: 'Nobody has come yet. An assignment is on record from the moment when its page opens.' });
    stop = table.stop;
    found.replaceChildren(el('h2', { class: 'clip' }, `Of ${BY.find(([name]) => name in selector)?.[1] ?? ''} ${which}`), table.box);
  }).catch(site.fail);
  return () => stop();
}

/** @param {import('./sections.js').Console} site @param {string[]} protos @param {string} by @param {string} id */
function lookUp(site, protos, by, id) {
  const kind = el('select', { id: 'by' }, ...BY.map(([value, text]) => el('option', { value }, text)));
  kind.value = by;
  const proto = el('select', { id: 'by-proto' }, ...protos.map((one) => el('option', { value: one }, one)));
  if (by === 'hitType' && id) proto.value = id;
  const text = el('input', { type: 'search', id: 'by-id', class: 'grow', value: by === 'hitType' ? '' : id, maxLength: 64, autocomplete: 'off', spellcheck: false });
  const boxes = [el('div', { class: 'field' }, el('label', { for: 'by-proto' }, 'Which'), proto),
    el('div', { class: 'field' }, el('label', { for: 'by-id' }, 'Its id'), text)];
  const turn = () => boxes.forEach((box, n) => { box.hidden = (kind.value === 'hitType') !== (n === 0); });
  kind.addEventListener('change', turn);
  turn();
  return el('form', {
    class: 'card filters', role: 'search', 'aria-label': 'Look up assignments',
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const value = kind.value === 'hitType' ? proto.value : text.value.trim();
      if (value) site.go(`assignments?${new URLSearchParams({ [kind.value]: value })}`);
    },
  }, el('div', { class: 'field' }, el('label', { for: 'by' }, 'Assignments of a'), kind), ...boxes, el('button', { type: 'submit', class: 'main' }, 'Show'));
}

/**
 * @param {import('./sections.js').Console} site @param {string} worker may be empty, and is then found by the
 *   assignment, as long as its seat is kept
 * @param {string} assignment
 */
async function showOne(site, worker, assignment) {
  const about = el('section', { class: 'card stack', 'aria-label': 'Assignment' });
  const happened = el('section', { class: 'card stack', 'aria-labelledby': 'happened' });
  site.view.replaceChildren(
    worker ? el('a', { class: 'back', href: `#/${address('workers', worker)}` }, `← ${worker}`) : el('a', { class: 'back', href: '#/assignments' }, '← Assignments'),
    el('h1', { tabIndex: -1, class: 'clip' }, `Assignment ${assignment}`), about, happened);
  await loadInto(about, () => findOne(worker, assignment), (stays) => stays.flatMap((row, n) => [
    ...(stays.length > 1 ? [el('h2', {}, n ? `An earlier stay` : 'The latest stay')] : []), facts(row)]));
  await timeline(happened, assignment);
}

/** @param {string} worker @param {string} assignment @returns {Promise<import('./assignment-table.js').Assignment[]>} */
async function findOne(worker, assignment) {
  if (!worker) return (await page('retainer/assignment/list', { assignment })).rows;
  let cursor = '';
  for (let n = 0; n < PAGES_LOOKED_AT; n += 1) {
    const { rows, next } = await page('retainer/assignment/list', { worker, limit: 100, cursor });
    const found = rows.filter((row) => row.assignment === assignment);
    if (found.length) return found;
    if (!next) break;
    cursor = next;
  }
  throw new Error('It is not among the latest of this worker.');
}

/** @param {import('./assignment-table.js').Assignment} row */
const facts = (row) => el('dl', { class: 'facts' },
  ...Object.entries({
    State: stateOf(row.state), Worker: workerLink(row.worker), ProtoHIT: linkTo(row.hitType, 'protohits', row.hitType),
    HIT: el('a', { href: `#/assignments?hit=${encodeURIComponent(row.hit)}`, class: 'mono' }, row.hit),
    Reservation: row.reservation ? el('a', { href: `#/assignments?reservation=${encodeURIComponent(row.reservation)}`, class: 'mono' }, row.reservation) : '–',
    Came: when(row.arrived), Waited: row.waited === null ? '–' : clock(row.waited), Called: when(row.called),
    'Answered in': answeredIn(row), 'Handed in': when(row.submitted), Paid: paidOf(row),
  }).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  el('dt', {}, 'Answers'), el('dd', {}, row.answers && Object.keys(row.answers).length ? answerList(row.answers) : '–'));
