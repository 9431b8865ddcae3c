// @ts-check
/* What a HIT pays and takes, and what keeps a worker from it, in words. Pure. */

import { count, dollars, span } from '../format.js';

/**
 * @typedef {{qualificationTypeId: string, name: string, comparator: string, integers: number[],
 *   locales: string[], requestable: boolean, value: number | string | null}} Unmet
 * @typedef {{groupId: string, hitId: string, title: string, description: string, requester: string, reward: string,
 *   durationS: number, available: number, availableIsLeast: boolean, newest: number, qualified: boolean,
 *   previewable: boolean, done: boolean, held: string | null, unmet: Unmet[], maxWaitS: number | null,
 *   terms: Terms | null, pace: {medianS: number, samples: number, spanS: number, hourly: string | null} | null}} Group
 * @typedef {{hourly: string, waitPay: string, waitMost: string, quick: string, quickWithinS: number}} Terms
 *   what the requester promises for waiting; `hourly`: reward and pay over the longest wait
 */

/**
 * By the hour, and by what that is known: by the terms where one waits, which is what every page says, and
 * as it was measured where enough was.
 * @param {Group} group @returns {{rate: string, basis: string, measured: string}}
 */
export function hourly({ pace, maxWaitS, terms }) {
  const found = pace?.hourly ? { rate: `about ${dollars(pace.hourly)}`, of: `median of the last ${count(pace.samples, 'submission')}` } : null;
  if (terms && maxWaitS) {
    return {
      rate: dollars(terms.hourly),
      basis: `if you wait the longest: the reward${Number(terms.waitMost) ? ' and the pay for waiting' : ''} over ${span(maxWaitS * 1000)}`,
      measured: found ? `${found.rate} an hour measured, ${found.of} in ${span((pace?.spanS ?? 0) * 1000)}` : '',
    };
  }
  return found ? { rate: found.rate, basis: `measured: ${found.of}`, measured: '' }
    : { rate: 'not known yet', basis: 'too few have submitted it', measured: '' };
}

/** What is paid beside the reward, one promise each. @param {Terms | null} terms @returns {string[]} */
export function extras(terms) {
  if (!terms) return [];
  return [
    ...(Number(terms.waitMost) ? [`waiting pays ${dollars(terms.waitPay)} a minute, ${dollars(terms.waitMost)} at most`] : []),
    ...(Number(terms.quick) ? [`${dollars(terms.quick)} more if you answer the call within ${terms.quickWithinS} s`] : []),
  ];
}

/**
 * What is on its way after handing in: the reward, and what the waiting page says was earned by waiting,
 * never more than the terms allow.
 * @param {string} reward @param {Terms | null} terms @param {number | null} earned dollars; null: the page did not say
 */
export function onItsWay(reward, terms, earned) {
  const quick = terms && Number(terms.quick) ? ` If you answered the call in time, ${dollars(terms.quick)} more.` : '';
  const most = Number(terms?.waitMost ?? 0);
  if (!most) return `${dollars(reward)} is on its way to you.${quick}`;
  if (earned === null) return `${dollars(reward)} and your pay for waiting are on their way to you.${quick}`;
  const cents = Math.round(Math.min(most, Math.max(0, earned)) * 100);
  if (!cents) return `${dollars(reward)} is on its way to you.${quick}`;
  const money = (/** @type {number} */ n) => dollars((n / 100).toFixed(2));
  return `${money(cents + Math.round(Number(reward) * 100))} is on its way to you: ${dollars(reward)} for the HIT, `
    + `${money(cents)} for waiting.${quick}`;
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
      advice: 'This marketplace’s operator can correct where you are.', link: null,
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
      what: not ? 'Not for Masters.' : 'For Masters, whom this marketplace’s operator has named.',
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
