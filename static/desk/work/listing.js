// @ts-check
/* The work on offer, and what the worker has accepted of it. */

import { el, refill, whileVisible } from '../dom.js';
import { clock, count, dollars, relative, span } from '../format.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */
/** @typedef {import('./frames.js').Assignment} Assignment */

const LISTING_MS = 10000;

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
