// @ts-check
/* What comes after the room stands: the HIT's texts and promises, asked for once, and further modules. */

import { el } from './dom.js';
import { Retainer } from './retainer-module.js';

/** @type {RetainerPageOfHit} */
const UNKNOWN = {
  title: '', instructions: '', accent: '', pastime: 'none', reading: '', sound: 'bell', task: '',
  reward: null, waitMax: null, ackWithin: null, pay: null,
};
const TRIES = 6;

/**
 * Resolves to what the server has of the HIT in the page's address; to nothing known where there is
 * none, and after some tries where the server does not say: the page works without.
 * @returns {Promise<RetainerPageOfHit>}
 */
export async function loadPage() {
  const hit = new URLSearchParams(location.search).get('hitId');
  const api = (Retainer.api || globalThis.RETAINER_CONFIG?.api || '').replace(/\/+$/, '');
  if (!hit || !api) return UNKNOWN;
  for (let failures = 1; failures <= TRIES; failures++) {
    try {
      const answer = await fetch(`${api}/retainer/page/hit/${encodeURIComponent(hit)}`, { credentials: 'omit' });
      if (answer.ok) return { ...UNKNOWN, ...await answer.json() };
      if (answer.status === 400) return UNKNOWN;
    } catch {
      // No connection yet; `Retainer` tells the worker.
    }
    // A HIT just posted is not on record yet.
    await pause(failures + 1);
  }
  return UNKNOWN;
}

/**
 * Load a module that the room can wait for, for as long as that takes: a network may come and go.
 * @template T @param {() => Promise<T>} load @returns {Promise<T>}
 */
export async function eventually(load) {
  for (let failures = 1; ; failures++) {
    try {
      return await load();
    } catch (error) {
      console.warn(error);
    }
    await pause(failures);
  }
}

/** Have modules fetched side by side, not each once another has named it. @param {...string} names */
export function fetchAhead(...names) {
  document.head.append(...names.map((name) =>
    el('link', { rel: 'modulepreload', href: new URL(`${name}.js`, import.meta.url).href })));
}

/** @param {number} failures @returns {Promise<void>} */
function pause(failures) {
  return new Promise((resolve) => { Retainer.later(Retainer.rules.backoff(failures, Math.random), resolve); });
}
