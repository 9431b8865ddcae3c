// @ts-check
/* Notifications of the system, where the worker wants them and the browser lets a page have them. */

/** @typedef {'granted' | 'default' | 'denied' | 'frame' | 'none'} Permission */

/**
 * Whether the page may notify: `default` means that it may ask. Browsers let no frame of another
 * origin ask, so that in a market's frame it is `frame`, unless this site was allowed before.
 * @returns {Permission}
 */
export function permission() {
  if (!('Notification' in globalThis)) return 'none';
  if (Notification.permission === 'granted') return 'granted';
  return isForeignFrame() ? 'frame' : Notification.permission;
}

/** Ask the worker; only ever from a click of theirs. @returns {Promise<Permission>} */
export async function ask() {
  await Notification.requestPermission();
  return permission();
}

/** Notify, if that is allowed; returns what takes it back. @param {string} title @param {string} body @param {() => void} onclick */
export function notify(title, body, onclick) {
  if (permission() !== 'granted') return () => {};
  try {
    const note = new Notification(title, { body, tag: 'retainer-call', requireInteraction: true });
    note.onclick = () => {
      onclick();
      window.focus();
      note.close();
    };
    return () => note.close();
  } catch {
    // Browsers of phones know notifications of service workers only.
    return () => {};
  }
}

function isForeignFrame() {
  try {
    return window.top?.location.origin !== location.origin;
  } catch {
    return true;
  }
}
