import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LastMinute, soonestFirst, tabTitle, timeLeft } from '../../static/desk/work/deadlines.js';
import { extras, hourly, left, missing, onItsWay, usualTime } from '../../static/desk/work/group-facts.js';

const MINUTE = 60_000;
const job = (assignmentId, deadline) => ({ assignmentId, title: `HIT ${assignmentId}`, deadline });

test('tabTitle: the soonest deadline first, and how many there are', () => {
  assert.equal(tabTitle([], 0, 'Queue'), 'Queue – Retainer');
  assert.equal(tabTitle([], 0, ''), 'Work – Retainer');
  assert.equal(tabTitle([job('a', 65_000)], 0, 'Queue'), '1:05 left – Queue – Retainer');
  const two = [job('a', 90 * MINUTE), job('b', 20 * MINUTE)];
  assert.equal(tabTitle(two, 0, 'Queue'), '20 min left (2) – Queue – Retainer');
  assert.equal(tabTitle([job('a', 300 * MINUTE)], 0, ''), '5 h left – Work – Retainer');
  assert.equal(tabTitle([job('a', 5)], 10, 'Queue'), 'Queue – Retainer', 'over');
});

test('soonestFirst: sorts and leaves the queue as it was', () => {
  const queue = [job('a', 3), job('b', 1), job('c', 2)];
  assert.deepEqual(soonestFirst(queue).map(({ assignmentId }) => assignmentId), ['b', 'c', 'a']);
  assert.equal(queue[0].assignmentId, 'a');
  assert.deepEqual([61_000, 1000, 0].map(timeLeft), ['1:01 left to submit', '0:01 left to submit', 'Time is over']);
});

test('LastMinute: says once of each that its last minute has begun', () => {
  const watch = new LastMinute();
  const queue = [job('a', 100_000), job('b', 130_000)];
  const begun = (now) => watch.begun(queue, now).map(({ assignmentId }) => assignmentId);
  assert.deepEqual([0, 39_999, 40_000, 41_000, 70_000, 100_001].map(begun), [[], [], ['a'], [], ['b'], []]);
});

const GROUP = { durationS: 600, available: 3, availableIsLeast: false, maxWaitS: null, pace: null, terms: null };

test('group: what is known of its pace, and what is not', () => {
  assert.deepEqual(hourly(GROUP), { rate: 'not known yet', basis: 'too few have submitted it', measured: '' });
  assert.equal(usualTime(GROUP), 'not known yet');
  const known = { ...GROUP, pace: { medianS: 120, samples: 7, spanS: 9000, hourly: '15.00' } };
  assert.deepEqual(hourly(known), { rate: 'about $15.00', basis: 'measured: median of the last 7 submissions', measured: '' });
  assert.equal(usualTime(known), '2 min');
  assert.deepEqual([left(GROUP), left({ ...GROUP, available: 25, availableIsLeast: true })], ['3 left', '25 or more left']);
});

test('group that keeps its worker waiting: paid as its terms say, and as it was measured where enough was', () => {
  const terms = { hourly: '12.60', waitPay: '0.20', waitMost: '1.00', quick: '0.05', quickWithinS: 2 };
  const group = { ...GROUP, maxWaitS: 300, terms, pace: { medianS: 20, samples: 25, spanS: 40, hourly: null } };
  assert.deepEqual(hourly(group), {
    rate: '$12.60', basis: 'if you wait the longest: the reward and the pay for waiting over 5 min', measured: '' });
  assert.equal(hourly({ ...group, pace: { ...group.pace, spanS: 7200, hourly: '20.00' } }).measured,
    'about $20.00 an hour measured, median of the last 25 submissions in 2 h');
  assert.deepEqual(extras(terms), ['waiting pays $0.20 a minute, $1.00 at most', '$0.05 more if you answer the call within 2 s']);
  assert.deepEqual(extras({ ...terms, waitMost: '0.00', quick: '0.00' }), []);
});

test('what is on its way is the reward and the wait, never more than was promised', () => {
  const terms = { hourly: '12.60', waitPay: '0.20', waitMost: '1.00', quick: '0.00', quickWithinS: 2 };
  assert.equal(onItsWay('0.05', null, 7), '$0.05 is on its way to you.');
  assert.equal(onItsWay('0.05', terms, 0.1201), '$0.17 is on its way to you: $0.05 for the HIT, $0.12 for waiting.');
  assert.equal(onItsWay('0.05', terms, 500), '$1.05 is on its way to you: $0.05 for the HIT, $1.00 for waiting.');
  assert.match(onItsWay('0.05', terms, null), /^\$0.05 and your pay for waiting are on their way/);
  assert.equal(onItsWay('0.05', terms, 0.001), '$0.05 is on its way to you.');
  assert.match(onItsWay('0.05', { ...terms, quick: '0.02' }, 0), /If you answered the call in time, \$0.02 more\.$/);
});

test('missing: each kind of requirement in words, with what can be done', () => {
  const unmet = (more) => missing({
    qualificationTypeId: '3ABC', name: 'French', comparator: 'GreaterThanOrEqualTo', integers: [80], locales: [],
    requestable: true, value: null, ...more,
  });
  assert.deepEqual(unmet({}), {
    what: '“French” of at least 80; you do not hold it.', advice: 'See how to get it', link: '#/qualifications/3ABC',
  });
  assert.equal(unmet({ value: 60 }).what, '“French” of at least 80; yours is 60.');
  assert.equal(unmet({ comparator: 'Exists', integers: [] }).what, '“French”; you do not hold it.');
  assert.equal(unmet({ comparator: 'DoesNotExist', integers: [], value: 1 }).what, 'Not for workers who hold “French”.');
  assert.equal(unmet({ requestable: false }).advice, 'Only its requester can give it');
  assert.equal(unmet({ comparator: 'In', integers: [1, 2], value: 3 }).what, '“French” of one of 1, 2; yours is 3.');
  const system = (qualificationTypeId, more) => unmet({ qualificationTypeId, requestable: false, ...more });
  assert.equal(system('000000000000000000L0', { integers: [95], comparator: 'GreaterThan', value: 80 }).what,
    'Approval rate: above 95 %; yours is 80 %.');
  assert.equal(system('00000000000000000040', { integers: [100], value: 3 }).what,
    'HITs of yours that were approved: at least 100; yours is 3.');
  const place = { comparator: 'In', integers: [], locales: ['US-NY', 'CA'] };
  assert.equal(system('00000000000000000071', { ...place, value: 'DE' }).what, 'For workers in US-NY, CA; you are in DE.');
  assert.equal(system('00000000000000000071', { ...place, comparator: 'NotIn', value: 'CA' }).what,
    'For workers outside US-NY, CA; you are in CA.');
  assert.match(system('00000000000000000071', place).what, /not on record/);
  assert.equal(system('00000000000000000060', { comparator: 'EqualTo', integers: [1], value: 0 }).link, '#/qualifications');
  assert.match(system('2F1QJWKUDD8XADTFD2Q0G6UTO95ALH', { comparator: 'Exists', integers: [] }).what, /^For Masters/);
});
