// The sites' CloudFront function, on events of the form that CloudFront gives.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const source = new URL('../../operate/template/index_of_folder.js', import.meta.url);
const { handler } = vm.runInNewContext(`${readFileSync(source, 'utf8')}; ({ handler })`);

function asked(uri, querystring = {}) {
  return handler({ version: '1.0', request: { method: 'GET', uri, querystring, headers: {} } });
}

function redirect(uri, querystring) {
  const answer = asked(uri, querystring);
  assert.equal(answer.statusCode, 301);
  return answer.headers.location.value;
}

test('a folder is its index.html, a file is itself', () => {
  assert.equal(asked('/status/').uri, '/status/index.html');
  assert.equal(asked('/').uri, '/index.html');
  assert.equal(asked('/retainer.js').uri, '/retainer.js');
});

test('a folder without its slash keeps the query: it says whose assignment it is', () => {
  const ids = {
    assignmentId: { value: 'A1' },
    workerId: { value: 'W%20%26' },
    tag: { value: 'two', multiValue: [{ value: 'one' }, { value: 'two' }] },
    preview: { value: '' },
  };

  assert.equal(
    redirect('/photos', ids),
    '/photos/?assignmentId=A1&workerId=W%20%26&tag=one&tag=two&preview',
  );
  assert.equal(redirect('/photos'), '/photos/');
});

test('no redirect leads to another site', () => {
  assert.equal(redirect('//evil.example/photos'), '/evil.example/photos/');
  assert.equal(redirect('/\\evil.example/photos'), '/evil.example/photos/');
});
