// @ts-check
/* The status page: what is waiting, what is out, what was asked for, how fast it came. Reads only. */

import '../guard.js';
import { ApiError, call } from '../api.js';
import { byId, el, refill, say, whileVisible } from '../dom.js';
import { clock, dollars, latency, relative } from '../format.js';
import { fill, firstAndLast, sizingDid, stateOf, troublesByReason } from './figures.js';

/** @typedef {import('./figures.js').Pool} Pool */
/** @typedef {import('./figures.js').Reservation} Reservation */

const KEY = 'retainer-api-key';
const REFRESH_MS = 2000;
const SHOWN = 25;
const HELD_SHOWN = 100;
const OWED_DAYS = 300;
const MONEY_MS = 10000;
let moneyAt = 0;

const problem = byId('problem');
const keyForm = byId('key-form');

/** @param {string} path */
function ask(path) {
  const key = sessionStorage.getItem(KEY);
  // Without a key no header of our own either: the call then needs no preflight.
  return call(path, { headers: key ? { 'x-api-key': key } : {} });
}

/** While a key is asked for there is nothing to refresh, except once it is given. */
async function refresh(withNewKey = false) {
  if (!keyForm.hidden && !withNewKey) return;
  try {
    const [protos, reservations] = await Promise.all([
      ask('retainer/protohit/list'), ask(`retainer/reservation/list?limit=${SHOWN}`)]);
    const pools = await Promise.all(protos.map((/** @type {{hitTypeID: string}} */ { hitTypeID }) =>
      ask(`retainer/pool?hitType=${encodeURIComponent(hitTypeID)}`)));
    keyForm.hidden = true;
    say(problem, '');
    say(byId('as-of'), `as of ${new Date().toLocaleTimeString()}`);
    refill(byId('pools'), protos.length
      ? protos.map((/** @type {any} */ proto, /** @type {number} */ i) => poolCard(proto, pools[i]))
      : [el('p', { class: 'card soft' }, 'No ProtoHIT yet. Make one with retainer/puttask.')]);
    showReservations(reservations);
    await refreshMoney();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const needsKey = error.status === 401 || error.status === 403;
    if (needsKey && keyForm.hidden) {
      keyForm.hidden = false;
      byId('key').focus();
    }
    say(problem, needsKey && !sessionStorage.getItem(KEY) ? '' : error.message);
  }
}

/** @param {{hitTypeID: string, title: string, reward: string}} proto @param {Pool} pool */
function poolCard({ hitTypeID, title }, pool) {
  const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more = '') =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value, more ? el('small', {}, more) : null));
  const part = fill(pool);
  const bar = el('span');
  bar.style.width = `${Math.round(part * 100)}%`;
  const { sizing, latency: dispatch, response, cost } = pool;
  const quick = (/** @type {import('./figures.js').Quantiles} */ { n, p50, p95 }, /** @type {string} */ name) =>
    figure(name, latency(p50), n ? `p95 ${latency(p95)}` : 'not measured');
  return el('section', { class: 'card stack', 'data-pool': hitTypeID, 'aria-label': title },
    el('div', { class: 'pool-head' }, el('h2', { class: 'clip' }, title),
      el('span', { class: 'soft small clip' }, hitTypeID),
      el('span', { class: 'soft small' }, `${dollars(cost.perWorker)} a worker, each polls every ${latency(pool.pollEvery)}`)),
    el('div', { class: pool.present < pool.target ? 'meter short' : 'meter', role: 'img',
      'aria-label': `${pool.present} present of ${pool.target} wanted` }, bar),
    el('dl', { class: 'figures' },
      figure('Waiting', String(pool.waiting)),
      figure('Present', String(pool.present), `of ${pool.target} wanted`),
      figure('Reserved', String(pool.reserved)),
      figure('HITs out', String(pool.hitsOut), `${pool.available} free`),
      quick(dispatch, 'Dispatch'), quick(response, '“I’m here”')),
    el('p', { class: 'small why' }, el('span', { class: 'soft' },
      sizing ? `Last sizing ${relative(sizing.at, Date.now())}: ` : ''), sizingDid(sizing)));
}

/** Seldomer than the rest: payments come with reviews, once a minute. */
async function refreshMoney() {
  if (Date.now() - moneyAt < MONEY_MS) return;
  // From the first day of what may still be owed: that stands on the day since which it is.
  const [today, ever, held] = await Promise.all([ask('retainer/costs'),
    ask(`retainer/costs?from=${daysAgo(OWED_DAYS)}`),
    ask(`retainer/review?answers=false&limit=${HELD_SHOWN}`)]);
  moneyAt = Date.now();
  showMoney(today, ever, held);
}

/** A day in UTC, as costs are kept. @param {number} days */
function daysAgo(days) {
  return new Date(Date.now() - days * 86400000).toISOString().slice(0, 10);
}

/** @param {import('./figures.js').Costs} today @param {import('./figures.js').Costs} ever @param {unknown[]} held */
function showMoney(today, ever, held) {
  byId('money').hidden = false;
  const { spent } = today;
  const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more = '') =>
    el('div', { 'data-money': name }, el('dt', {}, name), el('dd', {}, value, more ? el('small', {}, more) : null));
  const many = held.length === HELD_SHOWN ? `${HELD_SHOWN} or more` : String(held.length);
  refill(byId('money-figures'), [
    el('dl', { class: 'figures' },
      figure('Paid', dollars(spent.total)), figure('For waiting', dollars(spent.waiting)),
      figure('For work', dollars(spent.work)), figure('Bonuses', dollars(spent.bonus)),
      figure('Fees', dollars(spent.fee)), figure('Owed', dollars(ever.owed.total), 'not paid yet'),
      figure('Held for review', many)),
    ...troublesByReason(ever.troubles).map((text) => el('p', { class: 'small why' }, text))]);
}

/** @param {Reservation[]} reservations */
function showReservations(reservations) {
  byId('reservations').hidden = false;
  const box = byId('reservation-rows');
  if (!reservations.length) return refill(box, [el('p', { class: 'soft' }, 'None yet.')]);
  const heads = ['For', 'State', 'ProtoHIT', 'Wanted', 'Claimed', 'Acknowledged', 'Dispatch', 'Id'];
  const numeric = /^(Wanted|Claimed|Acknowledged)$/;
  refill(box, [el('div', { class: 'scroll' }, el('table', { class: 'fold' },
    el('thead', {}, el('tr', {}, ...heads.map((head) =>
      el('th', { scope: 'col', class: numeric.test(head) ? 'num' : '' }, head)))),
    el('tbody', {}, ...reservations.slice(0, SHOWN).map((one) => reservationRow(one, heads)))))]);
}

/** @param {Reservation} one @param {string[]} heads */
function reservationRow(one, heads) {
  const now = Date.now();
  const { text, tone } = stateOf(one, now);
  const times = firstAndLast(one);
  const span = !times ? '–' : times.first === times.last ? latency(times.first)
    : `${latency(times.first)} – ${latency(times.last)}`;
  const when = one.invokedAt !== null ? `invoked ${relative(one.invokedAt, now)}`
    : one.startTime > now ? `due in ${clock(one.startTime - now)}` : relative(one.startTime, now);
  const cells = [
    [el('span', {}, String(one.foreignID))],
    [el('span', {}, el('span', { class: `state ${tone}` }, text), ' ', el('span', { class: 'soft small when' }, when))],
    [one.proto.hitTypeID], [String(one.assignments)], [String(one.claimed)], [String(one.acknowledged)],
    [span], [one.id],
  ];
  const kinds = ['clip', '', 'clip', 'num', 'num', 'num', '', 'id clip'];
  return el('tr', { 'data-reservation': one.id }, ...cells.map((cell, i) =>
    el('td', { 'data-label': heads[i], class: kinds[i] }, ...cell)));
}

keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('key');
  if (!(field instanceof HTMLInputElement)) return;
  sessionStorage.setItem(KEY, field.value.trim());
  field.value = '';
  void refresh(true);
});
whileVisible(() => refresh(), REFRESH_MS);

