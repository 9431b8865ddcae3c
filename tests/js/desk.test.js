import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, count, dollars, latency, relative, span } from '../../static/desk/format.js';
import { firstAndLast, stateOf } from '../../static/desk/status/figures.js';

const INVOKED = {
  invoked: true, done: false, startTime: 0, assignments: 3, claimed: 0, acknowledged: 0, invokedAt: 1000, shown: [],
};

test('format: amounts, spans, moments', () => {
  assert.deepEqual(['0.05', null, undefined].map(dollars), ['$0.05', '–', '–']);
  assert.deepEqual([-5, 61000, 3_661_000].map(clock), ['0:00', '1:01', '1:01:01']);
  assert.deepEqual([12000, 300000, 7_200_000, 172_800_000].map(span), ['12 s', '5 min', '2 h', '2 d']);
  assert.deepEqual([5000, 0, 65000].map((at) => relative(at, 5000)), ['now', '5 s ago', 'in 60 s']);
  assert.deepEqual([212.4, 1440, null].map(latency), ['212 ms', '1.4 s', '–']);
  assert.deepEqual([1, 2].map((n) => count(n, 'HIT')), ['1 HIT', '2 HITs']);
});

test('stateOf: a reservation from made to done', () => {
  const states = [
    { ...INVOKED, invoked: false, startTime: 9 }, { ...INVOKED, invoked: false }, INVOKED,
    { ...INVOKED, claimed: 3 }, { ...INVOKED, claimed: 3, acknowledged: 3 }, { ...INVOKED, done: true },
  ];

  assert.deepEqual(states.map((one) => stateOf(one, 5).text),
    ['reserved', 'due', 'calling', 'called', 'at work', 'done']);
});

test('firstAndLast: from invoke to the first and the last page', () => {
  assert.equal(firstAndLast(INVOKED), null);
  assert.equal(firstAndLast({ ...INVOKED, invokedAt: null }), null);
  assert.deepEqual(firstAndLast({ ...INVOKED, shown: [1500, 1200] }), { first: 200, last: 500 });
});
