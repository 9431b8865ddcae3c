// @ts-check
/* Times of day and time zones, as the browser knows them. */

/** The zone that this browser is in. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** Zones to choose from, those given among them. @param {...string} more */
export function zones(...more) {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return [...new Set(['UTC', ...known, ...more])].sort();
}

/**
 * `Tue, 24 Nov 2026, 14:00 (Europe/Berlin)`; a zone that this browser does not know is shown as its own.
 * @param {number} at @param {string} zone
 */
export function moment(at, zone) {
  const how = /** @type {const} */ ({
    weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false,
  });
  try {
    return `${new Intl.DateTimeFormat('en-GB', { ...how, timeZone: zone }).format(at)} (${zone})`;
  } catch {
    return `${new Intl.DateTimeFormat('en-GB', how).format(at)} (${ownZone()})`;
  }
}
