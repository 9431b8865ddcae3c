// @ts-check
/* How many messages are unread, in the navigation. */

import { el, whileVisible } from '../dom.js';
import { ask, current } from './session.js';

const EVERY_MS = 45000;
const MOST_SHOWN = 99;

/** @param {number} unread */
export function showUnread(unread) {
  const link = document.querySelector('#nav [data-route="messages"]');
  if (!link) return;
  link.querySelector('.badge')?.remove();
  link.removeAttribute('aria-label');
  if (!unread) return;
  const shown = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
  link.append(el('span', { class: 'badge num', 'aria-hidden': 'true' }, shown));
  link.setAttribute('aria-label', `${link.firstChild?.textContent}, ${unread > MOST_SHOWN ? `more than ${MOST_SHOWN}` : unread} unread`);
}

/** Look now and then, as long as somebody is signed in. @returns {() => void} what ends it */
export function watchUnread() {
  const stop = whileVisible(async () => {
    // Trouble is told by the page itself; a count that is a little old harms nobody.
    const answer = current() ? await ask('market/messages/unread').catch(() => null) : null;
    if (answer) showUnread(answer.unread);
  }, EVERY_MS);
  return () => {
    stop();
    showUnread(0);
  };
}
