// @ts-check
/* The worker's own account: who they are here, links for their devices, and the way out everywhere. */

import { el } from '../dom.js';
import { keptLink, newNonce } from './entry.js';
import { ask, current, signOutEverywhere } from './session.js';

/** @param {import('./site.js').Site} site */
export function showAccount({ view, fail }) {
  const worker = current()?.worker;
  const nonce = newNonce();
  const device = el('div', { class: 'made', 'aria-live': 'polite' });
  const personal = el('div', { class: 'made', 'aria-live': 'polite' });
  /** @param {string} label @param {string} path @param {HTMLElement} box @param {string} says */
  const making = (label, path, box, says) => button(label, '', async () => {
    const made = await ask(path, {});
    box.replaceChildren(keptLink(made.link, says));
  });
  /** @param {string} label @param {string} look @param {() => Promise<void>} task */
  const button = (label, look, task) => {
    const made = el('button', {
      type: 'button', class: look,
      onclick: async () => {
        made.disabled = true;
        await task().catch(fail);
        made.disabled = false;
      },
    }, label);
    return made;
  };
  view.replaceChildren(
    el('h1', { tabIndex: -1 }, 'Your account'),
    el('section', { class: 'card stack' }, el('dl', { class: 'facts-list' },
      el('dt', {}, 'Name'), el('dd', { class: 'clip' }, worker?.name ?? ''),
      el('dt', {}, 'Worker id'), el('dd', { class: 'num' }, worker?.id ?? ''))),
    el('section', { class: 'card stack' }, el('h2', {}, 'Another device'),
      el('p', {}, 'A link that signs you in on your phone or another computer. It works once, within an hour.'),
      el('div', { class: 'row' }, making('Make a link', 'market/link/device', device, 'Open this on the other device')), device),
    el('section', { class: 'card stack' }, el('h2', {}, 'Your personal link'),
      el('p', {}, 'A link that always leads back to your account, whenever you have been signed out. '
        + 'A new one makes the one before useless.'),
      el('div', { class: 'row' }, making('Make a new personal link', 'market/link/personal', personal, 'Keep this link; it is shown only now')), personal),
    el('section', { class: 'card stack' }, el('h2', {}, 'Sign out everywhere'),
      el('p', {}, 'On this device and all others, such as one that you have lost. All that you were given ends with it: '
        + 'your personal link, links for other devices, those in mails, your calendar’s address, and browsers that are called.'),
      el('p', {}, 'You are shown a new personal link, which is your way back. Keep it.'),
      el('div', { class: 'row' }, button('Sign out everywhere', 'danger', () => signOutEverywhere(nonce)))));
}
