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

/** Ends what is being asked in the name of who is signed in. */
let asking = new AbortController();

/** @returns {Session | null} */
export function current() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}

/** Be signed in from now on. @param {Session} session */
export function adopt({ token, worker }) {
  localStorage.setItem(KEY, JSON.stringify({ token, worker }));
}

/** @param {string} name */
export async function signIn(name) {
  adopt(await post('market/session', { name }));
}

/** Calls of somebody who is not signed in. @param {string} path @param {object} body */
export const post = (path, body) => call(path, { body });

/** @param {string} path */
export const get = (path) => call(path);

export async function signOut() {
  const token = current()?.token;
  // Out in any case, reachable server or not; and first, or what is asked meanwhile would be refused.
  forget();
  if (token) await call('market/session/end', { body: {}, headers: bearer(token) }).catch(() => null);
}

/**
 * End all that lets this worker in, on all devices; the new link that leads back is told by `way-back`.
 * @param {string} nonce the same for a repetition, whose answer may have got lost
 */
export async function signOutEverywhere(nonce) {
  const { personalLink } = await ask('market/session/end-all', { nonce });
  forget();
  dispatchEvent(new CustomEvent('way-back', { detail: personalLink }));
  dispatchEvent(new CustomEvent('signed-out', { detail: 'You are signed out everywhere.' }));
}

export function forget() {
  localStorage.removeItem(KEY);
  hush();
}

/** Nothing that was asked for somebody who is gone is answered any more. */
function hush() {
  asking.abort();
  asking = new AbortController();
}

/** @param {string} token */
const bearer = (token) => ({ 'x-worker-session': token });

/** Another tab has signed in or out. @param {() => void} changed */
export function onOtherTabs(changed) {
  addEventListener('storage', ({ key, oldValue, newValue }) => {
    if ((key !== KEY && key !== null) || oldValue === newValue) return;
    hush();
    changed();
  });
}

/**
 * A call as the signed-in worker; a session that has ended is forgotten and `signed-out` tells. Signed out
 * while it is under way, it fails as if it had been refused.
 * @param {string} path @param {object} [body]
 */
export async function ask(path, body) {
  const token = current()?.token ?? '';
  const { signal } = asking;
  try {
    const answer = await call(path, { body, headers: bearer(token), signal });
    if (!signal.aborted) return answer;
  } catch (error) {
    if (!signal.aborted) {
      // Of the session that was used: meanwhile it may be another's.
      if (error instanceof ApiError && error.status === 401 && token && current()?.token === token) {
        forget();
        dispatchEvent(new CustomEvent('signed-out', { detail: error.message }));
      }
      throw error;
    }
  }
  throw new ApiError(401, 'signed_out', 'You are signed out.');
}
