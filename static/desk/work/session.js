// @ts-check
/*
 * Who is signed in, and calls in their name.
 *
 * All tabs of a browser share the session, so that a link from a mail opens signed in, and signing out
 * in one tab is signing out in all. It survives the browser's end, up to the seven days that the server
 * gives it. What could read it here is a script of this origin; there are none but these, since what
 * requesters write runs in frames of other origins or of none.
 */

import { ApiError, call } from '../api.js';

const KEY = 'retainer-worker';

/** @typedef {{token: string, worker: {id: string, name: string}}} Session */

/** @returns {Session | null} */
export function current() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name */
export async function signIn(name) {
  const session = await call('market/session', { body: { name } });
  localStorage.setItem(KEY, JSON.stringify(session));
}

export async function signOut() {
  // Out in any case, reachable server or not.
  await ask('market/session/end', {}).catch(() => null);
  forget();
}

export function forget() {
  localStorage.removeItem(KEY);
}

/** Another tab has signed in or out. @param {() => void} changed */
export function onOtherTabs(changed) {
  addEventListener('storage', ({ key, oldValue, newValue }) => {
    if ((key === KEY || key === null) && oldValue !== newValue) changed();
  });
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
