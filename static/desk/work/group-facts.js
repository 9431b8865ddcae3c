// @ts-check
/* What a HIT pays and takes, and what keeps a worker from it, in words. Pure. */

import { dollars, span } from '../format.js';

/**
 * @typedef {{qualificationTypeId: string, name: string, comparator: string, integers: number[],
 *   locales: string[], requestable: boolean, value: number | string | null}} Unmet
 * @typedef {{groupId: string, hitId: string, title: string, description: string, requester: string, reward: string,
 *   durationS: number, available: number, availableIsLeast: boolean, newest: number, qualified: boolean,
 *   previewable: boolean, done: boolean, held: string | null, unmet: Unmet[], maxWaitS: number | null,
 *   pace: {medianS: number, samples: number, hourly: string} | null}} Group
 */

/** By the hour, and by what that is known. @param {Group} group */
export function hourly({ pace, maxWaitS }) {
  if (!pace) return { rate: 'not known yet', basis: 'too few have submitted it' };
  return {
    rate: `about ${dollars(pace.hourly)}`,
    basis: `median of the last ${pace.samples} submissions${maxWaitS ? ', waiting included' : ''}`,
  };
}

/** @param {Group} group */
export const usualTime = ({ pace }) => (pace ? span(pace.medianS * 1000) : 'not known yet');

/** @param {Group} group */
export const left = ({ available, availableIsLeast }) => `${available}${availableIsLeast ? ' or more' : ''} left`;

const PERCENT = /** @type {Record<string, string>} */ ({
  '000000000000000000L0': 'Approval rate',
  '00000000000000000000': 'Share of accepted HITs that were submitted',
  '00000000000000000070': 'Share of accepted HITs whose time ran out',
  '000000000000000000E0': 'Share of accepted HITs that were returned',
  '000000000000000000S0': 'Share of submitted HITs that were rejected',
});
const APPROVED = '00000000000000000040';
const ADULT = '00000000000000000060';
const LOCALE = '00000000000000000071';
const MASTERS = new Set(['2ARFPLSP75KLA8M8DH1HTEQVJT3SY6', '2F1QJWKUDD8XADTFD2Q0G6UTO95ALH']);

const COMPARED = /** @type {Record<string, string>} */ ({
  LessThan: 'below ', LessThanOrEqualTo: 'at most ', GreaterThan: 'above ', GreaterThanOrEqualTo: 'at least ',
  EqualTo: 'exactly ', NotEqualTo: 'other than ', In: 'one of ', NotIn: 'none of ',
});

/**
 * What is missing, and what the worker can do about it; `link`: where.
 * @param {Unmet} unmet @returns {{what: string, advice: string, link: string | null}}
 */
export function missing(unmet) {
  const { qualificationTypeId: id, name, comparator, integers, locales, requestable, value } = unmet;
  const compared = (/** @type {string} */ unit) => `${COMPARED[comparator] ?? ''}${integers.join(', ')}${unit}`;
  const page = `#/qualifications/${encodeURIComponent(id)}`;
  if (id === LOCALE) {
    const not = comparator === 'NotEqualTo' || comparator === 'NotIn';
    return {
      what: `For workers ${not ? 'outside' : 'in'} ${locales.join(', ')}; ${value ? `you are in ${value}` : 'where you are is not on record'}.`,
      advice: 'Whoever runs this marketplace can correct where you are.', link: null,
    };
  }
  if (id === ADULT) {
    const needed = !['DoesNotExist', 'LessThan', 'NotEqualTo'].includes(comparator);
    return {
      what: needed ? 'For workers who have agreed to see adult content.' : 'For workers who have not agreed to see adult content.',
      advice: needed ? 'You can agree to it' : 'You can change that', link: '#/qualifications',
    };
  }
  if (MASTERS.has(id)) {
    const not = comparator === 'DoesNotExist';
    return {
      what: not ? 'Not for Masters.' : 'For Masters, whom whoever runs this marketplace has named.',
      advice: '', link: null,
    };
  }
  if (id in PERCENT || id === APPROVED) {
    const unit = id === APPROVED ? '' : ' %';
    return {
      what: `${PERCENT[id] ?? 'HITs of yours that were approved'}: ${compared(unit)}; yours is ${value ?? 'none'}${value === null ? '' : unit}.`,
      advice: 'It changes with your work.', link: null,
    };
  }
  const held = value === null ? 'you do not hold it' : `yours is ${value}`;
  if (comparator === 'DoesNotExist') return { what: `Not for workers who hold “${name}”.`, advice: '', link: page };
  return {
    what: `“${name}”${comparator === 'Exists' ? '' : ` of ${compared('')}`}; ${held}.`,
    advice: requestable ? 'See how to get it' : 'Only its requester can give it', link: page,
  };
}
