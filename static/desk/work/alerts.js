// @ts-check
/* What a worker must not miss, wherever they are on the site: a call, a last minute. And the tab's name. */

import { byId, el, say } from '../dom.js';
import { LastMinute, tabTitle } from './deadlines.js';
import { serverNow } from '../server-time.js';

/** @typedef {import('./frames.js').Assignment} Assignment */

export class Alerts {
  #queue;
  #shows;
  #go;
  #heading = '';
  #lastMinute = new LastMinute();
  /** @type {Assignment[]} */
  #calling = [];

  /**
   * @param {() => Assignment[]} queue @param {(assignmentId: string) => boolean} shows whether the worker looks at it
   * @param {(hash: string) => void} go
   */
  constructor(queue, shows, go) {
    this.#queue = queue;
    this.#shows = shows;
    this.#go = go;
    setInterval(() => this.tick(), 1000);
  }

  /** The name of what is shown. @param {string} text */
  set heading(text) {
    this.#heading = text;
    this.tick();
  }

  /** The tab's name, and a word, once, when a HIT's last minute begins. */
  tick() {
    const now = serverNow();
    const queue = this.#queue();
    const title = this.#calling.length ? '● You are needed now' : tabTitle(queue, now, this.#heading);
    if (document.title !== title) document.title = title;
    const soon = byId('soon');
    const [first] = this.#lastMinute.begun(queue, now);
    if (first) {
      soon.replaceChildren(`One minute left for “${first.title}”. `,
        el('a', { href: `#/work/${encodeURIComponent(first.assignmentId)}` }, 'Go there'));
      soon.dataset.assignment = first.assignmentId;
    } else if (!queue.some(({ assignmentId, deadline }) => assignmentId === soon.dataset.assignment && deadline > now)) {
      say(soon, '');
    }
  }

  /** Waiting pages call. @param {Assignment[]} assignments */
  called(assignments) {
    const before = new Set(this.#calling.map(({ assignmentId }) => assignmentId));
    this.#calling = assignments;
    const fresh = assignments.find(({ assignmentId }) => !before.has(assignmentId) && this.#shows(assignmentId));
    // What is to be pressed within seconds must be seen, on small screens too.
    if (fresh) document.querySelector(`[data-assignment="${fresh.assignmentId}"] iframe`)?.scrollIntoView({ block: 'start' });
    this.tick();
    this.showCalled();
    // Nothing to lose elsewhere than in another HIT: go there at once.
    const [first] = assignments;
    if (first && !location.hash.startsWith('#/work/')) this.#go(`work/${encodeURIComponent(first.assignmentId)}`);
  }

  showCalled() {
    const banner = byId('called');
    const elsewhere = this.#calling.find(({ assignmentId }) => !this.#shows(assignmentId));
    banner.hidden = !elsewhere;
    if (!elsewhere) return;
    const hash = `work/${encodeURIComponent(elsewhere.assignmentId)}`;
    banner.replaceChildren(`You are needed now: ${elsewhere.title}`,
      el('button', { type: 'button', class: 'main', onclick: () => this.#go(hash) }, 'Go there'));
  }
}
