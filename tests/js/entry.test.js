import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newNonce, secretIn } from '../../static/desk/work/entry.js';

const SECRET = 'AbC-_'.repeat(8) + 'xyz';

test('a pasted link gives its secret, whatever stands around it', () => {
  assert.equal(secretIn(`https://work.example/work/#/join/${SECRET}`), SECRET);
  assert.equal(secretIn(`Your link: http://127.0.0.1:8003/work/#/join/${SECRET}\n`), SECRET);
});

test('what is no link has none', () => {
  for (const text of ['', SECRET, 'https://work.example/', '#/join/', `#/join/${SECRET} and more`, '#/join/<b>']) {
    assert.equal(secretIn(text), '', text);
  }
});

test('each page has a value of its own that the server takes', () => {
  const values = new Set(Array.from({ length: 50 }, newNonce));
  assert.equal(values.size, 50);
  for (const value of values) assert.match(value, /^[0-9a-f]{32}$/);
});
