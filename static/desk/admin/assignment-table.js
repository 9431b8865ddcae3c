// @ts-check
/* What a row about an assignment shows, wherever assignments are listed. */

import { el } from '../dom.js';
import { clock, dollars, latency } from '../format.js';
import { serverNow } from '../server-time.js';
import { moment } from '../words.js';
import { answersIn } from './answers.js';
import { linkTo } from './links.js';
import { workerLink } from './names.js';

/**
 * @typedef {{assignment: string, epoch: number, worker: string, hit: string, hitType: string, workOf: string | null,
 *   market: string | null, state: string, arrived: number | null, waited: number | null, reservation: string | null,
 *   called: number | null, shown: number | null, acknowledged: number | null, submitted: number | null,
 *   answers: Record<string, unknown> | null, paid: string, owed: string}} Assignment
 */

const LOOKS = /** @type {Record<string, string>} */ ({
  waiting: 'soft', called: 'warn', working: 'good', submitted: '', approved: 'good', rejected: 'bad', returned: 'soft', left: 'soft' });

/** @param {string} state */
export const stateOf = (state) => el('span', { class: `state ${LOOKS[state] ?? ''}` }, state);

/** @param {number | null} at */
export const when = (at) => (at ? el('span', { class: 'when' }, moment(at, serverNow())) : el('span', { class: 'soft' }, '–'));

/** How long they took to say that they are there. @param {Assignment} row */
export const answeredIn = ({ shown, acknowledged }) => (shown && acknowledged ? latency(acknowledged - shown) : '–');

/** @param {Assignment} row */
export const paidOf = ({ paid, owed }) => el('span', {}, dollars(paid),
  owed === '0.00' ? null : el('span', { class: 'under small warn' }, `${dollars(owed)} owed`));

/** @param {Assignment} row */
export const idOf = ({ assignment, epoch }) => `${assignment}.${epoch}`;

/**
 * The columns; the worker and the ProtoHIT are left out where all rows have the same.
 * @param {{worker?: boolean, proto?: boolean}} [what] @returns {import('./paged-table.js').Column[]}
 */
export const columns = ({ worker = true, proto = true } = {}) => [
  { head: 'Assignment', cell: (/** @type {Assignment} */ row) => whose(row, worker,
    proto || (row.workOf && row.workOf !== row.hitType) ? workOf(row) : '') },
  { head: 'State', cell: (row) => stateOf(row.state) },
  { head: 'Came', cell: (/** @type {Assignment} */ row) => el('span', {}, when(row.arrived),
    row.submitted ? el('span', { class: 'under small soft' }, 'handed in ', when(row.submitted)) : null) },
  { head: 'Waited', cell: (/** @type {Assignment} */ row) => el('span', {}, row.waited === null ? '–' : clock(row.waited),
    row.acknowledged ? el('span', { class: 'under small soft when' }, `“I’m here” after ${answeredIn(row)}`) : null) },
  { head: 'Answers', cell: (row) => answersIn(row.answers, idOf(row)) },
  { head: 'Paid', kind: 'num', cell: paidOf },
];

/**
 * An assignment with its worker and what it is of, under one another.
 * @param {{assignment: string, worker: string}} row @param {boolean} [worker] @param {string} [of]
 */
export const whose = (row, worker = true, of = '') => el('span', { class: 'whose' },
  row.worker.startsWith('~') ? row.assignment : linkTo(row.assignment, 'assignments', row.worker, row.assignment),
  worker ? el('span', { class: 'under' }, 'of ', workerLink(row.worker)) : null,
  of ? el('span', { class: 'under soft' }, of) : null);

/** @param {Assignment} row */
const workOf = (row) => (row.workOf && row.workOf !== row.hitType ? `${row.workOf}, by a HIT of ${row.hitType}` : row.hitType);
