// @ts-check
/* Reservations: searched, looked at slot by slot, made, invoked, ended, taken up again. */

import { el, refill, whileVisible } from '../dom.js';
import { clock, count, latency, relative } from '../format.js';
import { serverNow } from '../server-time.js';
import { confirmIn } from './confirm.js';
import { buildForm } from './form.js';
import { address, linkTo } from './links.js';
import { loadInto } from './loading.js';
import { workerLink } from './names.js';
import { pagedTable } from './paged-table.js';
import { actionsOf } from './reservation-actions.js';
import { slotState, stateOf, timeline, whyMissing } from './reservation-words.js';
import { ask, withQuery } from './service.js';

/** @typedef {import('./sections.js').Console} Console */
/** @typedef {import('./reservation-words.js').Reservation} Reservation */
/** @typedef {import('./reservation-words.js').Slot} Slot */

const LIST_MS = 5000;
const ONE_MS = 3000;
const STATES = /** @type {[string, string][]} */ ([
  ['', 'Any'], ['reserved', 'Reserved or due'], ['running', 'Invoked, not done'], ['done', 'Done'], ['cancelled', 'Cancelled']]);

/** `#/reservations`, `#/reservations?new`, `#/reservations/<id>`. @param {Console} site */
export function showReservations(site) {
  const [id = ''] = site.path;
  if (id) return showOne(site, id);
  return site.query.has('new') ? make(site) : showAll(site);
}

/** A state as it looks. @param {{text: string, tone: string}} state */
const badge = ({ text, tone }) => el('span', { class: `state ${tone}` }, text);

/** @param {Reservation} one */
function when(one) {
  const now = serverNow();
  if (one.doneAt !== null) return relative(one.doneAt, now);
  if (one.invokedAt !== null) return `invoked ${relative(one.invokedAt, now)}`;
  // The state says that it is due.
  return one.startTime > now ? `due in ${clock(one.startTime - now)}` : relative(one.startTime, now);
}

/** @param {Console} site */
function showAll(site) {
  const place = el('div', { class: 'stack' });
  const table = pagedTable(site, {
    path: 'retainer/reservations', noun: 'reservation', idOf: ({ id }) => id, everyMs: LIST_MS,
    filters: [{ name: 'q', label: 'Search id, foreignID, ProtoHIT or title' }, { name: 'hitType', label: 'ProtoHIT (whole id)' },
      { name: 'state', label: 'State', options: STATES }],
    empty: el('p', {}, 'No reservation yet. Programs make them, or ', el('a', { href: '#/reservations?new' }, 'make one here'), '.'),
    columns: [
      { head: 'For', kind: 'clip', cell: ({ foreignID }) => String(foreignID) },
      { head: 'State', cell: (one) => el('span', {}, badge(stateOf(one, serverNow())), ' ', el('span', { class: 'soft small when' }, when(one))) },
      { head: 'ProtoHIT', kind: 'clip', cell: ({ proto }) => linkTo(proto.hitTypeID, 'protohits', proto.hitTypeID) },
      { head: 'Wanted', kind: 'num', cell: ({ assignments }) => assignments },
      { head: 'Claimed', kind: 'num', cell: ({ claimed }) => claimed },
      { head: '“I’m here”', kind: 'num', cell: ({ acknowledged }) => acknowledged },
      { head: 'Id', kind: 'id clip', cell: ({ id }) => linkTo(id, 'reservations', id) }],
  });
  const finishAll = el('button', {
    type: 'button',
    onclick: async () => {
      const field = site.view.querySelector('#filter-hitType');
      const hitType = field instanceof HTMLInputElement ? field.value.trim() : '';
      const of = hitType ? `of ${hitType}` : 'of all ProtoHITs';
      const done = await confirmIn(place, {
        title: `Finish all reservations ${of}?`, doing: 'Finish them all', danger: true,
        says: [`Every reservation ${of} that is not done yet is ended: reserved, due and running ones. No more workers are sent to them.`,
          'Workers at work may finish, and are paid; those who wait are paid for the wait. Each reservation can be taken up again by itself, not all together.'],
        act: () => ask('retainer/reservation/finish/all', hitType ? { hitType } : {}),
      });
      if (!done) return;
      site.tell('They are done.');
      void table.reload();
    },
  }, 'Finish all');
  site.view.replaceChildren(
    el('div', { class: 'head' }, el('h1', { class: 'grow', tabIndex: -1 }, 'Reservations'), finishAll,
      el('a', { class: 'button main', href: '#/reservations?new' }, 'New reservation')),
    place, el('section', { class: 'card stack', 'aria-label': 'Reservations' }, table.box));
  return table.stop;
}

/** @param {Console} site */
function make(site) {
  const box = el('div', { class: 'stack' });
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'New reservation'),
    el('p', { class: 'soft' }, 'Workers who come for it wait, and are paid for that, until it is invoked or ended.'), box);
  let gone = false;
  void loadInto(box, () => ask('retainer/protohit/list'), (protos) => {
    if (gone) return [];
    if (!protos.length) return [el('p', {}, 'There is no ProtoHIT to reserve workers of. ', el('a', { href: '#/protohits?new' }, 'Make one first'), '.')];
    return [makeForm(site, protos)];
  });
  return () => { gone = true; };
}

/** @param {Console} site @param {{id: string, title: string}[]} protos */
function makeForm(site, protos) {
  const { node, isChanged } = buildForm({
    groups: [{ title: 'Who, and when', fields: [
      { name: 'hitType', label: 'ProtoHIT', kind: 'choice', required: true, value: site.query.get('hitType'), options: protos.map(({ id, title }) => /** @type {[string, string]} */ ([id, title === id ? id : `${id}: ${title}`])) },
      { name: 'numAssignments', label: 'Workers', kind: 'number', required: true, help: '1 to 100, spare ones included.' },
      { name: 'delay', label: 'Wanted in', kind: 'number', unit: 's', required: true, value: 0, help: 'They are recruited so that they are there by then.' },
      { name: 'foreignID', label: 'Your id for it', required: true, help: 'Comes to the worker’s page as taskID.' },
      { name: 'payload', label: 'Payload', kind: 'area', longest: 60000, help: 'Text, handed to the page as it is. It can still be given when it is invoked.' }] },
    { title: 'How they are called', folded: true, fields: [
      { name: 'policy', label: 'Policy', kind: 'choice', options: [['exact', 'Exact: as many as wanted'], ['over', 'Over: so many that enough answer'], ['first', 'First: everybody who waits']] },
      { name: 'spare', label: 'Spare workers', kind: 'number', placeholder: '0', help: 'Called beyond those wanted; with the policy exact.' },
      { name: 'timeout', label: 'Ends by itself after', kind: 'number', unit: 's', placeholder: 'never', help: 'After it is invoked. Without an end it takes workers until somebody ends it.' },
      { name: 'lease', label: 'Ends when nobody reads its results for', kind: 'number', unit: 's', placeholder: 'never', help: '30 or more. For programs; this page reads for you, not for them.' },
      { name: 'autoInvoke', label: 'Invoke it by itself when it is due', kind: 'check', value: false },
      { name: 'distinct', label: 'One worker takes one slot only', kind: 'check', value: true }] }],
    doing: 'Reserve', beside: [el('a', { class: 'button', href: '#/reservations' }, 'Cancel')],
    act: async (values) => {
      const id = await ask('retainer/reservation/make', values);
      site.go(address('reservations', id), 'Reserved. HITs are posted for it as they are needed.');
    },
  });
  site.guard(isChanged);
  return node;
}

/** @param {Console} site @param {string} id */
function showOne(site, id) {
  const place = el('div', { class: 'stack' });
  const box = el('div', { class: 'stack' });
  const head = el('div', { class: 'head' });
  site.view.replaceChildren(head, place, box);
  const load = () => ask(withQuery('retainer/reservation', { id }));
  let shown = '';
  /** @param {Reservation} one */
  const draw = (one) => {
    shown = JSON.stringify(one);
    drawHead(one);
    return whole(one);
  };
  /** @param {Reservation} one */
  const drawHead = (one) => {
    refill(head, [el('h1', { tabIndex: -1, 'data-key': 'title' }, `Reservation for ${one.foreignID}`), badge(stateOf(one, serverNow())),
      el('span', { class: 'soft small' }, when(one)), el('span', { class: 'grow' }),
      ...actionsOf(site, place, one, () => void refresh().catch(site.fail))]);
  };
  const refresh = async () => {
    const one = await load();
    // What is being read, or selected, stays as it is while nothing has happened.
    if (JSON.stringify(one) === shown) drawHead(one);
    else refill(box, draw(one));
  };
  /** @type {() => void} */
  let stop = () => {};
  let ended = false;
  void loadInto(box, load, draw).then(() => {
    if (!ended && head.firstChild) stop = whileVisible(() => refresh().catch(site.fail), ONE_MS, ONE_MS);
  });
  return () => {
    ended = true;
    stop();
  };
}

/** @param {Reservation} one */
function whole(one) {
  const fact = (/** @type {string} */ name, /** @type {Node | string} */ value) => [el('dt', {}, name), el('dd', {}, value)];
  return [el('section', { class: 'card', 'aria-label': 'Facts' }, el('dl', { class: 'facts' },
    ...fact('Id', el('span', { class: 'mono' }, one.id)),
    ...fact('ProtoHIT', linkTo(one.proto.hitTypeID, 'protohits', one.proto.hitTypeID)),
    ...fact('Wanted', `${count(one.assignments, 'worker')}${one.spare ? `, ${one.spare} spare` : ''}; ${one.called} called for`),
    ...fact('Policy', `${one.policy}${one.autoInvoke ? ', invoked by itself' : ''}${one.distinct ? '' : ', one worker may take several slots'}`))),
  el('section', { class: 'card stack', 'aria-labelledby': 'slots-title' },
    el('h2', { id: 'slots-title' }, 'Slots'), slotTable(one), ...missingIn(one)),
  el('section', { class: 'card stack', 'aria-labelledby': 'payload-title' }, el('h2', { id: 'payload-title' }, 'Payload'),
    one.payload ? el('pre', { class: 'pre', tabIndex: 0 }, pretty(one.payload)) : el('p', { class: 'soft' }, 'None.')),
  el('section', { class: 'card stack', 'aria-labelledby': 'line-title' }, el('h2', { id: 'line-title' }, 'What happened'),
      el('p', { class: 'soft small' }, one.invokedAt === null ? exactDay(one.created) : `${exactDay(one.created)}; + is the time since the invoke.`),
      el('ol', { class: 'timeline moments' }, ...timeline(one).map(([at, what, worker]) => el('li', {},
        el('time', { class: 'num soft', dateTime: new Date(at).toISOString() }, exact(at)),
        el('span', { class: 'num soft' }, one.invokedAt !== null && worker ? `+${latency(at - one.invokedAt)}` : ''),
        el('span', {}, worker ? workerLink(worker) : null, worker ? ' ' : null, what)))))];
}

/** @param {Reservation} one */
function slotTable({ slots = [], assignments }) {
  if (!slots.length) return el('p', { class: 'soft' }, `Nobody was called yet; ${count(assignments, 'slot')} free.`);
  const heads = ['Worker', 'State', 'Assignment', 'Paid', 'Answers'];
  return el('div', { class: 'scroll' }, el('table', { class: 'fold' },
    el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, ...slots.map((slot) => el('tr', { 'data-row': slot.assignment },
      el('td', { class: 'id clip', 'data-label': heads[0] }, workerLink(slot.worker)),
      el('td', { 'data-label': heads[1] }, badge(slotState(slot)),
        slot.muted ? el('span', { class: 'under small warn' }, 'sound off: nothing rang') : null),
      el('td', { class: 'id clip', 'data-label': heads[2] }, linkTo(slot.assignment, 'assignments', slot.assignment)),
      el('td', { class: 'num', 'data-label': heads[3] }, slot.paid ? `$${slot.paid}` : '–'),
      el('td', { class: 'clip', 'data-label': heads[4] }, answersOf(slot)))))));
}

/** @param {Slot} slot */
const answersOf = ({ answers }) => (answers ? Object.entries(answers)
  .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`).join('; ') : '–');

/** Why answers are missing, and who began and lost their slot. @param {Reservation} one */
function missingIn(one) {
  const why = whyMissing(one);
  const gone = one.gone ?? [];
  return [
    ...(why.length ? [el('div', { class: 'missing' }, el('h3', {}, 'Missing answers'), el('ul', {}, ...why.map((text) => el('li', {}, text))))] : []),
    ...(gone.length ? [el('div', { class: 'gone' }, el('h3', {}, 'Began, and lost their slot'),
      el('p', { class: 'soft small' }, 'They returned the HIT, ran out of time or took too long. An answer that came late is kept and paid.'),
      el('ul', {}, ...gone.map((slot) => el('li', {}, workerLink(slot.worker),
        ` lost it ${relative(slot.gone, serverNow())}. `, slot.answers ? `Late answer: ${answersOf(slot)}` : 'No answer came.'))))] : [])];
}

/** JSON as it is read best, anything else as it is. @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {number} at */
const exactDay = (at) => new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });

/** To the millisecond: what happens here happens within a second. @param {number} at */
const exact = (at) => new Date(at).toLocaleTimeString(undefined, /** @type {any} */ ({
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' }));
