// The CloudFront function in front of the marketplace's address.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const source = new URL('../../operate/template/carry_signature.js', import.meta.url);
const { handler } = vm.runInNewContext(`${readFileSync(source, 'utf8')}; ({ handler })`);

function carried(headers) {
  const given = Object.entries(headers).map(([name, value]) => [name, { value }]);
  const request = { method: 'POST', uri: '/', querystring: {}, headers: Object.fromEntries(given) };
  const sent = handler({ version: '1.0', request }).headers;
  return Object.fromEntries(Object.entries(sent).map(([name, { value }]) => [name, value]));
}

test('a signature travels under another name, with the host that it was made for', () => {
  const sent = carried({
    host: 'd1.cloudfront.net',
    authorization: 'AWS4-HMAC-SHA256 Credential=RK1/…',
    'x-amz-target': 'MTurk.GetAccountBalance',
  });

  assert.deepEqual(sent, {
    host: 'd1.cloudfront.net',
    'x-retainer-host': 'd1.cloudfront.net',
    'x-retainer-authorization': 'AWS4-HMAC-SHA256 Credential=RK1/…',
    'x-amz-target': 'MTurk.GetAccountBalance',
  });
});

test('nobody passes these names off as ours', () => {
  const sent = carried({
    host: 'd1.cloudfront.net',
    'x-retainer-host': 'evil.example',
    'x-retainer-authorization': 'AWS4-HMAC-SHA256 …',
  });

  assert.deepEqual(sent, { host: 'd1.cloudfront.net', 'x-retainer-host': 'd1.cloudfront.net' });
});
