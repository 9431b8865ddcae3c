// @ts-check
/* Announced sessions: what is to come, and whether the worker will. */

import { el, refill, whileVisible } from '../dom.js';
import { relative } from '../format.js';
import { ask } from './session.js';
import { moment, ownZone } from './zones.js';

/** @typedef {import('./site.js').Site} Site */
/**
 * @typedef {{sessionId: string, requester: string, title: string, description: string, pay: string,
 *   startsAt: number, minutes: number, zone: string, when: string, people: number, revision: number,
 *   cancelled: boolean, reason: string, begun: boolean, answer: 'yes' | 'maybe' | 'no' | null, moved: boolean}} Session
 */

const LOOK_MS = 30000;
const ANSWERS = /** @type {const} */ ([['yes', 'Yes, I will come'], ['maybe', 'Maybe'], ['no', 'No']]);
const SAID = { yes: 'You said yes. Be on this site when it begins.', maybe: 'You said maybe.', no: 'You said no.' };

/** @param {Site} site */
export function showSessions({ view, note, fail }) {
  const list = el('ul', { class: 'sessions', 'aria-label': 'Sessions' });
  view.replaceChildren(
    el('h1', { tabIndex: -1 }, 'Sessions'),
    el('p', { class: 'soft' }, 'Requesters announce when they will need people. Say whether you will come, '
      + 'and be on this site when the session begins. Under “Calls” you choose how you hear of them.'),
    list);

  const load = () => ask('market/sessions').then(({ sessions, now }) => {
    refill(list, sessions.length ? sessions.map((/** @type {Session} */ one) => item(one, now, answer))
      : [el('li', { class: 'card soft' }, 'Nothing is announced just now. ',
        el('a', { href: '#/calls' }, 'Choose how you are told'), ' when there is.')]);
  }, fail);

  /** @param {Session} session @param {string} said */
  const answer = async ({ sessionId, revision }, said) => {
    try {
      await ask('market/sessions/reply', { sessionId, revision, answer: said });
      note('');
    } catch (error) {
      fail(error);
    }
    await load();
  };
  return whileVisible(load, LOOK_MS);
}

/**
 * @param {Session} session @param {number} now
 * @param {(session: Session, said: string) => Promise<void>} answer
 */
function item(session, now, answer) {
  const { sessionId, title, requester, description, pay, people, minutes, startsAt, zone } = session;
  const away = zone === ownZone() ? '' : `Announced for ${session.when}`;
  const news = session.cancelled ? `Cancelled: you need not come. ${session.reason}`
    : session.begun ? 'It has begun: find its work in the list.'
      : session.moved ? 'The time has changed since you answered. Can you come at this one?'
        : session.answer ? SAID[session.answer] : '';
  const open = !session.cancelled && !session.begun;
  return el('li', {
    class: `card announced${session.answer === 'yes' && open ? ' coming' : ''}`, 'data-session': sessionId,
  },
    el('h2', { class: 'clip' }, title),
    el('p', { class: 'when' }, el('strong', {}, moment(startsAt, ownZone())),
      el('span', { class: 'soft' }, `${relative(startsAt, now)}, about ${minutes} minutes`)),
    away ? el('p', { class: 'soft small' }, away) : null,
    el('p', { class: 'facts soft small' }, el('span', {}, requester), el('span', {}, `about ${people} people`),
      pay ? el('span', { class: 'clip' }, `Pay: ${pay}`) : null),
    description ? el('p', { class: 'clip' }, description) : null,
    news ? el('p', { class: `note${session.cancelled ? ' bad' : ''}` }, news) : null,
    open ? el('div', { class: 'row replies', role: 'group', 'aria-label': `Will you come to ${title}?` },
      ...ANSWERS.map(([value, name]) => el('button', {
        type: 'button', class: session.answer === value ? 'main' : '', 'aria-pressed': String(session.answer === value),
        'data-key': `${value}-${sessionId}`, onclick: () => void answer(session, value),
      }, name))) : session.begun && !session.cancelled ? el('p', {}, el('a', { class: 'button main', href: '#/' }, 'Find work')) : null);
}
