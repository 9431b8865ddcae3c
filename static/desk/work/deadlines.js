// @ts-check
/* The time that is left for what a worker has accepted, in words. Pure. */

import { clock } from '../format.js';

/** @typedef {{assignmentId: string, title: string, deadline: number}} Timed */

export const SOON_MS = 60_000;
const CLOCK_MS = 600_000;

/** @template {Timed} T @param {T[]} queue @returns {T[]} the soonest deadline first */
export const soonestFirst = (queue) => [...queue].sort((a, b) => a.deadline - b.deadline);

/** @param {number} ms */
export const timeLeft = (ms) => (ms > 0 ? `${clock(ms)} left to submit` : 'Time is over');

/**
 * What the tab is called: what is most urgent first, since a tab shows few letters.
 * @param {Timed[]} queue @param {number} now @param {string} heading of the page
 */
export function tabTitle(queue, now, heading) {
  const name = heading ? `${heading} – Retainer` : 'Work – Retainer';
  const [first] = soonestFirst(queue).filter(({ deadline }) => deadline > now);
  if (!first) return name;
  const ms = first.deadline - now;
  // Minutes do while there are many: a title that changes each second draws the eye.
  const left = ms < CLOCK_MS ? clock(ms) : ms < 5_400_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`;
  return `${left} left${queue.length > 1 ? ` (${queue.length})` : ''} – ${name}`;
}

/** Says once of each HIT that its last minute has begun. */
export class LastMinute {
  /** @type {Set<string>} */
  #told = new Set();

  /** What has come to its last minute since the last call. @template {Timed} T @param {T[]} queue @param {number} now @returns {T[]} */
  begun(queue, now) {
    const soon = queue.filter(({ assignmentId, deadline }) =>
      deadline > now && deadline - now <= SOON_MS && !this.#told.has(assignmentId));
    for (const { assignmentId } of soon) this.#told.add(assignmentId);
    return soon;
  }
}
