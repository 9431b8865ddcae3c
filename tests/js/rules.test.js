import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Retainer } from '../../static/wait/retainer-module.js';

const { cadence, backoff, retryAfter, verdict, submitTarget } = Retainer.rules;
const half = () => 0.5;

test('cadence: the first poll comes at a random phase', () => {
  assert.deepEqual(cadence({ anchor: null, every: 1000 }, { every: 2000 }, 100, half),
    { anchor: 1100, every: 2000, at: 1100 });
});

test('cadence: then each comes one period after the last scheduled time, late timers or not', () => {
  assert.equal(cadence({ anchor: 1100, every: 2000 }, { every: 2000 }, 1350, half).at, 3100);
});

test('cadence: no page keeps its moment from period to period', () => {
  const next = (/** @type {number} */ draw) =>
    cadence({ anchor: 1000, every: 2000 }, { every: 2000 }, 1010, () => draw).at;
  assert.equal(next(0), 2500);
  assert.equal(next(0.5), 3000);
  assert.ok(next(0.999) < 3500);
});

test('cadence: a change within a tenth keeps the phase, a greater one draws a new phase', () => {
  assert.equal(cadence({ anchor: 1000, every: 2000 }, { every: 2190 }, 1010, half).at, 3190);
  assert.equal(cadence({ anchor: 1000, every: 2000 }, { every: 2300 }, 1010, half).at, 2160);
});

test('cadence: `next` is exact, and the new pace runs from there without another draw', () => {
  const plan = cadence({ anchor: 1000, every: 20000 }, { every: 20000, next: 800 }, 1010, half);

  assert.equal(plan.at, 1810);
  assert.equal(cadence(plan, { every: 2000 }, 1820, half).at, 3820);
});

test('cadence: after a sleep one poll, not all those missed', () => {
  assert.equal(cadence({ anchor: 1000, every: 2000 }, { every: 2000 }, 3_600_500, half).at, 3_601_000);
});

test('cadence: an older server that names no pace is asked each second; nonsense never spins', () => {
  assert.equal(cadence({ anchor: null, every: 1000 }, undefined, 0, half).every, 1000);
  for (const every of [0, -5, NaN, 1]) {
    const plan = cadence({ anchor: 10, every: 1000 }, { every, next: 0 }, 10, half);
    assert.ok(plan.at >= 60 && plan.every >= 200, String(every));
  }
});

test('cadence: phases of many pages spread evenly over the period', () => {
  const firsts = Array.from({ length: 4000 },
    () => cadence({ anchor: null, every: 1000 }, { every: 1000 }, 0, Math.random).at);
  for (let slot = 0; slot < 10; slot++) {
    const share = firsts.filter((at) => Math.floor(at / 100) === slot).length / firsts.length;
    assert.ok(Math.abs(share - 0.1) < 0.03, `slot ${slot}: ${share}`);
  }
});

test('backoff: doubles to a limit, with jitter, and never gives up', () => {
  assert.deepEqual([1, 2, 3, 6, 1000].map((n) => backoff(n, () => 1)), [500, 1000, 2000, 15000, 15000]);
  assert.equal(backoff(1, () => 0), 250);
});

test('backoff: waits at least as long as the server asked for', () => {
  assert.equal(backoff(1, half, 7000), 7500);
});

test('retryAfter: seconds; anything else is none', () => {
  assert.deepEqual(['7', ' 7 ', '9999', '', null, 'Wed, 21 Oct 2026 07:28:00 GMT', '-1'].map(retryAfter),
    [7000, 7000, 120000, 0, 0, 0, 0]);
});

test('verdict: only our own codes end the asking', () => {
  assert.equal(verdict(400, 'preview'), 'refused');
  assert.equal(verdict(403, 'not_verified'), 'refused');
  assert.equal(verdict(410, 'closed'), 'closed');
  assert.equal(verdict(409, 'closed'), 'closed');
  assert.equal(verdict(409, 'released'), 'released');
  for (const [status, code] of [[403, ''], [400, ''], [404, 'unknown_hit'], [409, 'seat_taken'],
    [429, 'slow_down'], [500, ''], [0, 'network']]) {
    assert.equal(verdict(status, code), 'retry', `${status} ${code}`);
  }
});

test('submitTarget: the market and nobody else', () => {
  const markets = ['https://market.example', 'http://127.0.0.1:8000'];
  const target = (submitTo) => submitTarget(submitTo, markets);

  assert.equal(target('https://market.example'), 'https://market.example/mturk/externalSubmit');
  assert.equal(target('http://127.0.0.1:8000/api/'), 'http://127.0.0.1:8000/api/mturk/externalSubmit');
  for (const other of ['https://evil.example', 'http://market.example', 'https://market.example.evil.com',
    'https://market.example@evil.com', 'javascript:alert(1)', 'data:text/html,x', '', null, '/mturk']) {
    assert.equal(target(other), null, String(other));
  }
  assert.equal(submitTarget('https://market.example', []), null);
  assert.equal(submitTarget('javascript:1', ['javascript:1']), null);
});

const PAY = { rate: '0.06', earned: '0.0100', most: '0.30', for: 30000, quick: '0.03', quickWithin: 2000 };

test('pay: carried on for as long as the server vouches for it, and no further', () => {
  assert.equal(Retainer.rules.earned(PAY, 0), 0.01);
  assert.equal(Retainer.rules.earned(PAY, 10000).toFixed(6), '0.020000');
  assert.equal(Retainer.rules.earned(PAY, 30000), Retainer.rules.earned(PAY, 300000));
});

test('pay: never more than the cap', () => {
  assert.equal(Retainer.rules.earned({ ...PAY, earned: '0.2999' }, 30000), 0.3);
});
