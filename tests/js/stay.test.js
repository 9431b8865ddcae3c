import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errors, events, happen, open, pass, requests, serve } from './page.js';
import { Retainer } from '../../static/wait/retainer-module.js';

const ACCEPTED = '?assignmentId=A1&hitId=H1&workerId=W1&arrival=MAC';
const WAITING = {
  start: false, known: true, poll: { every: 1000 }, seat: 'S1', waited: 5000, waitMax: 60000, reward: '0.05',
};
const CALL = { start: true, taskID: 7, payload: 'p', reservation: 'r1', seat: 'S1', ackWithin: 15000 };
const isPoll = ({ path }) => path.startsWith('retainer/gettask/');
const isWorking = ({ path }) => path.endsWith('/event/working');
const named = (name) => events.filter(([hook]) => hook === name).map(([, detail]) => detail);

test('a preview asks nothing, ever', async () => {
  serve(() => WAITING);

  assert.equal(open(Retainer, '?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=H1'), 'preview');
  await pass(60000);
  happen('online');
  await pass(1000);

  assert.deepEqual(requests, []);
});

test('a page opened outside of a market is a preview', () => {
  assert.equal(open(Retainer, ''), 'preview');
});

test('pings with the arrival, then polls with the seat at the pace it is told', async () => {
  serve(() => WAITING);

  assert.equal(open(Retainer, ACCEPTED), 'waiting');
  await pass(10500);

  const [ping, ...polls] = requests;
  assert.equal(ping.path, 'retainer/ping/worker/W1/assignment/A1/hit/H1/event/waiting');
  assert.match(ping.body, /^v=1&page=3&load=[0-9a-z]{1,8}&arrival=MAC&acks=1$/);
  // No key in an address, and nothing that would need a preflight.
  assert.ok(polls.every(({ method, path, body }) => method === 'POST' && path === 'retainer/gettask/assignment/A1'
    && body.replace(/&did=.*/, '') === 'seat=S1'), JSON.stringify(polls[0]));
  assert.ok(polls.length >= 8 && polls.length <= 14, String(polls.length));
  const gaps = polls.slice(1).map((poll, i) => Math.round(poll.at - polls[i].at));
  assert.ok(gaps.every((gap) => gap >= 749 && gap <= 1251), String(gaps));
});

test('an address without an id that it needs starts nothing and names the id', async () => {
  serve(() => WAITING);

  for (const [address, missing] of [
    ['?assignmentId=A1&workerId=W1', 'hitId is'],
    ['?assignmentId=A1&hitId=H1&workerId=', 'workerId is'],
    ['?hitId=H1&workerId=W1', 'assignmentId is'],
    ['?assignmentId=A1', 'hitId and workerId are'],
  ]) {
    assert.equal(open(Retainer, address), 'refused');
    await pass(60000);
    happen('online');
    const [, , { code, message }] = events.filter(([hook]) => hook === 'connection').at(-1);
    assert.equal(code, 'opened_wrongly');
    assert.match(message, new RegExp(`${missing} missing in its address. Return the HIT`));
  }
  assert.deepEqual(requests, []);
});

test('an address that says one thing twice starts nothing, in a preview either', async () => {
  serve(() => WAITING);

  for (const [name, value] of [...new URLSearchParams(`${ACCEPTED}&turkSubmitTo=m`)]) {
    for (const address of [ACCEPTED, '?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=H1']) {
      const once = new URLSearchParams(`${address}&${name}=${value}`);
      once.append(name, value);
      assert.equal(open(Retainer, `?${once}`), 'refused');
      await pass(60000);
      happen('online');
      const [, , { code, message }] = events.filter(([hook]) => hook === 'connection').at(-1);
      assert.equal(code, 'opened_wrongly');
      assert.ok(message.includes(`${name} stands twice in its address`), message);
    }
  }
  assert.deepEqual(requests, []);
});

test('a service that knows polls by GET only is asked so', async () => {
  let knows = false;
  serve((request) => (isPoll(request) && request.method === 'POST' && !knows ? { status: 403 } : WAITING));
  open(Retainer, ACCEPTED);
  await pass(10000);

  const { method, path } = requests.at(-1);
  assert.deepEqual([method, path.replace(/&did=.*/, '')], ['GET', 'retainer/gettask/assignment/A1?seat=S1']);
  assert.equal(requests.filter((request) => isPoll(request) && request.method === 'POST').length, 1);

  // It is renewed, and takes no more keys in addresses.
  knows = true;
  serve((request) => (isPoll(request) && request.method === 'GET' ? { status: 403 } : WAITING));
  await pass(10000);
  assert.equal(requests.at(-1).method, 'POST');
});

test('ids given to init win over the URL and are escaped', async () => {
  serve(() => WAITING);
  open(Retainer, ACCEPTED);
  requests.length = 0;

  Retainer.init('w/2', 'a 2', 'h2');
  await pass(0);

  assert.equal(requests[0].path, 'retainer/ping/worker/w%2F2/assignment/a%202/hit/h2/event/waiting');
});

test('an older server, text and all, is polled each second', async () => {
  serve((request) => (isPoll(request) ? { start: false } : 'OK'));

  open(Retainer, ACCEPTED);
  await pass(5500);

  const polls = requests.filter(isPoll);
  assert.equal(polls[0].at, requests[0].at);
  assert.ok(polls[1].at - polls[0].at <= 1000, String(polls[1].at));
  const gaps = polls.slice(2).map((poll, i) => Math.round(poll.at - polls[i + 1].at));
  assert.ok(gaps.length >= 3 && gaps.every((gap) => gap >= 749 && gap <= 1251), String(gaps));
});

test('pings again when the server does not know the page', async () => {
  let known = true;
  serve((request) => (isPoll(request) ? { ...WAITING, known } : WAITING));
  open(Retainer, ACCEPTED);
  await pass(3000);

  known = false;
  await pass(5000);

  assert.ok(requests.filter((request) => !isPoll(request)).length >= 2);
});

test('a call is shown at once, handed over once, and acknowledged', async () => {
  let called = false;
  serve((request) => (isWorking(request) || called ? CALL : WAITING));
  open(Retainer, ACCEPTED);
  await pass(2000);

  called = true;
  await pass(1500);
  Retainer.acknowledge();
  await pass(100000);

  assert.deepEqual(named('hasWork'), [{ taskID: 7, payload: 'p', reservation: 'r1', ackWithin: 15000 }]);
  const pings = requests.filter(isWorking);
  assert.equal(pings[0].at, requests.filter(isPoll).at(-1).at);
  assert.deepEqual(pings.slice(0, 3).map(({ body }) => new URLSearchParams(body).get('ack')), [null, '1', null]);
  assert.ok(pings.length >= 4 && pings.length <= 6, String(pings.length));
});

test('work of another ProtoHIT of a shared pool brings the address of its page', async () => {
  const whose = { hitType: 'B', url: 'https://example.org/b.html' };
  serve((request) => (isPoll(request) ? { ...CALL, ...whose } : WAITING));
  open(Retainer, ACCEPTED);
  await pass(2000);

  assert.deepEqual(named('hasWork').at(0), {
    taskID: 7, payload: 'p', reservation: 'r1', ackWithin: 15000, ...whose,
  });
});

test('an acknowledgement is repeated until it has arrived', async () => {
  let down = false;
  serve((request) => (down ? new Error('no network') : isWorking(request) || requests.length > 2 ? CALL : WAITING));
  open(Retainer, ACCEPTED);
  await pass(3000);

  down = true;
  Retainer.acknowledge();
  await pass(6000);
  down = false;
  await pass(16000);

  const acks = requests.filter(({ body }) => body.includes('ack=1'));
  assert.ok(acks.length >= 3);
  assert.equal(Retainer.status().state, 'working');
});

test('the answer to a presence check is repeated until it has arrived, once', async () => {
  let down = false;
  let check = { dueIn: 0, within: 60000 };
  serve(({ body = '' }) => {
    if (down) return new Error('no network');
    if (String(body).includes('here=1')) check = { dueIn: 120000, within: 180000 };
    return { ...WAITING, check };
  });
  open(Retainer, ACCEPTED);
  await pass(3000);
  assert.ok(Retainer.status().check.dueIn <= 0);

  down = true;
  Retainer.here();
  await pass(6000);
  down = false;
  await pass(16000);
  const said = requests.filter(({ body }) => String(body ?? '').includes('here=1')).length;
  await pass(16000);

  assert.ok(said >= 2);
  assert.equal(requests.filter(({ body }) => String(body ?? '').includes('here=1')).length, said);
  assert.ok(Retainer.status().check.dueIn > 60000);
});

test('where there is no presence check nothing is said of one', async () => {
  serve(() => WAITING);
  open(Retainer, ACCEPTED);
  await pass(3000);
  Retainer.here();
  await pass(3000);

  assert.equal(Retainer.status().check, null);
  assert.ok(!requests.some(({ body }) => String(body ?? '').includes('here=1')));
});

test('a rest is told with its end', async () => {
  serve(() => ({ ...WAITING, waitOver: true, restsUntil: 1760000000000 }));
  open(Retainer, ACCEPTED);
  await pass(3000);

  assert.deepEqual(named('waitOver'), [{ reason: 'resting', until: 1760000000000 }]);
});

test('a HIT that the market has ended is not told as one that is open elsewhere', async () => {
  serve(() => ({ ...WAITING, superseded: true, returned: true }));
  open(Retainer, ACCEPTED);
  await pass(3000);

  assert.deepEqual([named('waitOver'), named('superseded')], [[{ reason: 'closed' }], []]);
});

test('a wait that never began, as another HIT took its time, says so', async () => {
  serve(() => ({ ...WAITING, waitOver: true, behind: true }));
  open(Retainer, ACCEPTED);
  await pass(3000);

  assert.deepEqual(named('waitOver'), [{ reason: 'behind' }]);
});

test('a call that was given to somebody else leads back to waiting', async () => {
  let taken = false;
  serve((request) => {
    if (isWorking(request)) return taken ? { status: 409, error: { code: 'released', why: 'late' } } : CALL;
    return requests.length > 2 && !taken ? CALL : { ...WAITING, released: taken };
  });
  open(Retainer, ACCEPTED);
  await pass(3000);
  assert.equal(Retainer.status().state, 'called');

  taken = true;
  Retainer.acknowledge();
  await pass(5000);

  assert.deepEqual(named('tooLate'), [{ reservation: 'r1', surplus: false, why: 'late' }]);
  assert.equal(Retainer.status().state, 'waiting');
  assert.ok(isPoll(requests.at(-1)));
});

test('a page that is loaded again at work is at work, with what was entered', async () => {
  const kept = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key),
  };
  let heard = false;
  serve((request) => {
    heard ||= request.body.includes('ack=1');
    return isPoll(request) || isWorking(request) ? { ...CALL, ...(heard && { acknowledged: true }) } : WAITING;
  });
  Retainer.acks = true;
  open(Retainer, ACCEPTED);
  await pass(3000);
  assert.deepEqual([Retainer.status().state, Retainer.kept()], ['called', null]);
  Retainer.acknowledge();
  Retainer.keep({ answer: 'half of' });
  await pass(1000);

  const seen = new Set();
  Retainer.update = ({ state }) => void seen.add(state);
  open(Retainer, ACCEPTED);
  await pass(3000);
  assert.deepEqual([...seen], ['waiting', 'working'], 'nobody is called anew');

  assert.equal(Retainer.status().state, 'working');
  assert.deepEqual(named('hasWork').at(-1).kept, { answer: 'half of' });
  assert.ok(!requests.slice(-3).some(({ body }) => body.includes('ack=1')), 'said once');

  // Another task finds nothing of it, nor does anybody once the call is over.
  serve((request) => (isPoll(request) ? { ...CALL, reservation: 'r2' } : WAITING));
  open(Retainer, ACCEPTED);
  await pass(3000);
  assert.equal(Retainer.kept(), null);
  Retainer.keep('x');
  serve(() => ({ ...WAITING, released: true, why: 'ended' }));
  await pass(16000);
  assert.deepEqual([named('tooLate').at(-1).why, kept.size], ['ended', 0]);
  delete globalThis.sessionStorage;
});

test('a page that nothing is heard of says so with the call', async () => {
  serve((request) => (isPoll(request) || isWorking(request) ? CALL : WAITING));
  Retainer.acks = true;
  Retainer.muted = true;
  open(Retainer, ACCEPTED);
  await pass(3000);

  assert.match(requests.find(isWorking).body, /&muted=1/);
  assert.ok(requests.filter((request) => !isWorking(request)).every(({ body }) => !body.includes('muted')));
  Retainer.muted = false;
});

test('a page that is loaded again while called has the rest of the time to answer', async () => {
  serve((request) => (isPoll(request) || isWorking(request) ? { ...CALL, ackLeft: 4000 } : WAITING));
  Retainer.acks = true;
  open(Retainer, ACCEPTED);
  await pass(1500);
  const before = requests.length;
  await pass(4600);

  assert.equal(named('hasWork').at(-1).ackLeft, 4000);
  assert.ok(requests.slice(before).some(isWorking), 'it asks as soon as that is over');
});

test('a page that never acknowledges learns of its release by itself', async () => {
  let taken = false;
  serve((request) => (isWorking(request) && !taken ? CALL
    : requests.length > 2 && !taken ? CALL : { ...WAITING, released: taken }));
  open(Retainer, ACCEPTED);
  await pass(3000);

  taken = true;
  await pass(16000);

  assert.equal(named('tooLate').length, 1);
});

test('gets ready once per announcement', async () => {
  serve(() => ({ ...WAITING, dueIn: 8000 }));

  open(Retainer, ACCEPTED);
  await pass(5000);

  assert.deepEqual(named('getReady'), [{ dueIn: 8000 }]);
});

for (const [flag, hook, state] of [['waitOver', 'waitOver', 'over'], ['superseded', 'superseded', 'superseded']]) {
  test(`${flag} ends the asking`, async () => {
    serve(() => (requests.length > 3 ? { ...WAITING, [flag]: true } : WAITING));

    open(Retainer, ACCEPTED);
    await pass(20000);

    assert.equal(requests.length, 4);
    assert.equal(named(hook).length, 1);
    assert.equal(Retainer.status().state, state);
  });
}

test('a dead network is waited out, told, and the task still arrives', async () => {
  let down = false;
  serve((request) => (down ? new Error('no network') : requests.length > 20 || isWorking(request) ? CALL : WAITING));
  open(Retainer, ACCEPTED);
  await pass(3000);

  down = true;
  await pass(600000);
  assert.ok(requests.length > 40, 'keeps trying');
  assert.equal(events.filter(([hook, state]) => hook === 'connection' && state === 'retrying').length > 35, true);
  down = false;
  await pass(15000);

  assert.equal(named('hasWork').length, 1);
  assert.equal(named('connection').at(-1), 'online');
});

test('the network coming back is not slept through', async () => {
  let down = false;
  serve(() => (down ? new Error('no network') : WAITING));
  open(Retainer, ACCEPTED);
  await pass(2000);
  down = true;
  await pass(120000);
  down = false;
  const before = requests.length;

  happen('online');
  await pass(0);

  assert.equal(requests.length, before + 1);
});

test('an answer that never comes is given up after ten seconds', async () => {
  serve(() => (requests.length === 2 ? null : WAITING));

  open(Retainer, ACCEPTED);
  await pass(20000);

  assert.ok(requests.length > 5);
  const [, hung, next] = requests;
  assert.ok(next.at - hung.at >= 10000 && next.at - hung.at <= 10500, String(next.at - hung.at));
});

test('a service that is busy is asked again later, and nobody is alarmed', async () => {
  let busy = false;
  const put_off = { start: false, busy: true, now: 1, poll: { every: 20000 } };
  const paid = { ...WAITING, dueIn: 90000 };
  serve((request) => (busy && isPoll(request) ? put_off : requests.length > 40 ? CALL : paid));
  open(Retainer, ACCEPTED);
  await pass(3000);
  const before = requests.length;
  const told = events.length;

  busy = true;
  await pass(120000);

  const asked = requests.slice(before + 1);
  assert.ok(asked.length >= 4 && asked.length <= 9, String(asked.length));
  assert.ok(asked.every((request) => isPoll(request) && request.body.startsWith('seat=S1')));
  assert.deepEqual(events.slice(told).filter(([hook]) => hook !== 'update'), []);
  assert.equal(Retainer.status().state, 'waiting');
  busy = false;
  await pass(60000);
  assert.equal(named('getReady').length, 1);
  assert.deepEqual(named('connection'), ['connecting', 'online']);
  assert.equal(named('hasWork').length, 1);
});

test('slow_down is obeyed', async () => {
  serve(() => (requests.length === 2
    ? { status: 429, error: { code: 'slow_down' }, headers: { 'Retry-After': '9' } } : WAITING));

  open(Retainer, ACCEPTED);
  await pass(20000);

  assert.ok(requests[2].at - requests[1].at >= 9000);
});

test('a HIT not yet recorded is no alarm for a minute, then told', async () => {
  serve(() => ({ status: 404, error: { code: 'unknown_hit' } }));

  open(Retainer, ACCEPTED);
  await pass(50000);
  assert.deepEqual([...new Set(named('connection'))], ['connecting']);
  await pass(50000);

  assert.equal(named('connection').at(-1), 'retrying');
});

test('a page that is refused stops asking and says why', async () => {
  serve(() => ({ status: 403, error: { code: 'not_verified', message: 'Not from the market.' } }));

  open(Retainer, ACCEPTED);
  await pass(60000);

  assert.equal(requests.length, 1);
  assert.deepEqual(events.at(-1), ['connection', 'refused', { code: 'not_verified', message: 'Not from the market.' }]);
});

test('a hook that throws does not end the heartbeats', async () => {
  serve((request) => (isWorking(request) || requests.length > 2 ? CALL : WAITING));
  open(Retainer, ACCEPTED);
  Retainer.hasWork = () => { throw new Error('the page’s own mistake'); };

  await pass(40000);

  assert.deepEqual(errors.map(String), ['Error: the page’s own mistake']);
  assert.ok(requests.filter(isWorking).length >= 2);
});

test('loaded twice, it stays the one that the page has set up', async () => {
  const before = globalThis.Retainer;
  await import('../../static/wait/retainer.js?again');

  assert.equal(globalThis.Retainer, before);
});

test('the wait is counted on between answers', async () => {
  serve(() => (requests.length === 1 ? { ...WAITING, poll: { every: 60000, next: 60000 } } : WAITING));
  open(Retainer, ACCEPTED);
  await pass(0);
  const before = Retainer.status().waited;

  await pass(100);

  assert.equal(Retainer.status().waited - before, 100);
});
