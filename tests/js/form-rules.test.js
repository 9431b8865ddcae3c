import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check, grouped, hint, lengthOf, matches, questionsOf } from '../../static/desk/work/form-rules.js';

const match = async (trials) => trials.map(matches);
const TEXT = {
  kind: 'text', field: 'q1', required: false, lines: 1, default: '', numeric: null, length: { min: 0, max: null }, patterns: [],
};
const CHOICES = ['a', 'b', 'c'].map((value) => ({ value, label: value, content: { kind: 'text', text: value } }));
const SELECTION = { kind: 'selection', field: 'q1', style: 'checkbox', min: 1, max: 2, choices: CHOICES, other: null };

/** What is said of one question that is answered so. */
async function said(input, pairs, required = false) {
  const question = { kind: 'question', identifier: 'name', heading: null, required, content: [], input: { ...input, required } };
  return (await check([question], pairs, match)).name ?? [];
}

test('check: what is required, also by its length', async () => {
  const missing = ['This question needs an answer.'];

  assert.deepEqual(await said(TEXT, [['q1', '']]), []);
  assert.deepEqual(await said(TEXT, [['q1', '']], true), missing);
  assert.deepEqual(await said(TEXT, [], true), missing);
  assert.deepEqual(await said({ ...TEXT, length: { min: 2, max: null } }, [['q1', '']]), missing);
  assert.deepEqual(await said(SELECTION, []), []);
  assert.deepEqual(await said(SELECTION, [], true), missing);
});

test('check: length in characters, not in the units of a string', async () => {
  const input = { ...TEXT, length: { min: 2, max: 3 } };

  assert.equal(lengthOf('🍃é'), 2);
  assert.deepEqual(await said(input, [['q1', '🍃']]), ['Write at least 2 characters; there are 1.']);
  assert.deepEqual(await said(input, [['q1', '🍃🍃🍃']]), []);
  assert.deepEqual(await said(input, [['q1', 'abcd']]), ['Write at most 3 characters; there are 4.']);
});

test('check: numbers', async () => {
  const input = { ...TEXT, numeric: { min: -1, max: 10 } };
  const answers = { ' 5 ': [], '-.5': [], '1e1': ['The answer must be a number.'], 'five': ['The answer must be a number.'],
    '-2': ['The answer must be at least -1.'], '10.01': ['The answer must be at most 10.'], '0x5': ['The answer must be a number.'] };

  for (const [text, wrong] of Object.entries(answers)) assert.deepEqual(await said(input, [['q1', text]]), wrong, text);
});

test('check: patterns, all of them, in the requester’s words', async () => {
  const patterns = [
    { regex: '^[a-z]+$', flags: 'i', errorText: 'Letters only.' },
    { regex: '.{3}', flags: '', errorText: 'Three of them.' },
    { regex: '(', flags: '', errorText: 'Never said.' },
  ];
  const input = { ...TEXT, patterns };

  assert.deepEqual(await said(input, [['q1', 'ABC']]), []);
  assert.deepEqual(await said(input, [['q1', '1']]), ['Letters only.', 'Three of them.']);
  assert.deepEqual(await said(input, [['q1', '']], true), ['Letters only.', 'Three of them.']);
  const plain = { ...TEXT, patterns: [{ regex: 'x', flags: '', errorText: 'Invalid input supplied.' }] };
  assert.deepEqual(await said(plain, [['q1', '']], true), ['This question needs an answer.']);
});

test('check: how many are chosen, and what is written beside them', async () => {
  const other = { ...TEXT, field: 'q1.other', length: { min: 3, max: null } };
  const input = { ...SELECTION, min: 2, other };

  assert.deepEqual(await said(input, [['q1', 'a']]), ['Choose at least 2; there are 1.']);
  assert.deepEqual(await said(input, [['q1', 'a'], ['q1.other', 'mint']]), []);
  assert.deepEqual(await said(input, [['q1', 'a'], ['q1', 'b'], ['q1.other', 'mint']]), []);
  assert.deepEqual(await said(input, [['q1', 'a'], ['q1', 'b'], ['q1', 'c']]), ['Choose at most 2; there are 3.']);
  assert.deepEqual(await said(input, [['q1', 'a'], ['q1.other', 'no']]), ['Write at least 3 characters; there are 2.']);
});

test('check: a question may bear any name', async () => {
  const question = { kind: 'question', identifier: '__proto__', heading: null, required: true, content: [], input: { ...TEXT, required: true } };

  assert.deepEqual(Object.keys(await check([question], [], match)), ['__proto__']);
});

test('hint: what to know beforehand', () => {
  const hints = [
    [TEXT, ''],
    [{ ...TEXT, length: { min: 1, max: null } }, ''],
    [{ ...TEXT, length: { min: 5, max: null } }, 'At least 5 characters.'],
    [{ ...TEXT, length: { min: 5, max: 5 } }, 'Exactly 5 characters.'],
    [{ ...TEXT, length: { min: 0, max: 9 } }, 'At most 9 characters.'],
    [{ ...TEXT, numeric: { min: null, max: null } }, 'A number.'],
    [{ ...TEXT, numeric: { min: 1, max: 5 }, length: { min: 2, max: 3 } }, 'A number from 1 to 5. 2 to 3 characters.'],
    [{ ...TEXT, numeric: { min: 1, max: null } }, 'A number, at least 1.'],
    [{ ...SELECTION, max: 1 }, ''],
    [SELECTION, 'Choose up to 2.'],
    [{ ...SELECTION, max: 3 }, 'Choose all that apply.'],
    [{ ...SELECTION, min: 2 }, 'Choose 2.'],
    [{ ...SELECTION, min: 2, max: 3 }, 'Choose 2 to 3.'],
  ];

  for (const [input, words] of hints) assert.equal(hint(input), words);
});

test('grouped and questionsOf: what a form is made of', () => {
  assert.deepEqual([...grouped([['a', '1'], ['b', '2'], ['a', '3']])], [['a', ['1', '3']], ['b', ['2']]]);
  const question = { kind: 'question', identifier: 'x' };
  assert.deepEqual(questionsOf({ parts: [{ kind: 'overview', content: [] }, question] }), [question]);
});
