// @ts-check
/* Qualifications in plain words. Pure. */

import { date, duration, moment } from '../words.js';

/**
 * A qualification type as the signed-in worker stands to it; times in milliseconds, null where there are none.
 * @typedef {{qualificationTypeId: string, name: string, description: string, keywords: string,
 *   requester: string, hasTest: boolean, scoredAtOnce: boolean, testDurationS: number | null,
 *   autoGranted: boolean, retryDelayS: number | null, status: 'Granted' | 'Revoked' | null,
 *   value: number | null, grantedAt: number | null, reason: string | null,
 *   request: 'Open' | 'Pending' | 'Granted' | 'Rejected' | null, requestReason: string | null,
 *   requestedAt: number | null, timedOut: boolean, deadline: number | null,
 *   asking: 'allowed' | 'inactive' | 'held' | 'pending' | 'open' | 'once_only' | 'too_soon',
 *   askAgainAt: number | null}} Standing
 * @typedef {{qualificationTypeId: string, name: string, description: string,
 *   value: number | string | null}} SystemValue
 */

export const ADULT = '00000000000000000060';
const LOCALE = '00000000000000000071';
const MASTERS = ['2F1QJWKUDD8XADTFD2Q0G6UTO95ALH', '2ARFPLSP75KLA8M8DH1HTEQVJT3SY6'];

/** @type {Record<string, {name: string, about: string, show: (value: any) => string}>} */
const SYSTEM = {
  '000000000000000000L0': {
    name: 'Approval rate', show: percent,
    about: 'The part of your reviewed work that was approved. It counts as 100 % until you have submitted 100 HITs.',
  },
  '00000000000000000040': { name: 'HITs approved', about: 'How many of your HITs were approved.', show: String },
  [LOCALE]: {
    name: 'Where you are', show: place,
    about: 'Your country, as this marketplace’s operator has recorded it. Ask them if it is wrong.',
  },
  [ADULT]: {
    name: 'Adult content', show: (value) => (value ? 'You agreed to see it' : 'You have not agreed to see it'),
    about: 'Some HITs show adult content. They are only open to workers who are of age and agree to see it.',
  },
  ...Object.fromEntries(MASTERS.map((id) => [id, {
    name: 'Master worker', about: 'Workers whom this marketplace’s operator knows to do good work.',
    show: (/** @type {unknown} */ value) => (value ? 'Yes' : 'No'),
  }])),
  '00000000000000000000': {
    name: 'Submitted', about: 'The part of the HITs you accepted that you submitted.', show: percent,
  },
  '000000000000000000E0': {
    name: 'Returned', about: 'The part of the HITs you accepted that you gave back.', show: percent,
  },
  '00000000000000000070': {
    name: 'Abandoned', about: 'The part of the HITs you accepted whose time ran out.', show: percent,
  },
  '000000000000000000S0': {
    name: 'Rejected', about: 'The part of the HITs you submitted that was rejected.', show: percent,
  },
};

/** @param {number} value */
function percent(value) {
  return `${value} %`;
}

/** `US-NY` as `United States (NY)`. @param {string | null} value */
function place(value) {
  if (!value) return 'Not known';
  const [country = '', part] = value.split('-');
  /** @type {string | undefined} */
  let name;
  try {
    name = new Intl.DisplayNames(undefined, { type: 'region' }).of(country);
  } catch {
    // Not a country that the browser knows.
  }
  return part ? `${name ?? country} (${part})` : name ?? country;
}

/** One of the marketplace's own, in our words. @param {SystemValue} found */
export function systemWords({ qualificationTypeId, name, description, value }) {
  const known = SYSTEM[qualificationTypeId];
  return {
    qualificationTypeId,
    name: known?.name ?? name,
    about: known?.about ?? description,
    shown: known ? known.show(value) : String(value ?? '–'),
  };
}

/**
 * What the marketplace itself knows of the worker: in a fixed order, masters once, and also what it
 * does not know but HITs ask for.
 * @param {SystemValue[]} found
 */
export function systemList(found) {
  const values = new Map(found.map((one) => [one.qualificationTypeId, one]));
  return Object.keys(SYSTEM).filter((id) => id !== MASTERS[1]).map((id) => systemWords(
    values.get(id) ?? { qualificationTypeId: id, name: id, description: '', value: null }));
}

/** How one comes to hold it. @param {Standing} type */
export function wayIn({ hasTest, scoredAtOnce, autoGranted }) {
  if (hasTest) return scoredAtOnce ? 'By a test, scored at once' : 'By a test that the requester marks';
  return autoGranted ? 'Given to everybody who asks' : 'The requester decides';
}

/** How often one may try. @param {Standing} type */
export function retryWords({ retryDelayS, hasTest }) {
  const [once, between] = hasTest ? ['One try only', 'tries'] : ['One request only', 'requests'];
  if (retryDelayS === null) return once;
  return retryDelayS ? `${duration(retryDelayS)} between ${between}` : `As many ${between} as you like`;
}

/** What the button does. @param {Standing} type */
export function actionWords({ hasTest, autoGranted, status }) {
  if (hasTest) return status === 'Granted' ? 'Take the test again' : 'Start the test';
  return autoGranted ? 'Get it' : 'Ask for it';
}

/** When one may ask again, as a time. @param {Standing} type @param {number} now */
export function againWords({ asking, askAgainAt, hasTest }, now) {
  const again = hasTest ? 'take the test again' : 'ask for it again';
  if (asking === 'too_soon' && askAgainAt) {
    return `You can ${again} ${onMoment(askAgainAt, now)}, in ${duration((askAgainAt - now) / 1000)}.`;
  }
  if (asking === 'allowed') return `You can ${again} now.`;
  if (asking === 'once_only') return `You cannot ${again}.`;
  return '';
}

/** @param {number} at @param {number} now */
function onMoment(at, now) {
  const said = moment(at, now);
  return /^to/.test(said) ? said : `on ${said}`;
}

/**
 * Where the worker stands, in a line or two.
 * @param {Standing} type @param {number} now
 * @returns {{tone: '' | 'good' | 'bad', text: string, words?: string | null}} `words`: the requester's own
 */
export function standingWords(type, now) {
  const { asking, status, value, grantedAt, requester, request, requestedAt } = type;
  if (asking === 'open') return { tone: '', text: 'You have started the test. Its time is running.' };
  if (asking === 'pending') {
    const what = type.hasTest ? 'You have handed in the test' : `You asked for it ${agoWords(requestedAt, now)}`;
    return { tone: '', text: `${what}. Waiting for ${requester} to decide; a message will tell you.` };
  }
  if (status === 'Granted') {
    return { tone: 'good', text: `You hold this qualification. Your score is ${value}, since ${date(grantedAt ?? now)}.` };
  }
  if (type.timedOut) return { tone: 'bad', text: 'Your time for the test ran out before you handed it in.' };
  if (status === 'Revoked') {
    return { tone: 'bad', text: `${requester} has taken this qualification back.`, words: type.reason };
  }
  if (request === 'Rejected') {
    return { tone: 'bad', text: `${requester} has not granted your request.`, words: type.requestReason };
  }
  if (asking === 'inactive') return { tone: '', text: 'It cannot be asked for at present.' };
  return { tone: '', text: '' };
}

/** @param {number | null} at @param {number} now */
function agoWords(at, now) {
  return at === null ? '' : onMoment(at, now);
}
