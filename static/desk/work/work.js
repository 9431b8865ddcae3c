// @ts-check
/*
 * The worker site: which address shows what, the queue of accepted HITs, and news from their frames.
 *
 * `#/work/<assignment>` shows an accepted HIT's frame; every other address is a view's (`site.js`).
 */

import '../guard.js';
import { ApiError } from '../api.js';
import { arrive } from '../arrive.js';
import { byId, el, whileVisible } from '../dom.js';
import { Alerts } from './alerts.js';
import { dropAllDrafts } from './drafts.js';
import { Frames } from './frames.js';
import { onItsWay } from './group-facts.js';
import { showJoin } from './join.js';
import { forgetWishes } from './listing.js';
import { openReport } from './report.js';
import { hasJumped } from '../server-time.js';
import { ask, current, onOtherTabs, signOut } from './session.js';
import { showSignIn, showWayBack } from './sign-in.js';
import { VIEWS } from './site.js';
import { Tabs } from './tabs.js';
import { wantsNext } from './work-bar.js';
import { watchUnread } from './unread.js';

/** @typedef {import('./frames.js').Assignment} Assignment */

const QUEUE_MS = 30000;
const JUMP_MS = 1000;
const MOST_SKIPPED = 100;
const NONE = new Set(['none_left', 'already_done', 'not_found']);
const view = byId('view');
const notice = byId('notice');

/** @type {Assignment[]} */
let queue = [];
let queueLost = false;
let stopView = () => {};
let stopLooking = () => {};
/** Ended here; a list that is older than that may still have them. @type {Set<string>} */
const ended = new Set();
/** HITs that were returned for others of their kind. @type {string[]} */
let skipped = [];
/** Shown with the next address, so that going there does not wipe it. */
let carried = '';
/** The new personal link of somebody who has signed out everywhere, until they have kept it. */
let wayBack = '';
/** What another tab has loaded, and this one speaks of. */
let elsewhere = '';

const alerts = new Alerts(() => queue, (id) => shows(id), (hash) => go(hash));

const frames = new Frames(byId('frames'), {
  submitted: (assignment, earned) => void submitted(assignment, earned),
  returned: (assignment, skip) => void returned(assignment, skip),
  called: (assignments) => alerts.called(assignments),
  report: (assignment) => openReport(assignment, (text) => note(text)),
});
const tabs = new Tabs((assignmentId) => {
  frames.unload(assignmentId);
  if (shows(assignmentId)) route();
});

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

/** @param {boolean} [moved] the worker came here by a link: the keyboard goes to what is shown */
function route(moved = false) {
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
      wayBack = '';
      if (other) forget();
      void start();
    });
  }
  if (!session) {
    frames.clear();
    tabs.freeAll();
    alerts.heading = 'Sign in';
    return wayBack ? showWayBack(view, wayBack, () => {
      wayBack = '';
      route();
    }) : showSignIn(view, () => void start(true));
  }
  view.replaceChildren();
  elsewhere = '';
  if (place === 'work') {
    if (!frames.show(id) && !showElsewhere(id)) return go('', 'That HIT is no longer yours.');
    alerts.heading = queue.find(({ assignmentId }) => assignmentId === id)?.title ?? '';
  } else {
    frames.show('');
    if (!Object.hasOwn(VIEWS, place)) return go('', 'There is no such page here.');
    const stop = VIEWS[place]?.show(site, id) ?? (() => {});
    const arrived = arrive(view, moved, (heading) => { alerts.heading = heading; });
    stopView = () => {
      arrived();
      stop();
    };
  }
  window.scrollTo(0, 0);
}

/** An accepted HIT whose page another tab has loaded. @param {string} id */
function showElsewhere(id) {
  const assignment = queue.find(({ assignmentId }) => assignmentId === id);
  if (!assignment) return false;
  elsewhere = id;
  const take = el('button', {
    type: 'button', class: 'main',
    onclick: async () => {
      await tabs.take(id, true);
      await show(queue);
      route(true);
    },
  }, 'Work on it here');
  view.replaceChildren(el('section', { class: 'card stack' }, el('h1', { tabIndex: -1 }, assignment.title),
    el('p', {}, 'This HIT is open in another tab of this browser. What you have entered there stays there.'),
    el('div', { class: 'row' }, take)));
  return true;
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
  if (location.hash === before) route(true);
}

const shows = (/** @type {string} */ id) => location.hash === `#/work/${encodeURIComponent(id)}`;

/** Load the frames that are this tab's; answers those that are gone. @param {Assignment[]} list */
async function show(list) {
  const session = current()?.token;
  const mine = await tabs.mine(list);
  if (current()?.token === session) return frames.sync(mine);
  // Signed out while the tabs agreed: these are nobody's here.
  for (const { assignmentId } of mine) tabs.free(assignmentId);
  return [];
}

/** @param {Assignment[]} list */
function setQueue(list) {
  queue = list;
  byId('nav').querySelector('[data-route=queue]')?.replaceChildren(...(queue.length ? ['Queue ', el('span', { class: 'badge num' }, String(queue.length), el('span', { class: 'unseen' }, ' accepted'))] : ['Queue']));
  dispatchEvent(new Event('queue-changed'));
  alerts.tick();
  if (elsewhere && !queue.some(({ assignmentId }) => assignmentId === elsewhere)) route();
}

/** @param {object} body */
async function accept(body) {
  try {
    await take(await ask('market/accept', body), '');
  } catch (error) {
    if (error instanceof ApiError && error.code === 'consent_needed' && 'groupId' in body) {
      return go(`hits/${encodeURIComponent(String(body.groupId))}`, error.message);
    }
    fail(error);
  }
}

/** Accepted: show it. @param {Assignment} assignment @param {string} text */
async function take(assignment, text) {
  ended.delete(assignment.assignmentId);
  setQueue([...queue.filter((other) => other.assignmentId !== assignment.assignmentId), assignment]);
  // One that is held already may be open in another tab; it stays there until it is wanted here.
  await show(queue);
  go(`work/${encodeURIComponent(assignment.assignmentId)}`, text);
}

/** Accept another HIT of a group; without one, back to the listing. @param {string} groupId @param {string} said */
async function acceptNext(groupId, said) {
  frames.show('');
  view.replaceChildren(el('p', { class: 'soft', role: 'status' }, 'Looking for the next one …'));
  try {
    await take(await ask('market/accept', { groupId, skip: skipped }), `${said} Here is the next one.`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'consent_needed') return go(`hits/${encodeURIComponent(groupId)}`, `${said} ${error.message}`);
    go('', NONE.has(error.code) ? `${said} There is no more work of this kind just now.` : `${said} ${error.message}`);
  }
}

/** @param {Assignment} assignment @param {number | null} earned by waiting, in dollars, as its page says */
async function submitted({ assignmentId, groupId, reward, terms }, earned) {
  const text = `Submitted. ${onItsWay(reward, terms, earned)}`;
  if (close(assignmentId) && wantsNext()) await acceptNext(groupId, text);
  else leave(assignmentId, text);
}

/** @param {Assignment} assignment @param {boolean} skip for another of its kind */
async function returned({ assignmentId, hitId, groupId }, skip) {
  try {
    await ask('market/return', { assignmentId });
  } catch (error) {
    return fail(error);
  }
  const shown = close(assignmentId);
  if (skip) {
    skipped = [...skipped.filter((other) => other !== hitId), hitId].slice(-MOST_SKIPPED);
    if (shown) return acceptNext(groupId, 'Returned.');
  }
  leave(assignmentId, 'Returned. Somebody else can take it now.');
}

/** It has ended: forget it; answers whether it is what the worker looks at. @param {string} assignmentId */
function close(assignmentId) {
  ended.add(assignmentId);
  setQueue(queue.filter((other) => other.assignmentId !== assignmentId));
  frames.drop(assignmentId);
  tabs.free(assignmentId);
  return shows(assignmentId);
}

/** @param {string} assignmentId @param {string} text */
function leave(assignmentId, text) {
  if (shows(assignmentId)) go('', text);
  else note(text);
}

async function loadQueue() {
  try {
    const answer = await ask('market/assignments');
    setQueue(answer.queue.filter((/** @type {Assignment} */ one) => !ended.has(one.assignmentId)));
    if (queueLost) note('');
    queueLost = false;
    const gone = await show(queue);
    gone.forEach((id) => tabs.free(id));
    // The tab that had it was closed.
    if (elsewhere && tabs.has(elsewhere)) route(true);
    if (gone.some(shows)) go('', 'Your time for that HIT is over, or you ended it elsewhere.');
  } catch (error) {
    // Nobody's any more: nothing was lost.
    if (error instanceof ApiError && error.status === 401) return;
    queueLost = true;
    fail(error);
  }
}

/** Signed in: the queue first, where the address names a HIT of it. @param {boolean} [moved] by signing in */
async function start(moved = false) {
  stopLooking();
  const signedIn = current();
  const loaded = signedIn ? loadQueue() : Promise.resolve();
  if (location.hash.startsWith('#/work/')) await loaded;
  // If the session has ended meanwhile, `signed-out` has said so.
  if (signedIn && !current()) return;
  route(moved);
  await loaded;
  // Meanwhile it may have become another's.
  if (!signedIn || current()?.token !== signedIn.token) return;
  // After a sleep, or when somebody has set the clock, the server says what time it is.
  const afterJump = async () => { if (hasJumped()) await loadQueue(); };
  const stops = [whileVisible(loadQueue, QUEUE_MS, QUEUE_MS), whileVisible(afterJump, JUMP_MS, JUMP_MS), watchUnread()];
  stopLooking = () => stops.forEach((stop) => stop());
}

/** Nobody is signed in here any more. @param {string} text */
function end(text) {
  setQueue([]);
  stopLooking();
  go('', text);
}

byId('nav').replaceChildren(...Object.entries(VIEWS).filter(([, { nav }]) => nav)
  .map(([place, { nav = '' }]) => el('a', { href: `#/${place}`, 'data-route': place }, nav)));
byId('sign-out').addEventListener('click', async () => {
  // What looks now and then must not do so in nobody's name.
  stopLooking();
  stopView();
  stopView = () => {};
  forget();
  await signOut();
  end('You are signed out.');
});
addEventListener('way-back', (event) => {
  wayBack = event instanceof CustomEvent ? event.detail : '';
});
addEventListener('signed-out', (event) => {
  const why = event instanceof CustomEvent ? event.detail : '';
  // A link that is being opened stays: it may be the way back in.
  if (location.hash.startsWith('#/join/')) {
    stopLooking();
    setQueue([]);
    route();
  } else end(why);
});

/** Somebody else signs in: nothing of the one before may stay. */
function forget() {
  frames.clear();
  dropAllDrafts();
  forgetWishes();
  tabs.freeAll();
  setQueue([]);
}

onOtherTabs(() => {
  forget();
  if (current()) void start();
  else end('You are signed out.');
});
addEventListener('hashchange', () => {
  route(true);
  alerts.showCalled();
});
void start();
