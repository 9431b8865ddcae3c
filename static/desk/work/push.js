// @ts-check
/* This browser as a way of being called: its subscription, and the service worker that shows calls. */

import { apiUrl } from '../api.js';
import { ask } from './session.js';
import { ownZone } from './zones.js';

// Where the service worker finds what to ask for news with; it has no other storage in common with pages.
const CACHE = 'retainer-calls';
const ENTRY = '/call-token';

/** Why this browser cannot be called; '' if it can. */
export function whyNot() {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) {
    return /iPhone|iPad/.test(navigator.userAgent)
      ? 'On an iPhone or iPad, first add this site to the home screen, and open it from there.'
      : 'This browser cannot be called.';
  }
  return Notification.permission === 'denied'
    ? 'This browser has been told to show no notifications of this site. You can change that in its settings.' : '';
}

async function registered() {
  return (await navigator.serviceWorker.getRegistration('./')) ?? null;
}

/** Whether this browser has a subscription. */
export async function isSubscribed() {
  if (whyNot()) return false;
  return Boolean(await (await registered())?.pushManager.getSubscription());
}

/** Ask for permission, subscribe, and tell the market. @param {string} key @returns {Promise<any>} the choices */
export async function subscribe(key) {
  if (await Notification.requestPermission() !== 'granted') {
    throw new Error('Without permission to show notifications this browser cannot be called.');
  }
  await navigator.serviceWorker.register('service-worker.js');
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: bytes(key),
  });
  const answer = await ask('market/calls/push', { endpoint: subscription.endpoint, zone: ownZone() });
  const cache = await caches.open(CACHE);
  await cache.put(ENTRY, Response.json({ token: answer.token, api: apiUrl() }));
  return answer;
}

/** End this browser's subscription. @returns {Promise<any>} the choices */
export async function unsubscribe() {
  const subscription = await (await registered())?.pushManager.getSubscription();
  const answer = subscription && await ask('market/calls/push/stop', { endpoint: subscription.endpoint });
  await subscription?.unsubscribe();
  await caches.delete(CACHE);
  return answer;
}

/** @param {string} text URL-safe base64 */
function bytes(text) {
  const raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}
