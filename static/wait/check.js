// @ts-check
/*
 * A presence check: a button to press every so many minutes. Who does not press it waits on unpaid, and
 * is not called, until they do. Loaded only where a ProtoHIT has such checks.
 */

import { el, say, words } from './dom.js';
import './retainer.js';

export class PresenceCheck {
  #stage = '';
  #chime;
  #text = el('p', {});
  #left = el('p', { class: 'rt-hint', 'aria-hidden': 'true' });
  #card = el('div', { class: 'rt-card rt-check', hidden: true }, this.#text,
    el('button', { type: 'button', class: 'rt-main', onclick: () => this.#press() }, 'I’m still here'), this.#left);
  /** Said once for each thing that happens; the card itself takes the focus from nobody. */
  #said = el('p', { class: 'rt-unseen', 'aria-live': 'assertive' });
  nodes = [this.#card, this.#said];

  /** @param {() => void} chime sounds as loud as the worker has it, or not at all */
  constructor(chime) {
    this.#chime = chime;
  }

  /** @param {RetainerStatus} status */
  show({ state, check }) {
    const isDue = state === 'waiting' && check !== null && check.dueIn <= 0;
    const stage = !isDue ? '' : check.within > 0 ? 'due' : 'lapsed';
    say(this.#left, stage === 'due' && check ? `${Math.ceil(check.within / 1000)} s left` : '');
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.#card.hidden = !stage;
    const text = stage === 'due'
      ? `Are you still there? Press the button within ${words(check?.within ?? 0)}. Without it, your wait is not paid from then on, and you are not called.`
      : 'You did not press in time, so your wait is not paid now, and you are not called, until you press. What you had earned stays yours.';
    say(this.#text, stage ? text : '');
    say(this.#said, stage ? `${text} The button is called I’m still here.` : '');
    if (stage) this.#chime();
  }

  #press() {
    Retainer.here();
    this.#stage = 'pressed';
    this.#card.hidden = true;
    say(this.#said, 'Thank you. Your wait goes on.');
  }
}
