import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readQuestion, shortcut } from '../../examples/poll/worker/question.js';

test('readQuestion: a payload as it should be', () => {
  assert.deepEqual(readQuestion('{"question": "Tea?", "options": ["a", 2]}'),
    { question: 'Tea?', options: ['a', '2'], images: ['', ''] });
});

test('readQuestion: options with pictures, from the web or in the payload itself', () => {
  const payload = { question: 'Which?', options: [
    { text: 'left', image: 'https://a.example/1.png' }, { image: 'data:image/png;base64,AA' },
    { text: 'none', image: 'javascript:alert(1)' }, null] };

  const { options, images } = readQuestion(JSON.stringify(payload));

  assert.deepEqual(options, ['left', 'Option 2', 'none', 'Option 4']);
  assert.deepEqual(images, ['https://a.example/1.png', 'data:image/png;base64,AA', '', '']);
});

test('readQuestion: whatever comes, there is something to answer', () => {
  for (const payload of [null, '', 'Tea?', '{', '[]', '5', 'null', '{"options": []}', '{"question": 3}']) {
    const { question, options } = readQuestion(payload);
    assert.ok(question && options.length > 0, String(payload));
  }
  assert.equal(readQuestion('Tea?').question, 'Tea?');
});

test('shortcut: digits that name an option, pressed once and alone', () => {
  const options = ['a', 'b'];

  assert.equal(shortcut({ key: '2' }, options), 'b');
  for (const event of [{ key: '3' }, { key: '0' }, { key: 'a' }, { key: '1', repeat: true },
    { key: '1', ctrlKey: true }, { key: '1', metaKey: true }, { key: '1', altKey: true }]) {
    assert.equal(shortcut(event, options), null);
  }
});
