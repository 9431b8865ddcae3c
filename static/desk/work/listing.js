// @ts-check
/* The work on offer: searched, sorted, filtered. */

import { el, refill, say, whileVisible } from '../dom.js';
import { count, dollars, relative, span } from '../format.js';
import { extras, hourly, left, missing, usualTime } from './group-facts.js';
import { queueCard, runClocks } from './queue.js';
import { serverNow } from '../server-time.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */
/** @typedef {import('./group-facts.js').Group} Group */

const LISTING_MS = 10000;
const TYPING_MS = 250;
// A page of a filtered listing may be empty though there is more behind it.
const MOST_EMPTY = 5;
const WISHES = 'retainer-listing';
// On a phone a card shows what one chooses by, and folds the rest.
const narrow = matchMedia('(max-width: 40rem)');
/** Groups whose rest is unfolded on a phone: the listing is drawn again every few seconds. @type {Set<string>} */
const unfolded = new Set();

/** What was looked for, kept while the tab is open. @returns {{q?: string, sort?: string, qualified?: boolean}} */
function wishes() {
  try {
    return JSON.parse(sessionStorage.getItem(WISHES) ?? '{}') ?? {};
  } catch {
    return {};
  }
}

/** Somebody signs out: what they looked for is nobody else's. */
export const forgetWishes = () => sessionStorage.removeItem(WISHES);

/** @returns {(string | Node)[]} */
function noWork() {
  const hint = globalThis.RETAINER_CONFIG?.hint;
  const text = 'No work just now. This page looks again by itself.';
  return hint ? [`${text} ${hint.text} `, el('a', { href: hint.href, target: '_blank', rel: 'noopener' }, hint.link), '.'] : [text];
}

/** @param {Site} site */
export function showListing({ view, queue, accept, note, fail }) {
  const before = wishes();
  const search = el('input', {
    type: 'search', id: 'q', placeholder: 'Search', 'aria-label': 'Search', class: 'grow', maxLength: 200, value: before.q ?? '',
  });
  const sort = el('select', { 'aria-label': 'Order' },
    el('option', { value: 'newest' }, 'Newest first'), el('option', { value: 'reward' }, 'Highest reward first'));
  sort.value = before.sort === 'reward' ? 'reward' : 'newest';
  const qualified = el('input', { type: 'checkbox', checked: before.qualified === true });
  const found = el('p', { class: 'soft small', role: 'status', id: 'found' });
  const list = el('ul', { class: 'hits', 'aria-label': 'HITs' });
  const more = el('button', { type: 'button', hidden: true }, 'Show more');
  const mine = el('div');
  let pages = 1;
  let latest = 0;

  const load = async () => {
    latest += 1;
    const turn = latest;
    showQueue();
    /** @type {Group[]} */
    const groups = [];
    let cursor = '';
    for (let page = 0, empty = 0; page < pages && empty < MOST_EMPTY;) {
      const query = new URLSearchParams({ sort: sort.value });
      if (search.value.trim()) query.set('q', search.value.trim());
      if (qualified.checked) query.set('qualified', '1');
      if (cursor) query.set('cursor', cursor);
      const answer = await ask(`market/hits?${query}`);
      // Something else is looked for by now.
      if (turn !== latest) return;
      groups.push(...answer.groups);
      cursor = answer.cursor ?? '';
      if (!cursor) break;
      if (answer.groups.length) page += 1;
      else empty += 1;
    }
    more.hidden = !cursor;
    const asked = Boolean(search.value.trim()) || qualified.checked;
    say(found, groups.length || asked ? `${count(groups.length, 'kind')} of work${cursor ? ' so far' : ''}` : '');
    refill(list, groups.length ? groups.map((group) => item(group, accept)) : [el('li', { class: 'card soft' },
      ...(asked ? ['Nothing fits what you look for.'] : noWork()))]);
  };
  const showQueue = () => refill(mine, queueCard(queue()));

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
  const changed = () => {
    pages = 1;
    sessionStorage.setItem(WISHES, JSON.stringify({ q: search.value, sort: sort.value, qualified: qualified.checked }));
    void refresh();
  };
  let typing = 0;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(changed, TYPING_MS);
  });
  sort.addEventListener('change', changed);
  qualified.addEventListener('change', changed);
  more.addEventListener('click', () => {
    pages += 1;
    void refresh();
  });
  view.replaceChildren(mine, el('h1', { tabIndex: -1 }, 'Find work'),
    el('div', { class: 'row filters', role: 'search' }, search, sort,
      el('label', { class: 'tick' }, qualified, 'Only what I qualify for')),
    found, list, more);
  addEventListener('queue-changed', showQueue);
  const turned = () => void refresh();
  narrow.addEventListener('change', turned);
  const stops = [runClocks(mine), whileVisible(refresh, LISTING_MS), () => {
    // No answer under way, nor a keystroke, may write into the next view's time.
    latest += 1;
    clearTimeout(typing);
    removeEventListener('queue-changed', showQueue);
    narrow.removeEventListener('change', turned);
  }];
  return () => stops.forEach((stop) => stop());
}

/** @param {Group} group @param {Site['accept']} accept */
function item(group, accept) {
  const { groupId, title, description, reward, requester, durationS, newest, qualified, previewable, pace, terms } = group;
  const { rate, measured } = hourly(group);
  return el('li', { class: 'card hit', 'data-group': groupId },
    el('div', { class: 'clip' }, el('h2', {}, title), el('p', { class: 'short soft small' }, `${requester} · ${left(group)}`,
      ...(qualified ? [] : [' · ', el('span', { class: 'warn' }, 'you do not qualify')]))),
    el('div', { class: 'reward num' }, dollars(reward),
      el('small', {}, pace?.hourly || terms ? `${rate} an hour${terms ? ', waiting included' : ''}` : 'hourly rate not known yet')),
    el('details', {
      class: 'rest', open: !narrow.matches || unfolded.has(groupId),
      ontoggle: (/** @type {Event} */ { target }) => {
        if (!narrow.matches || !(target instanceof HTMLDetailsElement)) return;
        unfolded[target.open ? 'add' : 'delete'](groupId);
      },
    }, el('summary', { class: 'small', 'data-key': `rest-${groupId}`, 'aria-label': `Details of ${title}` }, 'Details'), el('p', { class: 'clip' }, description),
    el('p', { class: 'facts soft small' }, el('span', {}, requester),
      ...extras(terms).map((text) => el('span', { class: 'extra' }, text)), measured ? el('span', {}, measured) : null,
      el('span', {}, left(group)), el('span', {}, `${span(durationS * 1000)} to finish`),
      pace ? el('span', {}, `takes ${usualTime(group)}`) : null,
      el('span', {}, `posted ${relative(newest, serverNow())}`),
      qualified ? el('span', { class: 'good' }, 'You qualify') : null),
    qualified ? null : unmetBox(group)),
    el('div', { class: 'actions row' },
      wayIn(group, el('button', {
        type: 'button', class: 'main', 'data-key': `accept-${groupId}`, 'aria-label': `Accept ${title}`,
        onclick: () => void accept({ groupId }),
      }, 'Accept')),
      previewable ? el('a', {
        class: 'button', href: `#/hits/${encodeURIComponent(groupId)}`,
        'data-key': `preview-${groupId}`, 'aria-label': `Preview ${title}`,
      }, 'Preview') : el('span', { class: 'soft small' }, 'Only those who qualify can look at it.')));
}

/** What a worker can do with a group: accept it, go on with it, or nothing. @param {Group} group @param {HTMLElement} accept */
export function wayIn({ groupId, title, qualified, done, held }, accept) {
  if (held) {
    return el('a', {
      class: 'button main', href: `#/work/${encodeURIComponent(held)}`, 'data-key': `accept-${groupId}`,
      'aria-label': `Continue ${title}`,
    }, 'Continue');
  }
  if (done) return el('span', { class: 'soft' }, 'You have done this.');
  return qualified ? accept : null;
}

/** Why a worker does not qualify, and what to do about it. @param {Group} group */
export function unmetBox({ groupId, title, unmet }) {
  return el('div', { class: 'unmet small' }, el('p', { class: 'warn' }, 'You do not qualify for this.'),
    el('ul', {}, ...unmet.map(missing).map(({ what, advice, link }, i) => el('li', {}, `${what} `,
      link && advice ? el('a', {
        href: link, 'data-key': `unmet-${groupId}-${i}`, 'aria-label': `${advice}, for ${title}`,
      }, advice) : el('span', {}, advice)))));
}
