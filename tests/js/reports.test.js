import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { events, happen, open, pass, requests, serve } from './page.js';
import { Retainer } from '../../static/wait/retainer-module.js';

const { sync } = Retainer.rules;
const ACCEPTED = '?assignmentId=A1&hitId=H1&workerId=W1&arrival=MAC';
const SERVER = 1_792_540_800_000;
const WAITING = { start: false, known: true, poll: { every: 1000 }, seat: 'S1' };
const CALL = { start: true, taskID: 7, payload: 'p', reservation: 'r1', seat: 'S1', ackWithin: 15000 };
const isPoll = ({ path }) => path.startsWith('retainer/gettask/');
const isWorking = ({ path }) => path.endsWith('/event/working');
const fields = ({ path, body }) => new URLSearchParams(body || path.split('?')[1]);

/** What was reported, as `[letter, milliseconds by the server's clock]`. */
const reported = (request) => [...(fields(request).get('did') ?? '').matchAll(/([A-Z])([0-9a-z]+)/g)]
  .map(([, letter, digits]) => [letter, parseInt(digits, 36) - SERVER]);
const letters = (request) => reported(request).map(([letter]) => letter).join('');

/** Look away from the page, or back. */
function look(visible) {
  document.hidden = !visible;
  happen('visibilitychange');
}

/** A server whose clock is so far ahead of the page's, and which answers a call once `called`. */
function serveAhead(ahead, state = {}) {
  serve((request) => ({
    ...(isWorking(request) || state.called ? CALL : WAITING), now: ahead + request.at,
    ...(state.noted && { noted: true }),
  }));
  return state;
}

test('the clock of the quickest round trip is kept', () => {
  const slow = sync(null, 0, 800, SERVER + 700);
  const quick = sync(slow, 1000, 1040, SERVER + 1020);
  const slowAgain = sync(quick, 2000, 3000, SERVER + 2900);

  assert.deepEqual([slow.offset, slow.half], [SERVER + 300, 400]);
  assert.deepEqual([quick.offset, quick.half], [SERVER, 20]);
  assert.equal(slowAgain, quick);
});

test('a clock that has jumped is reckoned anew, however slow the trip', () => {
  const before = sync(null, 0, 20, SERVER + 10);

  // An hour's sleep: ours stood still.
  const after = sync(before, 1000, 2000, SERVER + 3_600_000 + 1500);

  assert.equal(after.offset, SERVER + 3_600_000);
});

test('an old reckoning gives way as clocks drift', () => {
  const before = sync(null, 0, 20, SERVER + 10);
  const later = sync(before, 3_600_000, 3_600_100, SERVER + 3_600_050);

  assert.equal(later.at, 3_600_100);
});

test('the times of a call are told by the server’s clock, however late they arrive', async () => {
  const state = serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(3000);
  state.called = true;
  await pass(2000);
  const called = requests.filter(isPoll).at(-1).at;

  // The network goes: the acknowledgement arrives seconds later.
  serve(() => new Error('no network'));
  const acknowledged = requests.at(-1).at + 500;
  await pass(acknowledged - requests.at(-1).at);
  Retainer.acknowledge();
  const pressed = Math.round(SERVER + performance.now());
  await pass(4000);
  serveAhead(SERVER, { called: true });
  await pass(10000);

  const pings = requests.filter(isWorking);
  assert.equal(fields(pings[0]).get('shownAt'), String(Math.round(SERVER + called)));
  assert.equal(fields(pings[0]).get('seenAt'), String(Math.round(SERVER + called)));
  assert.equal(fields(pings[0]).get('ackAt'), null);
  const acks = pings.filter((ping) => fields(ping).get('ack'));
  assert.ok(acks.length > 1);
  for (const ack of acks) assert.equal(fields(ack).get('ackAt'), String(pressed));
});

test('a task is seen when the tab is looked at', async () => {
  const state = serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(1000);
  look(false);
  state.called = true;
  await pass(3000);
  assert.equal(fields(requests.filter(isWorking)[0]).get('seenAt'), null);

  look(true);
  const seen = performance.now();
  await pass(700);
  Retainer.acknowledge();
  await pass(100);

  assert.equal(fields(requests.at(-1)).get('seenAt'), String(Math.round(SERVER + seen)));
});

test('an older server that tells no time is told none', async () => {
  let called = false;
  serve((request) => (isWorking(request) || called ? CALL : WAITING));
  open(Retainer, ACCEPTED);
  await pass(2000);
  called = true;
  await pass(3000);

  for (const request of requests) {
    assert.ok(['did', 'shownAt', 'seenAt', 'ackAt'].every((name) => !fields(request).has(name)), request.path);
  }
});

test('what the page saw and did comes with its polls, until it is noted', async () => {
  const state = serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(2000);
  const hidden = performance.now();
  look(false);
  await pass(1000);
  look(true);
  happen('offline');
  happen('online');
  Retainer.note('silent');
  Retainer.note('nonsense');
  await pass(4000);

  const told = requests.filter(isPoll).at(-1);
  assert.equal(letters(told), 'OHVFNB');
  assert.equal(reported(told)[1][1], Math.round(hidden));
  assert.equal(told.body, requests.filter(isPoll).at(-2).body, 'said again, in the same words');

  state.noted = true;
  await pass(3000);
  assert.equal(letters(requests.at(-1)), '');
  look(false);
  state.noted = false;
  await pass(3000);
  assert.equal(letters(requests.at(-1)), 'H');
  look(true);
});

test('reports are few, whatever happens', async () => {
  serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(1000);
  for (let n = 0; n < 500; n++) look(n % 2 === 1);
  await pass(2000);

  assert.equal(reported(requests.at(-1)).length, 16);
  assert.ok(fields(requests.at(-1)).get('did').length <= 16 * 10);
});

test('a computer that slept is reported', async (t) => {
  serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(2000);

  const wall = Date.now() + 3_600_000;
  t.mock.method(Date, 'now', () => wall);
  await pass(2000);

  assert.equal(letters(requests.at(-1)), 'OW');
});

test('a page that comes back from the browser’s cache asks at once', async () => {
  let now = 0;
  serve((request) => ({ ...WAITING, poll: { every: 20000, next: 20000 }, now: SERVER + (now = request.at) }));
  open(Retainer, ACCEPTED);
  await pass(25000);
  const asked = requests.length;
  await pass(1000);
  assert.ok(performance.now() - now > 500);

  happen('pageshow');
  await pass(0);

  assert.equal(requests.length, asked + 1);
});

test('a page that steps back in the middle of a call says so once, and is silent', async () => {
  const state = serveAhead(SERVER);
  open(Retainer, ACCEPTED);
  await pass(1000);
  state.called = true;
  await pass(1500);
  serve(() => ({ start: false, superseded: true, now: SERVER }));
  await pass(60000);
  const asked = requests.length;
  look(true);
  await pass(60000);

  assert.equal(events.filter(([name]) => name === 'superseded').length, 1);
  assert.equal(Retainer.status().state, 'superseded');
  assert.equal(requests.length, asked);
});

test('retainer.js is under 9 KB compressed, and depends on nothing', () => {
  const text = readFileSync(new URL('../../static/wait/retainer.js', import.meta.url));

  assert.ok(gzipSync(text, { level: 9 }).length < 9216, `${gzipSync(text, { level: 9 }).length} bytes`);
  assert.doesNotMatch(text.toString(), /\bimport\b[^\n]*['"(]|require\(/);
});
