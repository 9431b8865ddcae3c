// @ts-check
/* The three ways of being called, each a card: mail, this browser, a calendar. */

import { el } from '../dom.js';
import * as push from './push.js';
import { ask } from './session.js';
import { ownZone } from './zones.js';

/** @typedef {import('./calls.js').Calling} Calling */
/** @typedef {{done: (calling: Calling, text?: string) => void, fail: (error: unknown) => void}} Tools */

/** A card's button, which waits for what it does. @param {string} name @param {string} key @param {() => Promise<void>} task */
function action(name, key, task, { kind = '', fail = (/** @type {unknown} */ _) => {} } = {}) {
  const button = el('button', {
    type: 'button', class: kind, 'data-key': key,
    onclick: async () => {
      button.disabled = true;
      await task().catch(fail);
      button.disabled = false;
    },
  }, name);
  return button;
}

/** @param {Calling} calling @param {Tools} tools */
export function addressCard({ mail }, { done, fail }) {
  if (!mail.offered) return null;
  const state = {
    none: 'No address yet.',
    unconfirmed: 'We have sent a mail there, or will within a minute. Open the link in it and press the button, within seven days. '
      + 'Nothing else is sent there before, and no second one within a month: look among spam, too.',
    confirmed: 'Confirmed. Each mail has a link that stops them all.',
    refused: 'Mail came back from this address, so nothing more is sent there. Give another one, or the same again.',
  }[mail.state ?? 'none'];
  const address = el('input', {
    type: 'email', id: 'call-address', autocomplete: 'email', required: true, maxLength: 254, value: mail.address ?? '',
    placeholder: 'you@example.org',
  });
  const send = (/** @type {string} */ text) => ask('market/calls/mail', { address: text, zone: ownZone() });
  const go = el('button', { type: 'submit', class: mail.address ? '' : 'main', 'data-key': 'address' },
    mail.address ? 'Change' : 'Use this address');
  return el('section', { class: 'card stack way', 'aria-labelledby': 'by-mail' }, el('h2', { id: 'by-mail' }, 'Mail'),
    el('p', { class: 'state', 'data-state': mail.state ?? 'none' }, state ?? ''),
    el('form', {
      class: 'stack',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        if (mail.state !== 'refused' && address.value === mail.address) return;
        go.disabled = true;
        try {
          done(await send(address.value), 'Look into your mail: there is a link to follow.');
        } catch (error) {
          fail(error);
        }
        go.disabled = false;
      },
    }, el('label', { for: 'call-address' }, 'Your address'), address,
    el('div', { class: 'row' }, go, mail.address ? action('Remove', 'address-off', async () => done(await send(''), 'Your address is removed.'), { fail }) : null)));
}

/** @param {Calling} calling @param {Tools} tools */
export function browserCard({ push: { key, browsers } }, { done, fail }) {
  if (!key) return null;
  const others = el('p', { class: 'soft small' });
  const state = el('p', { class: 'state' }, 'Looking …');
  const actions = el('div', { class: 'row' });
  const card = el('section', { class: 'card stack way', 'aria-labelledby': 'by-browser' },
    el('h2', { id: 'by-browser' }, 'This browser'), state, actions, others);
  const turnOn = action('Call this browser', 'browser', async () =>
    done(await push.subscribe(key), 'This browser will be called, also while this site is closed.'), { kind: 'main', fail });
  const turnOff = action('Call it no more', 'browser', async () => {
    done(await push.unsubscribe() ?? await ask('market/calls'), 'This browser is not called any more.');
  }, { fail });
  const forget = action('Call no browser', 'browsers-off', async () => {
    done(await ask('market/calls/push/stop', {}), 'No browser is called any more.');
  }, { fail });
  void push.isSubscribed().then((on) => {
    const here = on && browsers.length > 0;
    const problem = push.whyNot();
    state.dataset.state = here ? 'confirmed' : 'none';
    state.textContent = problem || (here ? 'It is called, also while this site is closed.' : 'A notification, also while this site is closed.');
    actions.replaceChildren(...(problem ? [] : [here ? turnOff : turnOn]), ...(browsers.length > (here ? 1 : 0) ? [forget] : []));
    others.textContent = browsers.length ? `${browsers.length === 1 ? 'One browser is' : `${browsers.length} browsers are`} called in all.` : '';
    others.hidden = !browsers.length;
  });
  return card;
}

/** @param {Calling} calling @param {Tools} tools */
export function calendarCard({ feed }, { done, fail }) {
  const set = (/** @type {boolean} */ on, /** @type {string} */ text) => async () =>
    done(await ask('market/calls/feed', { on, zone: ownZone() }), text);
  const head = el('h2', { id: 'by-calendar' }, 'Calendar');
  if (!feed) {
    return el('section', { class: 'card stack way', 'aria-labelledby': 'by-calendar' }, head,
      el('p', { class: 'state' }, 'Sessions that are open to you, and those you said yes to, in your own calendar.'),
      el('div', { class: 'row' }, action('Get a calendar link', 'feed', set(true, 'Put this link into your calendar program.'), { kind: 'main', fail })));
  }
  const address = el('input', { id: 'call-feed', readOnly: true, value: feed, onfocus: () => address.select() });
  return el('section', { class: 'card stack way', 'aria-labelledby': 'by-calendar' }, head,
    el('p', { class: 'state', 'data-state': 'confirmed' }, 'Subscribe to this link in your calendar. Everybody who has the link sees your sessions: keep it to yourself.'),
    el('label', { for: 'call-feed' }, 'Your calendar link'), address,
    el('div', { class: 'row' }, action('Copy', 'feed-copy', async () => {
      address.select();
      await navigator.clipboard.writeText(feed);
    }, { fail }), action('Get a new link', 'feed', set(true, 'This is a new link; the old one does not work any more.'), { fail }),
    action('Switch off', 'feed-off', set(false, 'The calendar is switched off.'), { fail })));
}
