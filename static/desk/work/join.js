// @ts-check
/*
 * A personal link, `#/join/<secret>`: whose it is, and a button that exchanges it for a session.
 *
 * Nothing is exchanged by opening the page, since mail scanners open links. The nonce outlives a
 * reload, so that a page whose answer got lost gets it again.
 */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { card, newNonce, sentence, show } from './entry.js';
import { adopt, ask, current, post, signOut } from './session.js';

const NONCE = 'retainer-join';

/** The nonce of this tab for this link. @param {string} secret */
function nonceFor(secret) {
  const [start, kept] = (sessionStorage.getItem(NONCE) ?? '').split(' ');
  if (kept && start === secret.slice(0, 6)) return kept;
  const made = newNonce();
  sessionStorage.setItem(NONCE, `${secret.slice(0, 6)} ${made}`);
  return made;
}

/**
 * `done` is called when somebody is signed in, in another's place or not, and the secret is out of the address.
 * @param {HTMLElement} view @param {string} secret @param {(other: boolean) => void} done
 */
export function showJoin(view, secret, done) {
  const here = location.hash;
  const nonce = nonceFor(secret);
  /** Somebody who has gone elsewhere meanwhile is left there. @param {HTMLElement} shown @param {HTMLElement} [focus] */
  const put = (shown, focus) => {
    if (location.hash === here) show(view, shown, focus);
  };
  const finish = (other = false) => {
    sessionStorage.removeItem(NONCE);
    history.replaceState(null, '', '#/');
    done(other);
  };

  const look = async () => {
    put(card('Your link', el('p', { class: 'soft', role: 'status' }, 'One moment, looking at it.')));
    try {
      put(...offer(await (current() ? ask : post)('market/join/look', { secret, nonce })));
    } catch (error) {
      put(...refusal(error));
    }
  };

  /** @param {any} link @returns {[HTMLElement, HTMLElement]} */
  const offer = (link) => {
    const problem = el('p', { class: 'bad', role: 'alert' });
    const other = current();
    if (link.signedIn) {
      const on = el('button', { type: 'button', class: 'main', onclick: () => finish() }, 'Go to work');
      return [card(`You are signed in, ${link.worker.name}`,
        el('p', {}, 'This link is yours and was not used up: you are signed in here already.'),
        el('div', { class: 'row' }, on)), on];
    }
    const go = el('button', {
      type: 'button', class: 'main',
      onclick: async () => {
        go.disabled = true;
        problem.textContent = '';
        try {
          const session = await post('market/join', { secret, nonce });
          if (other) await signOut();
          adopt(session);
          finish(other !== null);
        } catch (error) {
          if (error instanceof ApiError && ![0, 429, 503].includes(error.status)) return put(...refusal(error));
          problem.textContent = `${sentence(error)} Please try again; your link is not lost.`;
        }
        go.disabled = false;
      },
    }, `Sign in as ${link.worker.name}`);
    return [card(TITLES[link.kind]?.(link) ?? 'Your link',
      el('p', {}, 'You will be signed in as ', el('strong', { class: 'clip' }, link.worker.name), '.'),
      link.kind === 'personal' ? null : el('p', { class: 'soft' }, `This link works once, until ${day(link.expires)}.`),
      other && el('p', { class: 'warn' }, `${other.worker.name} is signed in here now, and will be signed out.`),
      el('div', { class: 'row' }, go), problem), go];
  };

  /** @param {unknown} error @returns {[HTMLElement, HTMLElement?]} */
  const refusal = (error) => {
    if (error instanceof ApiError && [0, 429, 503].includes(error.status)) {
      const again = el('button', { type: 'button', class: 'main', onclick: () => void look() }, 'Try again');
      return [card('Your link', el('p', { class: 'bad', role: 'alert' }, sentence(error)), el('div', { class: 'row' }, again)), again];
    }
    // With the nonce that was refused another try would be refused, too.
    sessionStorage.removeItem(NONCE);
    return [card('This link does not let you in', el('p', { role: 'alert' }, sentence(error)),
      el('div', { class: 'row' }, el('a', { class: 'button', href: '#/' }, current() ? 'Go to work' : 'Other ways to sign in')))];
  };

  void look();
}

/** @type {Record<string, (link: any) => string>} */
const TITLES = {
  invitation: ({ invitedBy }) => `${invitedBy} invites you to work`,
  device: () => 'Sign in on this device',
  personal: ({ worker }) => `Welcome back, ${worker.name}`,
};

/** @param {number} at */
const day = (at) => new Date(at).toLocaleString([], { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
