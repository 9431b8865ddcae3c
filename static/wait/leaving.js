// @ts-check
/* Leaving is one click, and a few seconds to think better of it. */

import { el, say } from './dom.js';
import { Retainer } from './retainer-module.js';
import { submit } from './stages.js';

const UNDO_S = 5;

export class Leaving {
  #stopTimer = () => {};
  #left = 0;
  #ask;
  #told = el('p', { role: 'status' });
  #count = el('p', { class: 'rt-hint', 'aria-hidden': 'true' });
  #sure;

  /** @param {string} label what the button says */
  constructor(label) {
    const stay = el('button', { type: 'button', class: 'rt-plain', onclick: () => this.stop(true) }, 'Stay');
    this.#ask = el('button', { type: 'button', class: 'rt-leave', onclick: () => this.#begin(stay) }, label);
    this.#sure = el('div', { class: 'rt-sure', hidden: true }, this.#told,
      el('div', { class: 'rt-row' }, stay, submit('left', 'Leave now'), this.#count));
    this.nodes = [this.#ask, this.#sure];
  }

  /** @param {HTMLElement} stay */
  #begin(stay) {
    const { pay, reward } = Retainer.status();
    const gets = pay && reward !== null ? 'its reward and the time that you have waited' : 'its reward';
    this.#show(true);
    say(this.#told, `In ${UNDO_S} seconds the HIT is submitted as it is, and you are paid ${gets}.`);
    stay.focus();
    this.#left = UNDO_S;
    this.#tick();
  }

  #tick() {
    say(this.#count, `${this.#left} s`);
    this.#stopTimer = Retainer.later(1000, () => {
      this.#left -= 1;
      if (this.#left > 0) return this.#tick();
      // Not to be submitted just now: the page says so, and the button is there again.
      if (!Retainer.leave()) this.stop(true);
    });
  }

  /** Nobody leaves after all. @param {boolean} [byHand] */
  stop(byHand = false) {
    this.#stopTimer();
    if (this.#sure.hidden) return;
    this.#show(false);
    if (byHand) this.#ask.focus();
  }

  /** @param {boolean} isLeaving */
  #show(isLeaving) {
    this.#sure.hidden = !isLeaving;
    this.#ask.hidden = isLeaving;
  }
}
