// @ts-check
/*
 * The worker site: which address shows what, the queue of accepted HITs, and news from their frames.
 *
 * `#/work/<assignment>` shows an accepted HIT's frame; every other address is a view's (`site.js`).
 */

import '../guard.js';
import { ApiError } from '../api.js';
import { byId, el, whileVisible } from '../dom.js';
import { dollars } from '../format.js';
import { dropAllDrafts } from './drafts.js';
import { Frames } from './frames.js';
import { ask, current, signOut } from './session.js';
import { showJoin } from './join.js';
import { showSignIn } from './sign-in.js';
import { VIEWS } from './site.js';
import { watchUnread } from './unread.js';

/** @typedef {import('./frames.js').Assignment} Assignment */

const QUEUE_MS = 30000;
const TITLE = document.title;
const view = byId('view');
const notice = byId('notice');
const banner = byId('called');

/** @type {Assignment[]} */
let queue = [];
let queueLost = false;
let stopView = () => {};
let stopLooking = () => {};
/** @type {Assignment[]} */
let calling = [];
/** Ended here; a list that is older than that may still have them. @type {Set<string>} */
const ended = new Set();
/** Shown with the next address, so that going there does not wipe it. */
let carried = '';

const frames = new Frames(byId('frames'), { submitted, returned, called });

/** @type {import('./site.js').Site} */
const site = { view, queue: () => queue, accept, go, note, fail };

/** @param {string} text */
function note(text, bad = false) {
  notice.classList.toggle('bad', bad);
  notice.textContent = text;
}

/** @param {unknown} error */
function fail(error) {
  if (error instanceof ApiError && error.status === 401) return;
  note(error instanceof Error ? error.message : String(error), true);
  if (!(error instanceof ApiError)) throw error;
}

function route() {
  stopView();
  stopView = () => {};
  const [place = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/').map(decode);
  const session = current();
  for (const part of [byId('nav'), byId('who')]) part.hidden = !session;
  for (const link of document.querySelectorAll('[data-route]')) {
    if (link instanceof HTMLElement && link.dataset.route === place) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  byId('name').textContent = session?.worker.name ?? '';
  note(carried);
  carried = '';
  if (place === 'join') {
    frames.show('');
    return showJoin(view, id, (other) => {
      if (other) dropAllDrafts();
      void start();
    });
  }
  if (!session) {
    frames.clear();
    return showSignIn(view, () => void start());
  }
  view.replaceChildren();
  if (!frames.show(place === 'work' ? id : '') && place === 'work') return go('', 'That HIT is no longer yours.');
  if (Object.hasOwn(VIEWS, place)) stopView = VIEWS[place]?.show(site, id) ?? (() => {});
  else if (place !== 'work') return go('', 'There is no such page here.');
  window.scrollTo(0, 0);
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

/** @param {string} hash @param {string} [text] shown there */
function go(hash, text = '') {
  carried = text;
  const before = location.hash;
  location.hash = `#/${hash}`;
  if (location.hash === before) route();
}

const shows = (/** @type {string} */ id) => location.hash === `#/work/${encodeURIComponent(id)}`;

/** @param {object} body */
async function accept(body) {
  try {
    const assignment = await ask('market/accept', body);
    ended.delete(assignment.assignmentId);
    queue = [...queue, assignment];
    frames.sync(queue);
    go(`work/${encodeURIComponent(assignment.assignmentId)}`);
  } catch (error) {
    fail(error);
  }
}

/** @param {Assignment} assignment */
function submitted({ assignmentId, reward }) {
  close(assignmentId, `Submitted. ${dollars(reward)} is on its way to you.`);
}

/** @param {Assignment} assignment */
async function returned({ assignmentId }) {
  try {
    await ask('market/return', { assignmentId });
    close(assignmentId, 'Returned. Somebody else can take it now.');
  } catch (error) {
    fail(error);
  }
}

/** @param {string} assignmentId @param {string} text */
function close(assignmentId, text) {
  const open = shows(assignmentId);
  ended.add(assignmentId);
  queue = queue.filter((other) => other.assignmentId !== assignmentId);
  frames.drop(assignmentId);
  if (open) go('', text);
  else note(text);
}

/** A waiting page calls: say so wherever the worker is on this site. @param {Assignment[]} assignments */
function called(assignments) {
  calling = assignments;
  document.title = assignments.length ? '● You are needed now' : TITLE;
  showCalled();
  // Nothing to lose elsewhere than in another HIT: go there at once.
  const [first] = assignments;
  if (first && !location.hash.startsWith('#/work/')) go(`work/${encodeURIComponent(first.assignmentId)}`);
}

function showCalled() {
  const elsewhere = calling.find(({ assignmentId }) => !shows(assignmentId));
  banner.hidden = !elsewhere;
  if (!elsewhere) return;
  const hash = `work/${encodeURIComponent(elsewhere.assignmentId)}`;
  banner.replaceChildren(`You are needed now: ${elsewhere.title}`,
    el('button', { type: 'button', class: 'main', onclick: () => go(hash) }, 'Go there'));
}

async function loadQueue() {
  try {
    const answer = await ask('market/assignments');
    queue = answer.queue.filter((/** @type {Assignment} */ one) => !ended.has(one.assignmentId));
    if (queueLost) note('');
    queueLost = false;
    if (frames.sync(queue).some(shows)) {
      go('', 'Your time for that HIT is over, or you ended it elsewhere.');
    }
  } catch (error) {
    queueLost = true;
    fail(error);
  }
}

/** Signed in: the queue first, since the address may name a HIT of it. */
async function start() {
  stopLooking();
  if (current()) {
    await loadQueue();
    if (!current()) return; // the session has ended, and `signed-out` has said so
  }
  route();
  if (!current()) return;
  const stops = [whileVisible(loadQueue, QUEUE_MS, QUEUE_MS), watchUnread()];
  stopLooking = () => stops.forEach((stop) => stop());
}

byId('nav').replaceChildren(...Object.entries(VIEWS).filter(([, { nav }]) => nav)
  .map(([place, { nav = '' }]) => el('a', { href: `#/${place}`, 'data-route': place }, nav)));
byId('sign-out').addEventListener('click', async () => {
  await signOut();
  dropAllDrafts();
  queue = [];
  stopLooking();
  go('', 'You are signed out.');
});
addEventListener('signed-out', (event) => {
  queue = [];
  stopLooking();
  const why = event instanceof CustomEvent ? event.detail : '';
  // A link that is being opened stays: it may be the way back in.
  if (location.hash.startsWith('#/join/')) route();
  else go('', why);
});
addEventListener('hashchange', () => {
  route();
  showCalled();
});
void start();
