// @ts-check
/* One qualification: what it is, how one gets it, where the worker stands, and its test in place. */

import { ApiError } from '../api.js';
import { el, refill, whileVisible } from '../dom.js';
import { duration } from '../words.js';
import { showTest } from './qualification-test.js';
import { ADULT, actionWords, againWords, retryWords, standingWords, systemWords, wayIn } from './qualification-words.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */
/** @typedef {import('./qualification-words.js').Standing} Standing */

const REFRESH_MS = 15000;
/** The longest that a timer is set for; a page that waits longer is looked at again anyway. */
const LONGEST_MS = 3600000;

/** @param {Site} site @param {string} id @returns {() => void} */
export function showQualification({ view, fail, note }, id) {
  const heading = el('h1', { tabIndex: -1, class: 'clip', dir: 'auto' }, 'Qualification');
  const about = el('div', { class: 'stack' }, el('p', { class: 'soft' }, 'Loading …'));
  const state = el('section', { class: 'stack', 'aria-label': 'Where you stand' });
  const place = el('div', { class: 'stack' });
  /** What is shown: a part of it is looked at again, and only drawn again where it differs. */
  let shown = '';
  let stopTest = () => {};
  let ended = false;
  let trouble = false;
  let soon = 0;

  /** @param {Standing} type @param {number} now @param {boolean} [moved] the worker did something: bring them there */
  const draw = (type, now, moved = false) => {
    if (ended) return;
    clearTimeout(soon);
    const waitMs = type.asking === 'too_soon' && type.askAgainAt ? type.askAgainAt - now : LONGEST_MS;
    if (waitMs < LONGEST_MS) soon = setTimeout(() => void look(), waitMs + 100);
    const drawn = JSON.stringify({ ...type, soon: againWords(type, now) });
    if (drawn === shown) return;
    shown = drawn;
    heading.textContent = type.name;
    refill(about, aboutType(type));
    refill(state, standing(type, now, request));
    if (type.asking === 'open') {
      stopTest();
      stopTest = showTest(place, type, {
        ready: (form) => moved && form.focus(),
        done: (after, at) => {
          closeTest();
          draw(after, at, true);
        },
        over: () => void look(),
      }, fail);
    } else if (!place.dataset.over) closeTest();
    if (moved && type.asking !== 'open') focusState(state);
  };
  const closeTest = () => {
    stopTest();
    stopTest = () => {};
    delete place.dataset.over;
    place.replaceChildren();
  };
  const look = async (moved = false) => {
    try {
      const found = await ask(`market/qualifications/type/${encodeURIComponent(id)}`);
      if (ended) return;
      if (found.system) drawSystem(found);
      else draw(found, found.now, moved);
      if (trouble) note('');
      trouble = false;
    } catch (error) {
      trouble = true;
      if (error instanceof ApiError && [400, 404].includes(error.status)) {
        heading.textContent = 'There is no such qualification';
        about.replaceChildren(el('p', {}, 'The link may be old, or its requester has taken it away.'));
      } else {
        fail(error);
      }
    }
  };
  const request = async (/** @type {HTMLButtonElement} */ button) => {
    button.disabled = true;
    closeTest();
    try {
      const type = await ask('market/qualifications/request', { qualificationTypeId: id });
      note('');
      draw(type, type.now, true);
    } catch (error) {
      fail(error);
      shown = '';
      await look();
    }
    button.disabled = false;
  };
  /** @param {any} found */
  const drawSystem = (found) => {
    const { name, about: words, shown: value } = systemWords(found);
    heading.textContent = name;
    refill(about, [el('p', {}, words), el('p', { class: 'card' }, el('span', { class: 'soft' }, 'Yours: '), el('strong', {}, value)),
      ...(id === ADULT ? [adult(found.value === 1, look, fail)] : []),
      el('p', { class: 'soft small' }, 'This is one of the marketplace’s own qualifications. '
        + `Requesters know it as ${found.name}.`)]);
  };

  view.replaceChildren(el('p', {}, el('a', { href: '#/qualifications' }, '← All qualifications')), heading, about, state, place);
  const stop = whileVisible(() => look(), REFRESH_MS);
  return () => {
    ended = true;
    stop();
    stopTest();
    clearTimeout(soon);
  };
}

/** @param {Standing} type */
function aboutType(type) {
  const { requester, description, keywords, hasTest, testDurationS } = type;
  const fact = (/** @type {string} */ name, /** @type {string} */ value) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value));
  return [
    el('p', { class: 'soft' }, `from ${requester}`),
    el('p', { class: 'plain clip', dir: 'auto' }, description),
    // While the clock runs only the test matters.
    ...(type.asking === 'open' ? [] : [el('dl', { class: 'card known' },
      fact('How to get it', wayIn(type)),
      ...(hasTest ? [fact('Time for the test', duration(testDurationS ?? 0))] : []),
      fact('Trying again', retryWords(type)),
      ...(keywords ? [fact('Keywords', keywords)] : []))]),
  ];
}

/** @param {Standing} type @param {number} now @param {(button: HTMLButtonElement) => void} request */
function standing(type, now, request) {
  const { tone, text, words } = standingWords(type, now);
  const { asking, hasTest, testDurationS } = type;
  const parts = /** @type {HTMLElement[]} */ ([]);
  if (asking === 'open') return parts;
  if (text) {
    parts.push(el('div', { class: `note standing ${tone}`, tabIndex: -1 }, el('p', {}, text),
      ...(words ? [el('blockquote', { class: 'words', dir: 'auto' }, words)] : [])));
  }
  const tried = type.request !== null && type.request !== 'Granted';
  if (asking === 'too_soon' || asking === 'once_only' || (asking === 'allowed' && tried)) {
    parts.push(el('p', {}, againWords(type, now)));
  }
  if (asking === 'allowed') {
    if (hasTest) {
      parts.push(el('p', { id: 'rules' }, `You have ${duration(testDurationS ?? 0)} from when you start. `
        + 'The clock goes on if you leave this page; what you have filled in stays here.'));
    }
    const go = el('button', { type: 'button', class: 'main', 'data-key': 'ask', onclick: () => request(go) }, actionWords(type));
    if (hasTest) go.setAttribute('aria-describedby', 'rules');
    parts.push(el('div', { class: 'row' }, go));
  }
  if (type.status === 'Granted') {
    parts.push(el('p', {}, hasTest ? 'HITs may ask for a certain score. ' : '', el('a', { href: '#/' }, 'Find work')));
  }
  return parts;
}

/** @param {HTMLElement} state */
function focusState(state) {
  const told = state.querySelector('.standing');
  if (told instanceof HTMLElement) told.focus();
}

/** @param {boolean} agreed @param {() => Promise<void>} look @param {(error: unknown) => void} fail */
function adult(agreed, look, fail) {
  // Not disabled meanwhile: that would take the keyboard away. To say the same twice does no harm.
  const button = el('button', {
    type: 'button', class: agreed ? '' : 'main', 'data-key': 'adult',
    onclick: () => void ask('market/qualifications/adult', { agreed: !agreed }).then(look, fail),
  }, agreed ? 'I no longer want to see adult content' : 'I am of age and agree to see adult content');
  return el('div', { class: 'row' }, button);
}
