import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { events, open, pass, requests, serve } from './page.js';
import { Retainer } from '../../static/wait/retainer-module.js';

const ACCEPTED = '?assignmentId=A1&hitId=H1&workerId=W1';
const CALL = { start: true, taskID: 7, payload: 'p', reservation: 'r1', seat: 'S1' };
const OUTDATED = { start: false, known: true, seat: 'S1', waitOver: true, outdated: true };
const version = () => new URLSearchParams(requests[0].body).get('page');

/** Addresses that the page was to be loaded from. */
const loaded = [];

beforeEach(() => {
  loaded.length = 0;
  globalThis.location = {
    search: '', get href() { return `https://wait.example.org/index.html${this.search}`; },
    replace: (url) => void loaded.push(String(url)),
  };
});

test('a page that is too old loads itself anew, under an address that says so', async () => {
  serve(() => OUTDATED);
  open(Retainer, ACCEPTED);
  await pass(100);

  assert.deepEqual(loaded, [`https://wait.example.org/index.html${ACCEPTED}&outdated=${version()}`]);
  assert.equal(Retainer.status().state, 'waiting');
  assert.ok(!events.some(([name]) => name === 'waitOver'));
});

test('a load that does not come about is tried again', async () => {
  serve(() => OUTDATED);
  open(Retainer, ACCEPTED);
  await pass(61_000);

  assert.equal(loaded.length, 3);
});

test('a page that was loaded anew and is still too old says so, and can be submitted', async () => {
  serve(() => OUTDATED);
  open(Retainer, ACCEPTED);
  await pass(100);
  open(Retainer, new URL(loaded[0]).search);
  await pass(100);

  assert.equal(loaded.length, 1);
  assert.equal(Retainer.status().state, 'over');
  const over = events.filter(([name]) => name === 'waitOver').map(([, detail]) => detail);
  assert.deepEqual(over, [{ reason: 'outdated' }]);
});

test('who is at work is left in peace', async () => {
  serve(() => CALL);
  open(Retainer, ACCEPTED);
  await pass(100);
  serve(() => ({ ...CALL, outdated: true }));
  await pass(60_000);

  assert.deepEqual(loaded, []);
  assert.equal(Retainer.status().state, 'called');
});
