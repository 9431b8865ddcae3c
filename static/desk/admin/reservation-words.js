// @ts-check
/* What the console says of a reservation: its state, and what happened when. Pure. */

import { count } from '../format.js';
import { stateOf as dashboardState } from '../status/figures.js';

/**
 * @typedef {{id: string, proto: {hitTypeID: string, title: string}, foreignID: string | number, payload: string | null,
 *   startTime: number, created: number, assignments: number, spare: number, called: number, released: number, invoked: boolean,
 *   done: boolean, cancelled: boolean, endedBy?: string | null, invokedAt: number | null, doneAt: number | null, claimed: number, acknowledged: number,
 *   shown: number[], policy: string, distinct: boolean, autoInvoke: boolean, slots?: Slot[],
 *   missing?: Missing | null, gone?: (Slot & {gone: number})[]}} Reservation
 * @typedef {{nobodyCame: number, calledAndSilent: number, atWork: number, gone: number}} Missing
 * @typedef {{worker: string, assignment: string, claimed: number, shown: number | null, acknowledged: number | null,
 *   submitted: number | null, muted?: boolean, answers: any, status: string | null, paid: string | null}} Slot
 */

/** As on the dashboard, and whether it was cancelled. @param {Reservation} one @param {number} now */
export const stateOf = (one, now) => (one.cancelled ? { text: 'cancelled', tone: 'soft' } : dashboardState(one, now));

/** @type {Record<string, string>} */
const ENDED = { timeout: 'ended, its time was over', lease: 'ended, nobody read its results' };

/** @param {Slot} slot */
export function slotState({ status, submitted, acknowledged, shown }) {
  if (status === 'Approved') return { text: 'paid', tone: 'good' };
  if (status === 'Rejected') return { text: 'rejected', tone: 'bad' };
  if (submitted !== null) return { text: 'submitted', tone: 'good' };
  if (acknowledged !== null) return { text: 'at work', tone: 'good' };
  return { text: shown === null ? 'called' : 'has the task', tone: 'warn' };
}

/** Why answers are missing, a sentence each; none where all are there. @param {Reservation} one @returns {string[]} */
export function whyMissing({ missing, done }) {
  if (!missing) return [];
  const { nobodyCame, calledAndSilent, atWork, gone } = missing;
  const people = (/** @type {number} */ n) => count(n, 'worker');
  return /** @type {[number, string][]} */ ([
    [nobodyCame, `${count(nobodyCame, 'answer')}: nobody ${done ? 'was' : 'is'} there to be called${done ? '' : ' yet'}.`],
    [calledAndSilent, done ? `${people(calledAndSilent)} did not answer the call.` : `${people(calledAndSilent)} called, no “I’m here” so far.`],
    [atWork, `${people(atWork)} ${done ? 'still at work when it ended' : 'at work, no answer yet'}.`],
    [gone, `${people(gone)} began, then left or took too long.`],
  ]).filter(([n]) => n).map(([, text]) => text);
}

/** What happened, in order: `[moment, words, worker or '']`. @param {Reservation} one @returns {[number, string, string][]} */
export function timeline(one) {
  /** @type {[number | null, string, string][]} */
  const all = [[one.created, 'made', ''], [one.startTime, 'due', ''], [one.invokedAt, 'invoked', ''],
    ...(one.slots ?? []).flatMap((slot) => /** @type {[number | null, string, string][]} */ ([
      [slot.claimed, 'called', slot.worker], [slot.shown, 'has the task', slot.worker],
      [slot.acknowledged, 'is there', slot.worker], [slot.submitted, 'handed in', slot.worker]])),
    ...(one.gone ?? []).flatMap((slot) => /** @type {[number | null, string, string][]} */ ([
      [slot.claimed, 'called', slot.worker], [slot.shown, 'has the task', slot.worker], [slot.acknowledged, 'is there', slot.worker],
      [slot.gone, 'lost the slot', slot.worker], [slot.submitted, 'handed in late', slot.worker]])),
    [one.doneAt, one.cancelled ? 'cancelled' : ENDED[one.endedBy ?? ''] ?? 'done', '']];
  return /** @type {[number, string, string][]} */ (all.filter(([at]) => at !== null)).sort((a, b) => a[0] - b[0]);
}
