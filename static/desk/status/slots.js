// @ts-check
/* A reservation's slots: how many are in which state. Pure. */

/** @typedef {import('./overview.js').Reservation} Reservation */

/** In the order in which a slot goes through them; `free` ones wait for a worker. */
export const STATES = ['paid', 'submitted', 'rejected', 'acknowledged', 'shown', 'claimed', 'late', 'free'];

/** How many slots are in each state, those without any left out. @param {Reservation} one @returns {[string, number][]} */
export function slotCounts({ slots = [], called, assignments, invoked, done }) {
  const found = new Map(STATES.map((state) => [state, 0]));
  for (const { state } of slots) found.set(state, (found.get(state) ?? 0) + 1);
  // Those who answered first were enough: nobody else is missing.
  const wanted = slots.filter(({ acknowledged }) => acknowledged !== null).length >= assignments ? 0 : called - slots.length;
  found.set('free', invoked && !done ? Math.max(0, wanted) : 0);
  return [...found].filter(([, n]) => n > 0);
}

/** `2 paid, 1 free`. @param {[string, number][]} counts */
export const inWords = (counts) => counts.map(([state, n]) => `${n} ${state}`).join(', ');
