// @ts-check
/* Getting the attention of somebody who looks elsewhere: sound, title, icon, a notification, the market's own page. */

import { el } from './dom.js';
import { notify } from './notifications.js';
import './retainer.js';

const REPEAT_MS = 2500;
const LONGEST_MS = 60000;
const CALL_ICON = new URL('icon-call.svg', import.meta.url).href;

export class Alarm {
  /** @type {import('./sound.js').Bell} */
  #bell;
  #title = '';
  #icon = '';
  #rounds = 0;
  #stopTimer = () => {};
  #dismiss = () => {};

  /** @param {import('./sound.js').Bell} bell */
  constructor(bell) {
    this.#bell = bell;
  }

  /** Ring until `stop`, or a minute; timers of a hidden tab included. @param {string} title */
  start(title) {
    this.stop();
    this.#title = document.title || ' ';
    this.#icon = icon().href;
    this.#rounds = 0;
    this.#tellParent(true);
    this.#dismiss = notify(title, 'Come back to the page and press the button.', () => Retainer.note('notified'));
    if (Retainer.muted) Retainer.note('muted');
    this.#round(title);
  }

  /** What the tab is called when nobody is. @param {string} title */
  set title(title) {
    if (this.#title) this.#title = title;
    else document.title = title;
  }

  stop() {
    this.#stopTimer();
    if (!this.#title) return;
    document.title = this.#title;
    icon().href = this.#icon;
    this.#title = '';
    this.#dismiss();
    this.#tellParent(false);
  }

  /** @param {string} title */
  #round(title) {
    const isFirst = this.#rounds === 0;
    void this.#bell.ring().then(() => { if (isFirst && !this.#bell.ready) Retainer.note('silent'); });
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const isOwn = this.#rounds % 2 === 1 && !isStill;
    document.title = isOwn ? this.#title : `● ${title}`;
    icon().href = isOwn ? this.#icon : CALL_ICON;
    this.#rounds += 1;
    if (this.#rounds * REPEAT_MS > LONGEST_MS) return;
    this.#stopTimer = Retainer.later(REPEAT_MS, () => this.#round(title));
  }

  /**
   * In a market's frame our title is not the tab's, so the market may flash its own. It learns no
   * more than that, so any market may. Ours heeds it from the pages of its own waiting site only.
   * @param {boolean} called
   */
  #tellParent(called) {
    if (window.parent !== window) window.parent.postMessage({ type: 'retainer-wait', called }, '*');
  }
}

/** The tab's icon, made where the page has none. @returns {HTMLLinkElement} */
function icon() {
  const found = document.querySelector('link[rel~="icon"]');
  if (found instanceof HTMLLinkElement) return found;
  const made = el('link', { rel: 'icon', href: new URL('icon.svg', import.meta.url).href });
  document.head.append(made);
  return made;
}
