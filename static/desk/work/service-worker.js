// @ts-check
/*
 * Shows calls while no page of this site is open. A push carries nothing: it only says that there is
 * news, and this asks the market what it is. A browser demands that each push is shown, so there is
 * something to show even where the market cannot be reached.
 */
// The types of pages and of service workers do not go together in one check.
const worker = /** @type {any} */ (self);

const CACHE = 'retainer-calls';
const ENTRY = '/call-token';
const PLAIN = { id: 'call', title: 'You are called', text: 'Open the worker site to see what for.', page: 'sessions' };

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('push', (/** @type {any} */ event) => event.waitUntil(news().then((found) => Promise.all(
  found.map(({ id, title, text, page }) => worker.registration.showNotification(title, { body: text, tag: id, data: { page } }))))));

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.page ?? ''));
});

/** @returns {Promise<(typeof PLAIN)[]>} */
async function news() {
  try {
    const kept = await (await caches.open(CACHE)).match(ENTRY);
    if (!kept) return [PLAIN];
    const { token, api } = await kept.json();
    const response = await fetch(`${api}/market/calls/news`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }), credentials: 'omit', cache: 'no-store',
    });
    const found = response.ok ? (await response.json()).news : [];
    return found.length ? found : [PLAIN];
  } catch {
    return [PLAIN];
  }
}

/**
 * A page of this site that is open already comes to the front: it may hold accepted work.
 * @param {string} page
 */
async function open(page) {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const mine = pages.find((/** @type {any} */ client) => client.url.startsWith(worker.registration.scope));
  const url = `${worker.registration.scope}#/${page}`;
  if (!mine) return worker.clients.openWindow(url);
  await mine.focus();
  // Somebody at work stays there.
  if (!mine.url.includes('#/work/')) await mine.navigate(url).catch(() => null);
}
