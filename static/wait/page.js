// @ts-check
/* What the HIT says of itself, asked for once when the room stands. */

import './retainer.js';

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
  const query = new URLSearchParams(location.search);
  const hit = Retainer.rules.repeated(query) ? null : query.get('hitId');
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

/** @param {number} failures @returns {Promise<void>} */
function pause(failures) {
  return new Promise((resolve) => { Retainer.later(Retainer.rules.backoff(failures, Math.random), resolve); });
}
