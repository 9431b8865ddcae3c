import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { hasJumped, heard, serverNow } from '../../static/desk/server-time.js';

test('serverNow: goes by the server, whatever becomes of the computer’s clock', () => {
  const clock = { wall: 1_000_000, monotonic: 500 };
  mock.method(Date, 'now', () => clock.wall);
  mock.method(performance, 'now', () => clock.monotonic);
  const pass = (wall, monotonic = wall) => {
    clock.wall += wall;
    clock.monotonic += monotonic;
  };

  heard(7_000_000);
  pass(2_000);
  assert.equal(serverNow(), 7_002_000);
  assert.equal(hasJumped(), false);

  // Somebody sets the clock an hour on.
  pass(3_600_000, 1_000);
  assert.equal(serverNow(), 7_003_000);
  assert.deepEqual([hasJumped(), hasJumped()], [true, false], 'once for each jump');

  // The computer sleeps: the monotonic clock may stand still meanwhile.
  pass(600_000, 0);
  assert.equal(hasJumped(), true);
  heard(7_603_000);
  pass(1_000);
  assert.deepEqual([serverNow(), hasJumped()], [7_604_000, false]);

  heard(undefined);
  assert.equal(serverNow(), 7_604_000);
  mock.restoreAll();
});
