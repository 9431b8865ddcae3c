// @ts-check
/* What the worker has submitted and earned, and what requesters said of it. */

import { el, refill, say, whileVisible } from '../dom.js';
import { count, dollars, relative, span } from '../format.js';
import { serverNow } from '../server-time.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */

const REFRESH_MS = 10000;
// A page of a filtered list may be empty though there is more behind it.
const MOST_EMPTY = 5;
const TONES = /** @type {Record<string, string>} */ ({ Approved: 'good', Rejected: 'bad' });
const STATES = /** @type {Record<string, string>} */ ({
  Submitted: 'In review', Approved: 'Approved', Rejected: 'Rejected',
});

/** @param {Site} site */
export function showDashboard({ view, fail }) {
  const figures = el('dl', { class: 'card figures' });
  const filter = el('select', { id: 'status' }, el('option', { value: '' }, 'All'),
    ...Object.entries(STATES).map(([value, name]) => el('option', { value }, name)));
  const submitted = pagedTable('submitted', ['HIT', 'Submitted', 'Took', 'Status', 'Reward', 'Bonus', 'Feedback'],
    submittedRow, 'Nothing submitted yet.', fail);
  const bonuses = pagedTable('bonuses', ['For', 'When', 'Amount', 'Reason'], bonusRow, 'No bonus yet.', fail);
  filter.addEventListener('change', () => {
    submitted.query = filter.value ? { status: filter.value } : {};
    submitted.empty = filter.value ? `Nothing is ${STATES[filter.value]?.toLowerCase()}.` : 'Nothing submitted yet.';
    void submitted.restart();
  });
  const loading = el('p', { class: 'soft', role: 'status' }, 'Loading …');
  const parts = el('div', { class: 'stack', hidden: true }, figures,
    el('section', { class: 'card stack', 'aria-labelledby': 'submitted-title' },
      el('div', { class: 'row' }, el('h2', { class: 'grow', id: 'submitted-title' }, 'What you submitted'),
        el('label', { for: 'status' }, 'Show'), filter), submitted.box),
    el('section', { class: 'card stack', 'aria-labelledby': 'bonuses-title' },
      el('h2', { id: 'bonuses-title' }, 'Bonuses'), bonuses.box));
  view.replaceChildren(el('h1', { tabIndex: -1 }, 'Dashboard'), loading, parts);
  let known = '';
  const stop = whileVisible(() => refresh().catch((error) => {
    // Before the first answer there is nothing to show but this.
    say(loading, 'This could not be loaded. The page tries again by itself.');
    fail(error);
  }), REFRESH_MS);
  const refresh = async () => {
    const [sums, paid] = await Promise.all([ask('market/earnings'), ask(`market/earned?${periods()}`)]);
    refill(figures, figuresOf(sums, paid));
    loading.hidden = true;
    parts.hidden = false;
    // The tables are read again where something has happened, and stay as long as they were.
    const now = [sums.submitted, sums.approved, sums.rejected, sums.bonuses].join();
    if (now === known) return;
    known = now;
    await Promise.all([submitted.load(), bonuses.load()]);
  };
  return () => {
    stop();
    submitted.stop();
    bonuses.stop();
  };
}

/** When the worker's own day and week began: a week begins on Monday. */
function periods() {
  const day = new Date(serverNow());
  day.setHours(0, 0, 0, 0);
  const today = day.getTime();
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return new URLSearchParams({ today: String(today), week: String(day.getTime()) });
}

/** @param {any} sums @param {{today: string, week: string}} paid */
function figuresOf(sums, paid) {
  const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more = '') =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value, more ? el('small', {}, more) : null));
  const { hourly, approvalPercent } = sums;
  return [
    figure('Earned', dollars(sums.total)), figure('Today', dollars(paid.today)), figure('This week', dollars(paid.week)),
    figure('Not yet approved', dollars(sums.pending)),
    figure('Rewards', dollars(sums.rewards)), figure('Bonuses', dollars(sums.bonuses)),
    figure('Per hour', hourly ? dollars(hourly.dollars) : '–',
      hourly ? `in your last ${count(hourly.hits, 'HIT')}, while you held one` : 'once you have submitted something'),
    figure('Submitted', String(sums.submitted)), figure('In review', String(sums.unreviewed)),
    figure('Approved', String(sums.approved)), figure('Rejected', String(sums.rejected)),
    figure('Approval rate', approvalPercent === null ? '–' : `${approvalPercent} %`,
      approvalPercent === null ? 'nothing reviewed yet' : 'of what was reviewed'),
  ];
}

/**
 * A table that grows by a page at a time.
 * @param {string} name of the list, in the address and in the answer @param {string[]} heads
 * @param {(row: any, heads: string[]) => HTMLElement} rowOf @param {string} empty @param {(error: unknown) => void} fail
 */
function pagedTable(name, heads, rowOf, empty, fail) {
  const numeric = /^(Took|Reward|Bonus|Amount)$/;
  const body = el('tbody');
  const table = el('table', { class: 'fold', hidden: true }, el('thead', {}, el('tr', {}, ...heads.map((head) =>
    el('th', { scope: 'col', class: numeric.test(head) ? 'num' : '' }, head)))), body);
  const nothing = el('p', { class: 'soft', role: 'status' });
  const more = el('button', { type: 'button', hidden: true }, 'Show more');
  let pages = 1;
  let latest = 0;
  const self = {
    box: el('div', { class: 'stack paged' }, nothing, table, more),
    /** @type {Record<string, string>} */ query: {},
    empty,
    /** From the first page to as many as were asked for. */
    async load() {
      latest += 1;
      const turn = latest;
      /** @type {any[]} */
      const rows = [];
      let cursor = '';
      for (let page = 0, without = 0; page < pages && without < MOST_EMPTY;) {
        const query = new URLSearchParams({ ...self.query, ...(cursor ? { cursor } : {}) });
        const answer = await ask(`market/${name}?${query}`);
        if (turn !== latest) return;
        rows.push(...answer[name]);
        cursor = answer.cursor ?? '';
        if (!cursor) break;
        if (answer[name].length) page += 1;
        else without += 1;
      }
      refill(body, rows.map((row) => rowOf(row, heads)));
      table.hidden = !rows.length;
      more.hidden = !cursor;
      say(nothing, rows.length ? '' : cursor ? 'None among the latest.' : self.empty);
    },
    restart: () => {
      pages = 1;
      return self.load().catch(fail);
    },
    stop: () => { latest += 1; },
  };
  more.addEventListener('click', () => {
    const before = body.childElementCount;
    pages += 1;
    self.load().then(() => {
      // The button may be gone: the keyboard goes on where the new rows begin.
      const next = body.children[before];
      if (next instanceof HTMLElement) {
        next.tabIndex = -1;
        next.focus();
      }
    }, fail);
  });
  return self;
}

const cell = (/** @type {string | undefined} */ label, /** @type {string | null} */ text, /** @type {string} */ kind = '') =>
  el('td', { 'data-label': label, class: kind }, text ?? '');

/** @param {any} one @param {string[]} heads */
function submittedRow(one, heads) {
  const [hit, when, took, status, reward, bonus, feedback] = heads;
  const due = one.status === 'Submitted' && one.approvedBy
    ? `In review; approved ${relative(one.approvedBy, serverNow())} at the latest` : STATES[one.status] ?? one.status;
  return el('tr', { 'data-assignment': one.assignmentId },
    el('td', { 'data-label': hit, class: 'clip' }, el('span', {}, one.title),
      el('span', { class: 'soft small under' }, one.requester)),
    el('td', { 'data-label': when }, moment(one.submittedAt)), cell(took, span(one.tookS * 1000), 'num'),
    cell(status, due, TONES[one.status]), cell(reward, dollars(one.reward), 'num'),
    // What each is for stands below, where there is room for it.
    el('td', { 'data-label': bonus, class: 'num' }, ...one.bonuses.map((/** @type {any} */ given) => el('div', {}, dollars(given.amount)))),
    cell(feedback, one.feedback, 'clip'));
}

/** @param {any} one @param {string[]} heads */
function bonusRow(one, heads) {
  const [what, when, amount, reason] = heads;
  return el('tr', {},
    el('td', { 'data-label': what, class: 'clip' }, el('span', {}, one.title),
      el('span', { class: 'soft small under' }, one.requester)),
    el('td', { 'data-label': when }, moment(one.at)), cell(amount, dollars(one.amount), 'num'),
    cell(reason, one.reason, 'clip'));
}

/** @param {number} at */
const moment = (at) => el('time', {
  dateTime: new Date(at).toISOString(), title: new Date(at).toLocaleString(undefined, { hourCycle: 'h23' }),
}, relative(at, serverNow()));
