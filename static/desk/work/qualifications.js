// @ts-check
/* The worker's qualifications: held, asked for, refused, and those that can be asked for. */

import { el, refill, whileVisible } from '../dom.js';
import { clock } from '../format.js';
import { date, duration } from '../words.js';
import { showQualification } from './qualification.js';
import { actionWords, againWords, retryWords, standingWords, systemList, wayIn } from './qualification-words.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */
/** @typedef {import('./qualification-words.js').Standing} Standing */

const REFRESH_MS = 20000;
const TYPING_MS = 250;
/** Without a match so many pages further are looked at; then the worker is asked. */
const MOST_EMPTY = 5;

/** @param {Site} site @param {string} id */
export function showQualifications(site, id) {
  return id ? showQualification(site, id) : showOverview(site);
}

export const address = (/** @type {string} */ id) => `#/qualifications/${encodeURIComponent(id)}`;

/** @param {Site} site */
function showOverview({ view, fail, note }) {
  const search = el('input', { type: 'search', id: 'q', class: 'grow', maxLength: 200, autocomplete: 'off' });
  const own = el('div', { class: 'stack' }, el('p', { class: 'soft' }, 'Loading …'));
  const list = el('ul', { class: 'quals', 'aria-labelledby': 'to-ask' });
  const more = el('button', { type: 'button', hidden: true }, 'Show more');
  const found = el('p', { class: 'soft', role: 'status' });
  const known = el('div');
  let pages = 1;
  let asked = 0;
  let trouble = false;

  const load = async () => {
    const nth = ++asked;
    const words = search.value.trim();
    /** @type {Standing[]} */
    const types = [];
    let first = null;
    let cursor = '';
    for (let page = 0; page < pages || (!types.length && page < MOST_EMPTY); page++) {
      const query = new URLSearchParams({ ...(words && { q: words }), ...(cursor && { cursor }) });
      const answer = await ask(`market/qualifications?${query}`);
      // The worker has typed on meanwhile.
      if (nth !== asked) return;
      first ??= answer;
      types.push(...answer.requestable);
      cursor = answer.cursor ?? '';
      if (!cursor) break;
    }
    const now = first.now;
    refill(own, ownSections(first, now));
    // What is held, under way or refused is listed above; who searches finds it all the same.
    const shown = words ? types : types.filter(({ asking, status }) => asking === 'allowed' && status !== 'Granted');
    refill(list, shown.map((type) => offer(type, now)));
    found.textContent = shown.length ? '' : nothing(words, cursor);
    more.hidden = !cursor;
    refill(known, [marketplace(first.system)]);
  };
  const refresh = () => load().then(() => {
    if (trouble) note('');
    trouble = false;
  }, (error) => {
    trouble = true;
    fail(error);
  });

  let typing = 0;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      pages = 1;
      void refresh();
    }, TYPING_MS);
  });
  more.addEventListener('click', () => {
    pages += 1;
    void refresh();
  });
  view.replaceChildren(el('h1', { tabIndex: -1 }, 'Qualifications'),
    el('p', { class: 'soft' }, 'Some HITs are only for workers who hold certain qualifications. '
      + 'Here are yours, and those that you can get.'),
    own,
    el('section', { class: 'stack', 'aria-labelledby': 'to-ask' },
      el('h2', { id: 'to-ask' }, 'Qualifications you can get'),
      el('div', { class: 'row' }, el('label', { for: 'q' }, 'Search'), search), list, found, more),
    known);
  return whileVisible(refresh, REFRESH_MS);
}

/** @param {string} words @param {string} cursor */
function nothing(words, cursor) {
  if (cursor) return 'Nothing so far. There is more to look through.';
  return words ? 'Nothing matches. Try fewer words.' : 'None can be requested at the moment.';
}

/** @param {any} all @param {number} now */
function ownSections({ held, pending, refused, requestable }, now) {
  const started = pending.filter((/** @type {Standing} */ one) => one.asking === 'open');
  const waiting = pending.filter((/** @type {Standing} */ one) => one.asking === 'pending');
  const granted = held.filter((/** @type {Standing} */ one) => one.status === 'Granted');
  const lost = held.filter((/** @type {Standing} */ one) => one.status === 'Revoked'
    && !refused.some((/** @type {Standing} */ other) => other.qualificationTypeId === one.qualificationTypeId));
  return [
    ...started.map((/** @type {Standing} */ type) => runningTest(type, now)),
    section('Yours', granted.map((/** @type {Standing} */ type) => mine(type)),
      requestable.some((/** @type {Standing} */ one) => one.asking === 'allowed') ? 'You hold none yet. Below are some that you can get.'
        : 'You hold none yet, and no requester offers one at the moment.'),
    section('Asked for', waiting.map((/** @type {Standing} */ type) => line(type, now))),
    section('Not granted', [...refused, ...lost].map((/** @type {Standing} */ type) => line(type, now, true))),
  ].filter((part) => part !== null);
}

/** @param {string} title @param {HTMLElement[]} items @param {string} [empty] */
function section(title, items, empty) {
  if (!items.length && !empty) return null;
  return el('section', { class: 'card stack' }, el('h2', {}, title),
    items.length ? el('ul', { class: 'quals lines' }, ...items) : el('p', { class: 'soft' }, empty ?? ''));
}

/** @param {Standing} type */
const named = ({ qualificationTypeId, name }) =>
  el('a', { href: address(qualificationTypeId), 'data-key': `name-${qualificationTypeId}`, dir: 'auto' }, name);

/** @param {Standing} type @param {number} now */
function runningTest(type, now) {
  const left = (type.deadline ?? now) - now;
  return el('section', { class: 'card queue row', 'aria-label': 'A test that you have started' },
    el('p', { class: 'grow clip' }, 'You have started the test for ', el('strong', { dir: 'auto' }, type.name), '.'),
    el('span', { class: 'num soft' }, `${clock(left)} left`),
    el('a', {
      class: 'button main', href: address(type.qualificationTypeId), 'data-key': `test-${type.qualificationTypeId}`,
    }, 'Go on'));
}

/** @param {Standing} type */
function mine(type) {
  return el('li', { 'data-type': type.qualificationTypeId },
    el('div', { class: 'clip grow' }, el('h3', {}, named(type)),
      el('p', { class: 'soft small' }, `from ${type.requester}, since ${date(type.grantedAt ?? 0)}`)),
    el('p', { class: 'score' }, el('span', { class: 'soft small' }, 'Score '), el('strong', { class: 'num' }, String(type.value))));
}

/** @param {Standing} type @param {number} now */
function line(type, now, again = false) {
  const { tone, text, words } = standingWords(type, now);
  return el('li', { 'data-type': type.qualificationTypeId },
    el('div', { class: 'clip grow' }, el('h3', {}, named(type)),
      el('p', { class: `small ${tone === 'bad' ? 'bad' : 'soft'}` }, text),
      words ? el('blockquote', { class: 'words', dir: 'auto' }, words) : null,
      again ? el('p', { class: 'soft small' }, againWords(type, now)) : null));
}

/** @param {Standing} type @param {number} now */
function offer(type, now) {
  const { qualificationTypeId, name, description, requester, testDurationS, hasTest, asking } = type;
  const facts = [`from ${requester}`, wayIn(type), ...(hasTest ? [`Time: ${duration(testDurationS ?? 0)}`] : []), retryWords(type)];
  return el('li', { class: 'card', 'data-type': qualificationTypeId },
    el('div', { class: 'grow clip' }, el('h3', {}, named(type)),
      el('p', { class: 'some', dir: 'auto' }, description),
      el('p', { class: 'facts soft small' }, ...facts.map((fact) => el('span', {}, fact))),
      asking === 'allowed' ? null : el('p', { class: 'small' }, standingWords(type, now).text || againWords(type, now))),
    asking === 'allowed' || asking === 'open' ? el('a', {
      class: 'button', href: address(qualificationTypeId), 'data-key': `open-${qualificationTypeId}`,
      'aria-label': `${offerWords(type)}: ${name}`,
    }, offerWords(type)) : null);
}

/** The test starts on its own page, with a word on its clock first. @param {Standing} type */
const offerWords = (type) => (type.hasTest ? 'See the test' : actionWords(type));

/** @param {any[]} system */
function marketplace(system) {
  return el('section', { class: 'card stack' }, el('h2', {}, 'What this marketplace knows of you'),
    el('p', { class: 'soft small' }, 'These come from your record here. HITs may require them; there is nothing to ask for.'),
    el('dl', { class: 'known' }, ...systemList(system).map(({ qualificationTypeId, name, shown }) => el('div', {},
      el('dt', {}, el('a', { href: address(qualificationTypeId), 'data-key': `name-${qualificationTypeId}` }, name)),
      el('dd', { class: 'num' }, shown)))));
}
