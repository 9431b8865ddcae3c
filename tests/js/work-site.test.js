import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LastMinute, soonestFirst, tabTitle, timeLeft } from '../../static/desk/work/deadlines.js';
import { hourly, left, missing, usualTime } from '../../static/desk/work/group-facts.js';

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
  assert.deepEqual([61_000, 1000, 0].map(timeLeft), ['1:01 left', '0:01 left', 'Time is over']);
});

test('LastMinute: says once of each that its last minute has begun', () => {
  const watch = new LastMinute();
  const queue = [job('a', 100_000), job('b', 130_000)];
  const begun = (now) => watch.begun(queue, now).map(({ assignmentId }) => assignmentId);
  assert.deepEqual([0, 39_999, 40_000, 41_000, 70_000, 100_001].map(begun), [[], [], ['a'], [], ['b'], []]);
});

const GROUP = { durationS: 600, available: 3, availableIsLeast: false, maxWaitS: null, pace: null };

test('group: what is known of its pace, and what is not', () => {
  assert.deepEqual(hourly(GROUP), { rate: 'not known yet', basis: 'too few have submitted it' });
  assert.equal(usualTime(GROUP), 'not known yet');
  const known = { ...GROUP, pace: { medianS: 120, samples: 7, hourly: '15.00' } };
  assert.deepEqual(hourly(known), { rate: 'about $15.00', basis: 'median of the last 7 submissions' });
  assert.match(hourly({ ...known, maxWaitS: 300 }).basis, /waiting included/);
  assert.equal(usualTime(known), '2 min');
  assert.deepEqual([left(GROUP), left({ ...GROUP, available: 25, availableIsLeast: true })], ['3 left', '25 or more left']);
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
