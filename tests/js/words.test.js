// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, moment } from '../../static/desk/words.js';
import {
  actionWords, againWords, retryWords, standingWords, systemList, wayIn,
} from '../../static/desk/work/qualification-words.js';

const NOW = new Date(2026, 10, 21, 14, 5).getTime();
const DAY = 86400000;

/** @param {object} [changes] */
const type = (changes = {}) => /** @type {any} */ ({
  qualificationTypeId: '3Q', name: 'French', description: '', keywords: '', requester: 'The lab', hasTest: false,
  scoredAtOnce: false, testDurationS: null, autoGranted: false, retryDelayS: null, status: null, value: null,
  grantedAt: null, reason: null, request: null, requestReason: null, requestedAt: null, timedOut: false,
  deadline: null, asking: 'allowed', askAgainAt: null, ...changes,
});

test('spans of time are said in the two largest units that say something', () => {
  const said = [0, 1, 59, 60, 61, 600, 3600, 3660, 3605, 86400, 90000, 2 * 86400 + 60].map(duration);
  assert.deepEqual(said, ['0 seconds', '1 second', '59 seconds', '1 minute', '1 minute 1 second', '10 minutes',
    '1 hour', '1 hour 1 minute', '1 hour', '1 day', '1 day 1 hour', '2 days']);
});

test('moments are said as a day and a time', () => {
  assert.match(moment(NOW + 60000, NOW), /^today at /);
  assert.match(moment(NOW + DAY, NOW), /^tomorrow at /);
  assert.match(moment(NOW + 5 * DAY, NOW), /2026.* at /);
});

test('who may ask again is told when, as a time', () => {
  const soon = type({ asking: 'too_soon', askAgainAt: NOW + 2 * DAY, hasTest: true });
  assert.match(againWords(soon, NOW), /^You can take the test again on .*2026 at .*, in 2 days\.$/);
  const today = type({ asking: 'too_soon', askAgainAt: NOW + 600000 });
  assert.match(againWords(today, NOW), /^You can ask for it again today at .*, in 10 minutes\.$/);
  assert.equal(againWords(type({ asking: 'once_only' }), NOW), 'You cannot ask for it again.');
  assert.equal(againWords(type({ asking: 'pending' }), NOW), '');
});

test('where one stands: the newest thing first, with the requester’s words', () => {
  const said = (/** @type {object} */ changes) => standingWords(type(changes), NOW);
  assert.equal(said({}).text, '');
  assert.match(said({ asking: 'pending', requestedAt: NOW }).text, /^You asked for it today at .* Waiting for The lab/);
  assert.match(said({ asking: 'pending', hasTest: true }).text, /^You have handed in the test\./);
  const rejected = said({ request: 'Rejected', requestReason: 'no', asking: 'once_only' });
  assert.deepEqual([rejected.tone, rejected.words], ['bad', 'no']);
  // Taken back: the reason of that, not of an earlier request.
  const revoked = said({ status: 'Revoked', reason: 'slips', request: 'Rejected', requestReason: 'no' });
  assert.equal(revoked.words, 'slips');
  // Held after all: an earlier refusal does not matter any more.
  const held = said({ status: 'Granted', value: 0, grantedAt: NOW, request: 'Rejected', requestReason: 'no' });
  assert.match(held.text, /Your score is 0,/);
  assert.equal(held.words, undefined);
  assert.match(said({ timedOut: true, status: 'Revoked', hasTest: true }).text, /ran out/);
  assert.match(said({ asking: 'inactive' }).text, /cannot be asked for/);
});

test('how to get one, how often, and what the button says', () => {
  assert.equal(wayIn(type({ autoGranted: true })), 'Given to everybody who asks');
  assert.equal(wayIn(type({ hasTest: true, scoredAtOnce: true })), 'By a test, scored at once');
  assert.equal(retryWords(type()), 'One request only');
  assert.equal(retryWords(type({ hasTest: true, retryDelayS: 3600 })), '1 hour between tries');
  assert.equal(retryWords(type({ retryDelayS: 0 })), 'As many requests as you like');
  assert.deepEqual([{}, { autoGranted: true }, { hasTest: true }, { hasTest: true, status: 'Granted' }]
    .map((one) => actionWords(type(one))), ['Ask for it', 'Get it', 'Start the test', 'Take the test again']);
});

test('the marketplace’s own are in plain words, masters once, unknown ones said to be so', () => {
  const one = (/** @type {string} */ qualificationTypeId, /** @type {any} */ value) =>
    ({ qualificationTypeId, name: 'Worker_X', description: 'd', value });
  const list = systemList([one('000000000000000000L0', 97), one('00000000000000000040', 3),
    one('2F1QJWKUDD8XADTFD2Q0G6UTO95ALH', 1), one('2ARFPLSP75KLA8M8DH1HTEQVJT3SY6', 1), one('00000000000000000060', 0)]);
  const shown = Object.fromEntries(list.map(({ name, shown: value }) => [name, value]));
  assert.equal(shown['Approval rate'], '97 %');
  assert.equal(shown['HITs approved'], '3');
  assert.equal(shown['Master worker'], 'Yes');
  assert.equal(shown['Where you are'], 'Not known');
  assert.equal(shown['Adult content'], 'You have not agreed to see it');
  assert.equal(list.filter(({ name }) => name === 'Master worker').length, 1);
  const [place] = systemList([one('00000000000000000071', 'US-NY')]).filter(({ name }) => name === 'Where you are');
  assert.equal(place?.shown, 'United States (NY)');
});
