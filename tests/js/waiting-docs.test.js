/* What docs/waiting-page.md shows of the hooks is what a page gets. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { events, open, pass, serve } from './page.js';
import { Retainer } from '../../static/wait/retainer-module.js';

const page = await readFile(new URL('../../docs/waiting-page.md', import.meta.url), 'utf8');
const hooks = page.slice(page.indexOf('## Hooks and events'));
const shown = new Map([...hooks.matchAll(/^Retainer\.(\w+) = \((?:\w+, )?\{ ([^}]*) \}\)/gm)]
  .map(([, name, fields]) => [name, fields.split(', ')]));
const WAITING = { start: false, known: true, poll: { every: 1000 }, seat: 'S1', waited: 0, waitMax: 60000 };
const CALL = { start: true, taskID: 7, payload: 'p', reservation: 'r1', seat: 'S1', ackWithin: 15000 };

/** What the hook was last called with: the detail, the last that it was given. */
const detailOf = (name) => events.filter(([hook]) => hook === name).at(-1)?.findLast((given) => given !== undefined);

test('every hook is shown, and every one that is shown exists', () => {
  const named = new Set([...hooks.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));

  const existing = Object.entries(Retainer).filter(([name, value]) => typeof value === 'function'
    && !['init', 'acknowledge', 'here', 'keep', 'kept', 'submit', 'leave', 'status', 'later', 'note', 'renew'].includes(name)).map(([name]) => name);
  assert.deepEqual([...named].sort(), existing.sort());
  assert.deepEqual([...shown.keys()], ['hasWork', 'getReady', 'tooLate', 'waitOver', 'connection']);
});

test('a page gets what is shown', async () => {
  let answer = { ...WAITING, dueIn: 5000 };
  serve(() => answer);
  const heard = new Promise((resolve) => {
    document.addEventListener('retainer:getReady', ({ detail }) => resolve(detail), { once: true });
  });
  open(Retainer, '?assignmentId=A1&hitId=H1&workerId=W1');
  await pass(0);
  assert.deepEqual(await heard, { dueIn: 5000 });

  answer = CALL;
  await pass(3000);
  answer = { status: 409, error: { code: 'surplus', message: 'Enough.' } };
  await pass(20000);
  answer = new Error('away');
  await pass(3000);
  const lost = detailOf('connection');
  answer = { ...WAITING, waitOver: true };
  await pass(60000);

  for (const name of ['hasWork', 'getReady', 'tooLate', 'waitOver']) {
    for (const field of shown.get(name)) assert.ok(field in detailOf(name), `${name}: ${field}`);
  }
  assert.deepEqual(Object.keys(lost).sort(), shown.get('connection').sort());
});
