// @ts-check
/* What requesters have told the worker, and what the marketplace told in their name. */

import { el, whileVisible } from '../dom.js';
import { relative } from '../format.js';
import { moment } from '../words.js';
import { ask } from './session.js';
import { showUnread } from './unread.js';

/** @typedef {import('./site.js').Site} Site */
/**
 * @typedef {{id: string, from: string, subject: string, text: string, at: number, read: boolean,
 *   qualificationTypeId: string | null}} Message
 * @typedef {{item: HTMLLIElement, markRead: () => void, showAge: (now: number) => void}} Shown
 */

const REFRESH_MS = 20000;
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/;

/** @param {Site} site */
export function showMessages({ view, fail, note }) {
  const status = el('p', { class: 'soft', role: 'status' }, 'Loading …');
  const all = el('button', { type: 'button', hidden: true }, 'Mark all as read');
  const list = el('ul', { class: 'messages', 'aria-label': 'Messages' });
  const older = el('button', { type: 'button', hidden: true }, 'Show older');
  /** @type {Map<string, Shown>} */
  const shown = new Map();
  let newest = '';
  let cursor = '';
  let unread = 0;
  let trouble = false;

  const count = (/** @type {number} */ number) => {
    unread = number;
    all.hidden = !number;
    showUnread(number);
    status.textContent = summary(number, shown.size);
  };
  const tell = async (/** @type {object} */ body) => {
    const answer = await ask('market/messages/read', body);
    count(answer.unread);
    return answer;
  };
  /** @param {Message} message */
  const opened = (message) => {
    if (message.read) return;
    message.read = true;
    shown.get(message.id)?.markRead();
    tell({ messageIds: [message.id] }).catch(fail);
  };
  /** @param {Message[]} messages @param {number} now @param {boolean} first */
  const add = (messages, now, first) => {
    const fresh = messages.filter(({ id }) => !shown.has(id));
    const items = fresh.map((message) => {
      const one = item(message, opened);
      shown.set(message.id, one);
      return one.item;
    });
    if (first) list.prepend(...items);
    else list.append(...items);
    for (const { showAge } of shown.values()) showAge(now);
    // Read in another tab.
    for (const { id, read } of messages) if (read) shown.get(id)?.markRead();
  };
  const load = async () => {
    const answer = await ask('market/messages');
    const before = newest;
    newest = answer.messages[0]?.id ?? '';
    add(answer.messages, answer.now, true);
    // Only the first time: who has asked for older ones goes on from there.
    if (!before) {
      cursor = answer.cursor ?? '';
      older.hidden = !cursor;
    }
    count(answer.unread);
    if (trouble) note('');
    trouble = false;
  };

  older.addEventListener('click', async () => {
    older.disabled = true;
    await ask(`market/messages?${new URLSearchParams({ cursor })}`).then((answer) => {
      const next = answer.messages[0]?.id;
      add(answer.messages, answer.now, false);
      cursor = answer.cursor ?? '';
      older.hidden = !cursor;
      shown.get(next)?.item.querySelector('summary')?.focus();
      count(answer.unread);
    }).catch(fail);
    older.disabled = false;
  });
  all.addEventListener('click', async () => {
    all.disabled = true;
    try {
      // So many at a time; what has come since the worker looked stays new.
      while ((await tell({ upTo: newest })).more);
      for (const one of shown.values()) one.markRead();
      heading.focus();
    } catch (error) {
      fail(error);
    }
    all.disabled = false;
  });
  const heading = el('h1', { tabIndex: -1, class: 'grow' }, 'Messages');
  view.replaceChildren(el('div', { class: 'row' }, heading, all), status, list, older);
  return whileVisible(() => load().catch((error) => {
    trouble = true;
    fail(error);
  }), REFRESH_MS);
}

/** @param {number} unread @param {number} shown */
function summary(unread, shown) {
  if (!shown) return 'No messages yet. Requesters can write to you once they have looked at your work.';
  return unread ? `${unread > 99 ? 'More than 99' : unread} not read yet.` : 'You have read them all.';
}

/** @param {Message} message @param {(message: Message) => void} opened @returns {Shown} */
function item(message, opened) {
  const { from, subject, text, at, qualificationTypeId } = message;
  const badge = el('span', { class: 'badge' }, 'New');
  badge.hidden = message.read;
  const age = el('time', { class: 'soft small', dateTime: new Date(at).toISOString() });
  const details = el('details', {
    ontoggle: () => details.open && opened(message),
  }, el('summary', {}, el('span', { class: 'head' },
    el('span', { class: 'subject clip', dir: 'auto' }, subject), badge,
    el('span', { class: 'soft small clip' }, `from ${from}`), age)),
  el('div', { class: 'body stack' }, el('p', { class: 'plain clip', dir: 'auto' }, ...linked(text)),
    ...(qualificationTypeId ? [el('p', {}, el('a', {
      href: `#/qualifications/${encodeURIComponent(qualificationTypeId)}`,
    }, 'See this qualification'))] : [])));
  const box = el('li', { class: 'card', 'data-message': message.id }, details);
  const markRead = () => {
    message.read = true;
    badge.hidden = true;
    box.classList.remove('new');
  };
  box.classList.toggle('new', !message.read);
  return {
    item: box, markRead,
    showAge: (now) => {
      age.textContent = relative(at, now);
      age.title = moment(at, now);
    },
  };
}

/** The text, its web addresses as links; nothing else in it means anything. @param {string} text */
export function linked(text) {
  return text.split(LINK).map((part, at) => (at % 2
    ? el('a', { href: part, target: '_blank', rel: 'noopener noreferrer nofollow' }, part) : part));
}
