// @ts-check
/* What the worker has submitted and earned. */

import { el, whileVisible } from '../dom.js';
import { dollars, relative } from '../format.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */

const EARNINGS_MS = 10000;

/** @param {Site} site */
export function showEarnings({ view, fail }) {
  const heading = el('h1', { tabIndex: -1 }, 'Earnings');
  const body = el('div', { class: 'stack' }, el('p', { class: 'soft' }, 'Loading …'));
  view.replaceChildren(heading, body);
  return whileVisible(() => ask('market/earnings').then((sum) => {
    const figure = (/** @type {string} */ name, /** @type {string} */ value) =>
      el('div', {}, el('dt', {}, name), el('dd', {}, value));
    body.replaceChildren(
      el('dl', { class: 'card figures' }, figure('Earned', dollars(sum.total)), figure('Rewards', dollars(sum.rewards)),
        figure('Bonuses', dollars(sum.bonuses)), figure('Not yet approved', dollars(sum.pending)),
        figure('Approved', String(sum.approved)), figure('Rejected', String(sum.rejected))),
      sum.recent.length ? recentTable(sum.recent) : el('p', { class: 'soft' }, 'Nothing submitted yet.'));
  }, fail), EARNINGS_MS);
}

/** @param {any[]} recent */
function recentTable(recent) {
  const tone = /** @type {Record<string, string>} */ ({ Approved: 'good', Rejected: 'bad' });
  const cell = (/** @type {string} */ label, /** @type {string} */ text, /** @type {string} */ kind = '') =>
    el('td', { 'data-label': label, class: kind }, text);
  return el('section', { class: 'card stack' }, el('h2', {}, 'Latest'), el('table', { class: 'fold' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'HIT'), el('th', { scope: 'col' }, 'Submitted'),
      el('th', { scope: 'col' }, 'Status'), el('th', { scope: 'col', class: 'num' }, 'Reward'),
      el('th', { scope: 'col', class: 'num' }, 'Bonus'), el('th', { scope: 'col' }, 'Feedback'))),
    el('tbody', {}, ...recent.map((one) => el('tr', {}, cell('HIT', one.title, 'clip'),
      cell('Submitted', relative(one.submittedAt, Date.now())), cell('Status', one.status, tone[one.status] ?? ''),
      cell('Reward', dollars(one.reward), 'num'),
      cell('Bonus', Number(one.bonus) ? dollars(one.bonus) : '', 'num'),
      cell('Feedback', one.feedback ?? '', 'clip'))))));
}
