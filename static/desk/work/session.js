// @ts-check
/* Who is signed in, and calls in their name. The token lives as long as the tab, not longer. */

import { ApiError, call } from '../api.js';

const KEY = 'retainer-worker';

/** @typedef {{token: string, worker: {id: string, name: string}}} Session */

/** @returns {Session | null} */
export function current() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name */
export async function signIn(name) {
  const session = await call('market/session', { body: { name } });
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

export async function signOut() {
  // Out in any case, reachable server or not.
  await ask('market/session/end', {}).catch(() => null);
  forget();
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

/**
 * A call as the signed-in worker; a session that has ended is forgotten and `signed-out` tells.
 * @param {string} path @param {object} [body]
 */
export async function ask(path, body) {
  try {
    return await call(path, { body, headers: { 'x-worker-session': current()?.token ?? '' } });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401 && current()) {
      forget();
      dispatchEvent(new Event('signed-out'));
    }
    throw error;
  }
}
