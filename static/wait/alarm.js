// @ts-check
/* Getting the attention of somebody who looks elsewhere: sound, title, and the market's own page. */

import { Retainer } from './retainer-module.js';

const REPEAT_MS = 2500;
const LONGEST_MS = 60000;

export class Alarm {
  /** @type {import('./sound.js').Bell} */
  #bell;
  #title = '';
  #rounds = 0;
  #stopTimer = () => {};

  /** @param {import('./sound.js').Bell} bell */
  constructor(bell) {
    this.#bell = bell;
  }

  /** Ring until `stop`, or a minute; timers of a hidden tab included. @param {string} title */
  start(title) {
    this.stop();
    this.#title = document.title;
    this.#rounds = 0;
    this.#tellParent(true);
    this.#round(title);
  }

  stop() {
    this.#stopTimer();
    if (!this.#title) return;
    document.title = this.#title;
    this.#title = '';
    this.#tellParent(false);
  }

  /** @param {string} title */
  #round(title) {
    void this.#bell.ring();
    document.title = this.#rounds % 2 ? this.#title : `● ${title}`;
    this.#rounds += 1;
    if (this.#rounds * REPEAT_MS > LONGEST_MS) return;
    this.#stopTimer = Retainer.later(REPEAT_MS, () => this.#round(title));
  }

  /**
   * In a market's frame our title is not the tab's, so the market may flash its own. It learns no
   * more than that, so any market may.
   * @param {boolean} called
   */
  #tellParent(called) {
    if (window.parent !== window) window.parent.postMessage({ type: 'retainer-wait', called }, '*');
  }
}
