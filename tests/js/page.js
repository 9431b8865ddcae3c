/*
 * A page for retainer.js without a browser: a clock that moves when told, and a server made of a
 * function. Import it before retainer.js.
 */

let time = 0;
let lastTimer = 0;
const timers = new Map();
const listeners = new EventTarget();

globalThis.setTimeout = (callback, ms = 0, ...args) => {
  timers.set(++lastTimer, { at: time + ms, callback: () => callback(...args) });
  return lastTimer;
};
globalThis.clearTimeout = (id) => void timers.delete(id);
// The same draws in each run (Park and Miller's generator): a test allows whatever may be drawn, and
// TEST_SEED, 1 to 2147483646, tries others.
let drawn = Number(process.env.TEST_SEED ?? 1);
Math.random = () => (drawn = (drawn * 48271) % 2147483647) / 2147483647;
Object.defineProperty(globalThis, 'performance', { value: { now: () => time } });
Object.defineProperty(globalThis, 'navigator', { value: { onLine: true } });
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.location = { search: '' };
globalThis.addEventListener = (type, listener) => listeners.addEventListener(type, listener);

/** Requests so far: `{at, method, path, body}`; `path` without the API's address. */
export const requests = [];
/** Hooks called so far: `[name, detail]`. */
export const events = [];
/** Errors that a browser would report as uncaught. */
export const errors = [];

/** Fires as the browser would. */
export const happen = (type) => listeners.dispatchEvent(new Event(type));

const settle = () => new Promise((resolve) => { setImmediate(resolve); });

/** Let `ms` pass, timer by timer, with everything that follows from each. */
export async function pass(ms) {
  const until = time + ms;
  await settle();
  for (;;) {
    const due = [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
    if (!due) break;
    timers.delete(due[0]);
    time = Math.max(time, due[1].at);
    try {
      due[1].callback();
    } catch (error) {
      errors.push(error);
    }
    await settle();
  }
  time = until;
}

/**
 * Answer requests from now on by `respond(request)`: an object is 200 JSON, a string 200 text,
 * `{status, error, headers}` a refusal, null no answer ever, an Error a network failure.
 */
export function serve(respond) {
  globalThis.fetch = async (url, init) => {
    const path = url.replace('http://api/', '');
    const request = { at: time, method: init.method, path, body: String(init.body ?? '') };
    requests.push(request);
    const answer = respond(request);
    if (answer instanceof Error) throw answer;
    if (answer === null) {
      return new Promise((_, reject) => {
        init.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    }
    const { status = 200, error, headers = {} } = answer;
    const body = typeof answer === 'string' ? answer : JSON.stringify(error ? { error } : answer);
    return new Response(body, { status, headers });
  };
}

/** A new stay, with `search` as the page's query. */
export function open(Retainer, search) {
  location.search = search;
  requests.length = 0;
  events.length = 0;
  errors.length = 0;
  Object.assign(Retainer, { api: 'http://api', submitTo: null, acks: true });
  const hooks = ['hasWork', 'getReady', 'tooLate', 'waitOver', 'connection', 'superseded'];
  for (const hook of hooks) {
    Retainer[hook] = (...details) => events.push([hook, ...details]);
  }
  return Retainer.init();
}
