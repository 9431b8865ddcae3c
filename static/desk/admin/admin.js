// @ts-check
/* The admin console: the key, the navigation, and which address shows which section (`sections.js`). */

import '../guard.js';
import { ApiError } from '../api.js';
import { arrive } from '../arrive.js';
import { byId, el } from '../dom.js';
import { confirmIn } from './confirm.js';
import { showKeyForm } from './key-form.js';
import { clearNotices, tell, warn } from './notices.js';
import { FIRST, SECTIONS } from './sections.js';
import { ask, forgetKey, hasKey, isOfKey } from './service.js';

/** @typedef {import('./sections.js').Me} Me */

const view = byId('view');
const nav = byId('nav');

/** What the service said of the key; null: none that it takes. @type {Me | null} */
let me = null;
let stop = () => {};
/** Whether leaving what is shown would lose something. */
let unsaved = () => false;
let shownAt = location.hash;
/** Shown with the next address, so that going there does not wipe it. */
let carried = '';

/** @param {unknown} error */
function fail(error) {
  // The key form has it.
  if (isOfKey(error)) return;
  warn(error instanceof Error ? error.message : String(error));
  if (!(error instanceof ApiError)) throw error;
}

/** @param {string} address @param {string} [notice] */
function go(address, notice = '') {
  carried = notice;
  unsaved = () => false;
  if (location.hash === `#/${address}`) route(true);
  else location.hash = `#/${address}`;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {boolean} [moved] somebody came here by a link: the keyboard goes to what is shown */
function route(moved = false) {
  if (!me) return;
  const [place = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', ...path] = place.split('/').map(decode);
  if (!Object.hasOwn(SECTIONS, name)) {
    if (name) carried = 'There is no such page here.';
    return location.replace(`#/${FIRST}`);
  }
  stop();
  stop = () => {};
  unsaved = () => false;
  shownAt = location.hash;
  clearNotices();
  if (carried) tell(carried);
  carried = '';
  for (const link of nav.querySelectorAll('a')) {
    if (link.dataset.section === name) {
      link.setAttribute('aria-current', 'page');
      // On a phone the navigation is a row that does not fit.
      link.scrollIntoView({ block: 'nearest', inline: 'center' });
    } else link.removeAttribute('aria-current');
  }
  view.replaceChildren();
  const keep = (/** @type {URLSearchParams} */ query) => {
    shownAt = `#/${place}${query.size ? `?${query}` : ''}`;
    history.replaceState(null, '', shownAt);
  };
  const ended = SECTIONS[name]?.show({
    view, path, query: new URLSearchParams(search), keep, go, tell, fail, me,
    guard: (isChanged) => { unsaved = isChanged; },
  }) ?? (() => {});
  const arrived = arrive(view, moved, (heading) => { document.title = `${heading} – Retainer admin`; });
  stop = () => {
    arrived();
    ended();
  };
  window.scrollTo(0, 0);
}

function showNavigation() {
  const sections = Object.entries(SECTIONS);
  const groups = [...new Set(sections.map(([, { group }]) => group))];
  nav.replaceChildren(...groups.map((group) => el('div', {}, el('h2', {}, group),
    el('ul', {}, ...sections.filter(([, one]) => one.group === group).map(([name, one]) =>
      el('li', {}, el('a', { href: `#/${name}`, 'data-section': name }, one.nav)))))));
}

/** The key form, with why the key was refused; null: there is none yet. @param {ApiError | null} refused */
function askForKey(refused) {
  stop();
  stop = () => {};
  me = null;
  nav.hidden = byId('who').hidden = true;
  clearNotices();
  document.title = 'Admin – Retainer';
  showKeyForm(view, refused, () => void start(true));
}

/** @param {boolean} [moved] */
async function start(moved = false) {
  try {
    me = await ask('retainer/admin');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Without a key there is nothing to complain of yet; `key-refused` has shown the rest.
    if (isOfKey(error)) return;
    view.replaceChildren(el('div', { class: 'card stack', role: 'alert' },
      el('h1', { tabIndex: -1 }, 'The service does not answer'), el('p', {}, error.message),
      el('div', {}, el('button', { type: 'button', class: 'main', onclick: () => void start(true) }, 'Try again'))));
    return;
  }
  if (!me) return;
  nav.hidden = byId('who').hidden = false;
  byId('forget-key').hidden = !hasKey();
  byId('whose').textContent = me.key ? me.key.name : 'open: no key is needed here';
  route(moved);
}

addEventListener('hashchange', () => {
  if (!unsaved()) return route(true);
  const wanted = location.hash;
  history.replaceState(null, '', shownAt);
  void confirmIn(view, {
    title: 'Leave without saving?', doing: 'Leave', danger: true,
    says: ['What you have changed here is not saved, and would be lost.'], act: async () => {},
  }).then((done) => { if (done) go(wanted.replace(/^#\/?/, '')); });
});
addEventListener('beforeunload', (event) => { if (unsaved()) event.preventDefault(); });
addEventListener('key-refused', (event) => {
  const refused = event instanceof CustomEvent ? event.detail : null;
  askForKey(hasKey() ? refused : null);
});
byId('forget-key').addEventListener('click', () => {
  forgetKey();
  void start(true);
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  // The address says which section is shown, so it cannot say where to scroll as well.
  event.preventDefault();
  byId('main').focus();
});
showNavigation();
void start();
