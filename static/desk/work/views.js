// @ts-check
/* What is shown for each address of the worker site. Each answers what ends it, where there is something to end. */

import { el, refill, whileVisible } from '../dom.js';
import { clock, count, dollars, relative, span } from '../format.js';
import { sandboxed } from './frames.js';
import { ask, signIn } from './session.js';

/**
 * @typedef {import('./frames.js').Assignment} Assignment
 * @typedef {{view: HTMLElement, queue: () => Assignment[], accept: (body: object) => Promise<void>,
 *   note: (text: string, bad?: boolean) => void, fail: (error: unknown) => void}} Site
 */

const LISTING_MS = 10000;

/** @param {HTMLElement} view @param {() => void} done */
export function showSignIn(view, done) {
  const name = el('input', { id: 'worker-name', required: true, maxLength: 40, autocomplete: 'username', pattern: '.*\\S.*' });
  const problem = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { type: 'submit', class: 'main' }, 'Sign in');
  view.replaceChildren(el('section', { class: 'card signin stack' },
    el('h1', {}, 'Sign in to work'),
    el('p', { class: 'soft' }, 'Pick a name. The same name brings you back to the same work and earnings.'),
    el('form', {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await signIn(name.value.trim());
          done();
        } catch (error) {
          problem.textContent = error instanceof Error ? error.message : String(error);
        }
        go.disabled = false;
      },
    }, el('label', { for: 'worker-name' }, 'Your name'), name, go, problem)));
  name.focus();
}

/** @param {Site} site */
export function showListing({ view, queue, accept, note, fail }) {
  const search = el('input', { type: 'search', id: 'q', placeholder: 'Search', 'aria-label': 'Search', class: 'grow' });
  const sort = el('select', { 'aria-label': 'Order' },
    el('option', { value: 'newest' }, 'Newest first'), el('option', { value: 'reward' }, 'Highest reward first'));
  const list = el('ul', { class: 'hits', 'aria-label': 'HITs' });
  const more = el('button', { type: 'button', hidden: true }, 'Show more');
  const mine = el('div');
  let pages = 1;

  const load = async () => {
    refill(mine, queueCard(queue()));
    /** @type {any[]} */
    const groups = [];
    let cursor = '';
    for (let page = 0; page < pages; page++) {
      const query = new URLSearchParams({ sort: sort.value });
      if (search.value.trim()) query.set('q', search.value.trim());
      if (cursor) query.set('cursor', cursor);
      const answer = await ask(`market/hits?${query}`);
      groups.push(...answer.groups);
      cursor = answer.cursor ?? '';
      if (!cursor) break;
    }
    more.hidden = !cursor;
    refill(list, groups.length ? groups.map(item) : [el('li', { class: 'card soft' },
      search.value ? 'Nothing matches.' : 'No work just now. This page looks again by itself.')]);
  };
  const item = (/** @type {any} */ group) => el('li', { class: 'card hit', 'data-group': group.groupId },
    el('div', { class: 'clip' }, el('h2', {}, group.title), el('p', {}, group.description)),
    el('div', { class: 'reward num' }, dollars(group.reward)),
    el('p', { class: 'facts soft small' }, el('span', {}, group.requester),
      el('span', {}, `${group.available} left`), el('span', {}, `${span(group.durationS * 1000)} to finish`),
      el('span', {}, `posted ${relative(group.newest, Date.now())}`)),
    el('div', { class: 'actions row' },
      el('button', {
        type: 'button', class: 'main', 'data-key': `accept-${group.groupId}`, 'aria-label': `Accept ${group.title}`,
        onclick: () => void accept({ groupId: group.groupId }),
      }, 'Accept'),
      el('a', {
        class: 'button', href: `#/hits/${encodeURIComponent(group.groupId)}`,
        'data-key': `preview-${group.groupId}`, 'aria-label': `Preview ${group.title}`,
      }, 'Preview')));

  let trouble = false;
  const refresh = () => load().then(
    () => {
      if (trouble) note('');
      trouble = false;
    },
    (error) => {
      trouble = true;
      fail(error);
    });
  let typing = 0;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      pages = 1;
      void refresh();
    }, 250);
  });
  sort.addEventListener('change', () => void refresh());
  more.addEventListener('click', () => {
    pages += 1;
    void refresh();
  });
  view.replaceChildren(mine, el('h1', { tabIndex: -1 }, 'Find work'),
    el('div', { class: 'row' }, search, sort), list, more);
  return whileVisible(refresh, LISTING_MS);
}

/** @param {Assignment[]} queue */
function queueCard(queue) {
  if (!queue.length) return [];
  return [el('section', { class: 'card queue', 'aria-label': 'Your queue' },
    el('h2', {}, `You have accepted ${count(queue.length, 'HIT')}`),
    el('ul', {}, ...queue.map(({ assignmentId, title, reward, deadline }) => el('li', {},
      el('span', { class: 'grow clip' }, title), el('span', { class: 'num' }, dollars(reward)),
      el('span', { class: 'soft num' }, `${clock(deadline - Date.now())} left`),
      el('a', {
        class: 'button main', href: `#/work/${encodeURIComponent(assignmentId)}`, 'data-key': `work-${assignmentId}`,
      }, 'Continue')))))];
}

/** @param {Site} site @param {string} groupId */
export function showPreview({ view, accept, fail }, groupId) {
  view.replaceChildren(el('p', { class: 'soft' }, 'Loading …'));
  ask(`market/hits/group/${encodeURIComponent(groupId)}`).then((group) => {
    const frame = sandboxed(group.previewUrl, group.frameHeight, `Preview of ${group.title}`);
    const go = el('button', { type: 'button', class: 'main', onclick: () => void accept({ groupId }) }, 'Accept');
    view.replaceChildren(el('section', { class: 'frame' },
      el('div', { class: 'card frame-bar row' }, el('h1', { class: 'grow clip', tabIndex: -1 }, group.title),
        el('span', { class: 'num' }, dollars(group.reward)), go,
        el('a', { class: 'button', href: '#/' }, 'Back')),
      el('p', { class: 'soft' }, `A preview: nothing is recorded until you accept. ${group.requester} gives you `
        + `${span(group.durationS * 1000)}; ${group.available} left.`),
      frame ?? el('p', { class: 'note bad' }, 'This HIT’s page may not be shown here.')));
    go.focus();
  }).catch((error) => {
    view.replaceChildren(el('p', {}, el('a', { href: '#/' }, 'Back to the list')));
    fail(error);
  });
}

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
  }, fail), LISTING_MS);
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
