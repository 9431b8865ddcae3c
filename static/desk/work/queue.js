// @ts-check
/* What the worker has accepted, with clocks that run. */

import { el, refill, say } from '../dom.js';
import { count, dollars } from '../format.js';
import { SOON_MS, soonestFirst, timeLeft } from './deadlines.js';
import { serverNow } from '../server-time.js';

/** @typedef {import('./site.js').Site} Site */
/** @typedef {import('./frames.js').Assignment} Assignment */

const FEW = 3;
const MOST = 25;

/** The first to end, above the listing. @param {Assignment[]} queue */
export function queueCard(queue) {
  if (!queue.length) return [];
  return [el('section', { class: 'card queue', 'aria-label': 'Your queue' },
    el('h2', {}, `You have accepted ${count(queue.length, 'HIT')}`),
    list(soonestFirst(queue).slice(0, FEW)),
    queue.length > FEW ? el('p', {}, el('a', { href: '#/queue' }, `All ${queue.length} in your queue`)) : null)];
}

/** @param {Site} site */
export function showQueue({ view, queue }) {
  const box = el('div', { class: 'stack' });
  const fill = () => refill(box, [queue().length
    ? el('section', { class: 'card queue', 'aria-label': 'Your queue' }, list(soonestFirst(queue())))
    : el('p', { class: 'card soft' }, 'You have accepted nothing. ', el('a', { href: '#/' }, 'Find work'))]);
  view.replaceChildren(el('h1', { tabIndex: -1 }, 'Queue'),
    el('p', { class: 'soft' }, `Accepted HITs, by deadline (at most ${MOST}).`), box);
  fill();
  const stop = runClocks(box);
  addEventListener('queue-changed', fill);
  return () => {
    stop();
    removeEventListener('queue-changed', fill);
  };
}

/** @param {Assignment[]} queue */
const list = (queue) => el('ul', {}, ...queue.map(({ assignmentId, title, requester, reward, deadline }) => el('li', {},
  el('div', { class: 'grow clip' }, el('span', {}, title), el('span', { class: 'soft small under' }, requester)),
  el('span', { class: 'num' }, dollars(reward)),
  clockOf(deadline),
  el('a', {
    class: 'button main', href: `#/work/${encodeURIComponent(assignmentId)}`, 'data-key': `work-${assignmentId}`,
    'aria-label': `Continue ${title}`,
  }, 'Continue'))));

/** @param {number} deadline */
function clockOf(deadline) {
  const clock = el('span', { class: 'soft num left', 'data-deadline': String(deadline) });
  showLeft(clock);
  return clock;
}

/** @param {HTMLElement} clock */
function showLeft(clock) {
  const ms = Number(clock.dataset.deadline) - serverNow();
  say(clock, timeLeft(ms));
  clock.classList.toggle('late', ms < SOON_MS);
}

/** Keep the clocks in a box going. @param {Element} box @returns {() => void} what stops them */
export function runClocks(box) {
  const timer = setInterval(() => {
    for (const clock of box.querySelectorAll('[data-deadline]')) if (clock instanceof HTMLElement) showLeft(clock);
  }, 1000);
  return () => clearInterval(timer);
}
