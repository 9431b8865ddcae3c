import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slotState, stateOf, timeline, whyMissing } from '../../static/desk/admin/reservation-words.js';

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

test('whyMissing: a sentence for each reason that there is, while it runs and after', () => {
  const none = { nobodyCame: 0, calledAndSilent: 0, atWork: 0, gone: 0 };
  const some = { nobodyCame: 1, calledAndSilent: 2, atWork: 1, gone: 1 };

  assert.deepEqual([whyMissing(ONE), whyMissing({ ...ONE, missing: null }), whyMissing({ ...ONE, missing: none })], [[], [], []]);
  assert.deepEqual(whyMissing({ ...ONE, missing: some }), ['1 answer: nobody is there to be called yet.',
    '2 workers called, no “I’m here” so far.', '1 worker at work, no answer yet.', '1 worker began, then left or took too long.']);
  assert.deepEqual(whyMissing({ ...ONE, done: true, missing: { ...none, nobodyCame: 2, atWork: 1 } }),
    ['2 answers: nobody was there to be called.', '1 worker still at work when it ended.']);
});

test('timeline: who began and lost their slot, too', () => {
  const gone = [{ ...SLOT, worker: 'W2', shown: 62, acknowledged: 63, gone: 70, submitted: 75 }];

  assert.deepEqual(timeline({ ...ONE, gone }).slice(3), [[61, 'called', 'W2'], [62, 'has the task', 'W2'],
    [63, 'is there', 'W2'], [70, 'lost the slot', 'W2'], [75, 'handed in late', 'W2']]);
});
