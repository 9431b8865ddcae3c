// @ts-check
/*
 * The task in a frame of its own: a requester's page, which talks by messages (`framed.js`, or by
 * hand as docs/waiting-page.md says). What another window or another origin says is not heard.
 */

import { el } from './dom.js';
import './retainer.js';

// No script of the task's may lead the market's page away, nor block everything with a dialogue.
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox';
const [LEAST_HEIGHT, MOST_HEIGHT] = [120, 20000];

export class TaskFrame {
  #task;
  #origin;
  #started = false;
  #hears = (/** @type {MessageEvent} */ event) => this.#hear(event);

  /** Load the page now, so that it is there when the worker is. @param {string} address @param {RetainerTask} task */
  constructor(address, task) {
    const url = new URL(address, location.href);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError('a task has an http or https address');
    this.#task = task;
    this.#origin = url.origin;
    this.node = el('iframe', { class: 'rt-frame', title: 'Your task', src: url.href, referrerPolicy: 'no-referrer' });
    this.node.setAttribute('sandbox', SANDBOX);
    addEventListener('message', this.#hears);
  }

  /** The worker is there. */
  start() {
    this.#started = true;
    this.#say({ type: 'retainer:start' });
    this.node.focus();
  }

  close() {
    removeEventListener('message', this.#hears);
    this.node.remove();
  }

  /** @param {MessageEvent} event */
  #hear({ source, origin, data }) {
    if (!source || source !== this.node.contentWindow || origin !== this.#origin) return;
    switch (data?.type) {
      case 'retainer:ready':
        this.#say({ type: 'retainer:task', task: this.#task });
        if (this.#started) this.#say({ type: 'retainer:start' });
        break;
      case 'retainer:acknowledge':
        Retainer.acknowledge();
        break;
      case 'retainer:keep':
        Retainer.keep(data.value);
        break;
      case 'retainer:submit':
        Retainer.submit(fields(data.fields));
        break;
      case 'retainer:height':
        this.node.style.height = `${Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, Number(data.height) || 0))}px`;
        break;
      default:
    }
  }

  /** @param {object} message */
  #say(message) {
    this.node.contentWindow?.postMessage(message, this.#origin);
  }
}

/** Fields of a form: text, numbers, booleans and lists of them. @param {unknown} given */
export function fields(given) {
  const plain = (/** @type {unknown} */ value) => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries(Object.entries(given && typeof given === 'object' ? given : {})
    .filter(([, value]) => (Array.isArray(value) ? value.every(plain) : plain(value))));
}
