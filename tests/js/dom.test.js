import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, dollars, words } from '../../static/wait/dom.js';

test('clock', () => {
  assert.deepEqual([-1, 999, 61000, 3599999, 3600000, 3661000].map(clock),
    ['0:00', '0:00', '1:01', '59:59', '1:00:00', '1:01:01']);
});

test('words', () => {
  assert.deepEqual([400, 1000, 45000, 60000, 300000].map(words),
    ['0 seconds', '1 second', '45 seconds', '60 seconds', '5 minutes']);
});

test('dollars', () => {
  assert.deepEqual(['0.05', null].map(dollars), ['$0.05', '']);
});
