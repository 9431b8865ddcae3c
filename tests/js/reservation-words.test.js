import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slotState, stateOf, timeline } from '../../static/desk/admin/reservation-words.js';

const ONE = {
  created: 1, startTime: 50, invoked: true, invokedAt: 60, done: false, doneAt: null, cancelled: false,
  assignments: 2, claimed: 0, acknowledged: 0, slots: [],
};
const SLOT = { worker: 'W1', assignment: 'A1', claimed: 61, shown: null, acknowledged: null, submitted: null, status: null };

test('stateOf: from reserved to done, cancelled or not', () => {
  const states = [
    { ...ONE, invoked: false }, { ...ONE, invoked: false, startTime: 9 }, ONE, { ...ONE, claimed: 2 },
    { ...ONE, claimed: 2, acknowledged: 2 }, { ...ONE, done: true }, { ...ONE, done: true, cancelled: true }];

  assert.deepEqual(states.map((one) => stateOf(one, 20).text),
    ['reserved', 'due', 'calling', 'called', 'at work', 'done', 'cancelled']);
});

test('slotState: as far as the worker has come', () => {
  const slots = [SLOT, { ...SLOT, shown: 62 }, { ...SLOT, shown: 62, acknowledged: 63 }, { ...SLOT, submitted: 70 },
    { ...SLOT, submitted: 70, status: 'Approved' }, { ...SLOT, submitted: 70, status: 'Rejected' }];

  assert.deepEqual(slots.map((slot) => slotState(slot).text),
    ['called', 'has the task', 'at work', 'submitted', 'paid', 'rejected']);
});

test('timeline: what happened, in order, and nothing that has not', () => {
  const one = { ...ONE, done: true, doneAt: 90, slots: [{ ...SLOT, shown: 62, submitted: 80 }] };

  assert.deepEqual(timeline(one), [[1, 'made', ''], [50, 'due', ''], [60, 'invoked', ''], [61, 'called', 'W1'],
    [62, 'has the task', 'W1'], [80, 'handed in', 'W1'], [90, 'done', '']]);
});
