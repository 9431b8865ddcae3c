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
  const badge = link.querySelector('.badge') ?? el('span', { class: 'badge num' });
  if (!unread) return badge.remove();
  const shown = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
  // The name of the link: who hears it hears what others see, and what the number means.
  badge.replaceChildren(shown, el('span', { class: 'unseen' }, ' unread'));
  if (!badge.isConnected) link.append(' ', badge);
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
