// @ts-check
/*
 * Retainer: keeps a worker's page in touch with the pool and tells it when there is work.
 *
 * A classic script that defines the global `Retainer`; modules import it from `retainer-module.js`.
 * A page overrides the hooks (`Retainer.hasWork = …`) or listens on `document` for
 * `retainer:hasWork` and so on, then calls `Retainer.init()`.
 *
 * One loop, one request at a time: `waiting` pings until the server knows the page, then polls of
 * `gettask`, once called `working` pings. No cookie or custom header, so no preflight; storage for `keep` only.
 */
(() => {
  'use strict';
  // Loaded twice (a script tag and an import): the hooks already set must stay.
  if (globalThis.Retainer) return;

  const PREVIEW = 'ASSIGNMENT_ID_NOT_AVAILABLE';
  // Counted up when the page says or understands something new; docs/api.md tells what.
  const VERSION = 3;
  const [TIMEOUT_MS, WORKING_MS, OLD_SERVER_MS, PATIENCE_MS, SLEPT_MS] = [10000, 30000, 1000, 60000, 90000];
  const MARKS_KEPT = 16;
  const OPENED_BY = ['assignmentId', 'hitId', 'workerId', 'turkSubmitTo', 'arrival'];
  /** @type {Record<RetainerMark, string>} */
  const MARKS = {
    opened: 'O', muted: 'M', hidden: 'H', visible: 'V', offline: 'F', online: 'N', woke: 'W', silent: 'B', notified: 'C',
    shown: 'T', acknowledged: 'K', submitting: 'D',
  };

  // ---- Rules: pure; what they promise stands in globals.d.ts ----------------------------------

  /** @type {RetainerRules} */
  const rules = {
    cadence(plan, poll, now, random) {
      const every = within(poll?.every ?? OLD_SERVER_MS, 200, 60000);
      let { anchor } = plan;
      const step = every * (0.75 + random() / 2);
      const changed = anchor === null || Math.abs(every - plan.every) > plan.every * 0.1;
      if (plan.drawn || anchor === null || changed) anchor = now + (plan.drawn ? step : random() * every);
      else if (anchor <= now) {
        // Not just the period: if pages kept their moments, each call would leave a hole there.
        anchor += step;
        if (anchor <= now) anchor += (Math.floor((now - anchor) / every) + 1) * every;
      }
      if (poll?.next === undefined) return { anchor, every, at: anchor };
      return { anchor, every, at: now + within(poll.next, 50, 60000), drawn: true };
    },

    backoff(failures, random, retryAfterMs = 0) {
      const wait = Math.min(15000, 500 * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2);
      return retryAfterMs ? Math.max(wait, retryAfterMs + random() * 1000) : wait;
    },

    retryAfter(header) {
      return header && /^\d{1,6}$/.test(header.trim()) ? Math.min(120, Number(header)) * 1000 : 0;
    },

    verdict(status, code) {
      if (code === 'closed' && (status === 409 || status === 410)) return 'closed';
      if (status === 409 && (code === 'released' || code === 'surplus')) return 'released';
      // The code decides too: API Gateway itself answers 403 while a deployment changes its routes.
      if ((status === 403 && code === 'not_verified') || (status === 400 && code)) return 'refused';
      return 'retry';
    },

    earned: ({ earned, rate, most, for: vouched }, age) =>
      Math.min(Number(most), Number(earned) + (Number(rate) * within(age, 0, vouched)) / 60000),

    sync(best, sent, got, server) {
      const half = (got - sent) / 2;
      const offset = server - sent - half;
      // Clocks drift, by a ten-thousandth at most; ours may stand still while a computer sleeps.
      const sure = best ? best.half + (got - best.at) / 10000 : 0;
      const agrees = best && Math.abs(offset - best.offset) <= half + sure;
      return agrees && sure <= half ? best : { offset, half, at: got };
    },

    submitTarget(submitTo, markets) {
      try {
        const { origin, pathname, protocol } = new URL(submitTo ?? '');
        const allowed = markets.some((market) => new URL(market).origin === origin);
        if (!allowed || !/^https?:$/.test(protocol)) return null;
        return `${origin}${pathname.replace(/\/+$/, '')}/mturk/externalSubmit`;
      } catch {
        return null;
      }
    },

    missing({ assignmentId, hitId, workerId }) {
      // With no id at all it is looked at, as before acceptance.
      if (assignmentId === PREVIEW || !(assignmentId || workerId)) return '';
      const names = Object.entries({ assignmentId, hitId, workerId }).filter(([, id]) => !id).map(([name]) => name);
      return names.length ? `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} missing in its address` : '';
    },

    repeated: (query) => OPENED_BY.find((name) => query.getAll(name).length > 1) ?? null,
  };

  /** @param {number} value @param {number} low @param {number} high */
  function within(value, low, high) {
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : high;
  }

  // ---- Timers ----------------------------------------------------------------------------------

  /** @type {Map<number, () => void>} */
  const timers = new Map();
  /** @type {Worker | null | undefined} */
  let ticker;
  let lastTimer = 0;

  /**
   * Browsers slow a hidden tab's timers down to one a minute, but not a worker's. Both are armed and
   * the first wins, so that a policy that forbids the worker, or its death, needs no other path.
   * @param {number} ms @param {() => void} callback
   */
  function later(ms, callback) {
    const id = ++lastTimer;
    timers.set(id, callback);
    const plain = setTimeout(fire, ms, id);
    if (ticker === undefined) ticker = startTicker();
    ticker?.postMessage([id, ms]);
    return () => void (clearTimeout(plain), timers.delete(id));
  }

  /** @param {number} id */
  function fire(id) {
    const callback = timers.get(id);
    timers.delete(id);
    callback?.();
  }

  function startTicker() {
    try {
      const source = 'onmessage = ({data: [id, ms]}) => setTimeout(() => postMessage(id), ms);';
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      worker.onmessage = (event) => fire(event.data);
      return worker;
    } catch {
      return null;
    }
  }

  // ---- One stay --------------------------------------------------------------------------------

  const now = () => performance.now();
  /** @returns {RetainerStay} */
  const fresh = () => ({
    state: 'idle', link: '', workerId: '', assignmentId: '', hitId: '', arrival: '', seat: '',
    known: false, everKnown: false, unknowns: 0, failures: 0, inFlight: null, again: false,
    startedAt: now(), heardAt: now(), askedAt: 0, answeredAt: 0, stopTimer() {},
    plan: { anchor: null, every: OLD_SERVER_MS }, task: null, ackDue: false, released: false,
    waited: 0, waitMax: null, reward: null, pay: null, behind: false, dueAt: null, checkAt: null, hereDue: false,
    clock: null, marks: [], said: [], wrong: '', byGet: false, load: Math.random().toString(36).slice(2, 10), shownAt: 0, seenAt: 0, ackAt: 0, awakeAt: Date.now(),
  });
  let stay = fresh();

  const busy = () => stay.state === 'called' || stay.state === 'working';
  const asking = () => stay.state === 'waiting' || busy();
  const base = () => (page.api || globalThis.RETAINER_CONFIG?.api || '').replace(/\/+$/, '');

  /** @param {RetainerHook} hook @param {any} [value] @param {any} [more] */
  function tell(hook, value, more) {
    const detail = hook === 'connection' ? { state: value, ...more } : value;
    document.dispatchEvent(new CustomEvent(`retainer:${hook}`, { detail }));
    try {
      /** @type {any} */ (page[hook])(value, more);
    } catch (error) {
      // A page's mistake must not end its heartbeats.
      setTimeout(() => { throw error; });
    }
  }

  /** @param {number} ms */
  function schedule(ms) {
    stay.stopTimer();
    stay.stopTimer = later(Math.max(0, ms), tick);
  }

  /** A moment by the server's clock; 0: unknown. @param {number} at */
  const served = (at) => (at && stay.clock ? Math.round(at + stay.clock.offset) : 0);

  /** Remember what is reported with the next poll or ping. @param {RetainerMark} mark */
  function note(mark) {
    if (stay.state === 'preview' || !MARKS[mark]) return;
    stay.marks.push({ letter: MARKS[mark], at: now() });
    stay.marks.splice(0, stay.marks.length - MARKS_KEPT);
  }

  /** What is to be reported. A moment once told stays that moment: said again, it is known. */
  function report() {
    if (!stay.clock) return '';
    stay.said = [...stay.marks];
    return stay.said.map((mark) => (mark.text ??= mark.letter + served(mark.at).toString(36))).join('');
  }

  /** @param {Event} event */
  function notice({ type }) {
    const isSight = type === 'visibilitychange';
    note(/** @type {RetainerMark} */ (isSight ? (document.hidden ? 'hidden' : 'visible') : type));
    if (busy() && !document.hidden) stay.seenAt ||= now();
    if (type !== 'offline' && !(isSight && document.hidden)) wake();
  }

  /** Ask out of turn: the tab is looked at again, or the network is back. */
  function wake() {
    if (!asking()) return;
    if (stay.inFlight && now() - stay.askedAt > 2000) {
      // Sent over a connection that may be gone: don't wait for its time-out.
      stay.again = true;
      stay.inFlight.abort();
    } else if (!stay.inFlight && (stay.failures || now() - stay.answeredAt > 500)) {
      tick();
    }
  }

  async function tick() {
    stay.stopTimer();
    if (!asking()) return;
    if (stay.inFlight) return void (stay.again = true);
    const mine = stay;
    const acknowledging = mine.ackDue;
    const saysHere = mine.hereDue;
    mine.again = false;
    mine.askedAt = now();
    if (Date.now() - mine.awakeAt > SLEPT_MS) note('woke');
    mine.awakeAt = Date.now();
    mine.inFlight = new AbortController();
    const settle = await send(mine.inFlight, acknowledging).then(
      (answer) => () => {
        if (saysHere) mine.hereDue = false;
        succeed(answer, acknowledging);
      }, (error) => () => fail(error));
    mine.inFlight = null;
    mine.answeredAt = now();
    // Submitted, or started anew, while the request was under way.
    if (mine !== stay || !asking()) return;
    settle();
    if (mine.again) tick();
  }

  // ---- What is sent ----------------------------------------------------------------------------

  /** @param {'waiting' | 'working'} event */
  function pingUrl(event) {
    const [w, a, h] = [stay.workerId, stay.assignmentId, stay.hitId].map(encodeURIComponent);
    return `${base()}/retainer/ping/worker/${w}/assignment/${a}/hit/${h}/event/${event}`;
  }

  /** @param {Record<string, boolean | number>} more */
  function pingBody(more) {
    const { seat, arrival, load } = stay;
    const fields = Object.entries({ v: true, page: VERSION, load, seat, arrival, acks: page.acks, did: report(), ...more });
    return new URLSearchParams(fields.filter(([, value]) => value)
      .map(([name, value]) => [name, value === true ? '1' : String(value)]));
  }

  /** @param {AbortController} controller @param {boolean} ack @returns {Promise<RetainerAnswer>} */
  async function send(controller, ack) {
    const here = stay.hereDue && !busy();
    const event = busy() ? 'working' : stay.known && !here ? null : 'waiting';
    const did = event ? '' : report();
    // In the body, since addresses are kept by logs; not in a header, which would need a preflight.
    const own = stay.seat && new URLSearchParams({ seat: stay.seat, ...(did && { did }) });
    const posts = event || (own && !stay.byGet);
    const url = event ? pingUrl(event)
      : `${base()}/retainer/gettask/assignment/${encodeURIComponent(stay.assignmentId)}${posts || !own ? '' : `?${own}`}`;
    const [shownAt, seenAt, ackAt] = busy() ? [stay.shownAt, stay.seenAt, stay.ackAt].map(served) : [];
    const stopTimer = later(TIMEOUT_MS, () => controller.abort());
    try {
      const response = await fetch(url, {
        method: posts ? 'POST' : 'GET',
        body: event ? pingBody({ ack, here, muted: busy() && page.muted, shownAt, seenAt, ackAt }) : posts ? own : undefined,
        credentials: 'omit', cache: 'no-store', signal: controller.signal,
        // `hasWork` may leave the page while its first `working` ping is under way.
        keepalive: event === 'working',
      });
      const text = await response.text();
      // An older server answers a ping with text; any other text is not our server speaking.
      const answer = event && text.trim() === 'OK' ? { known: true } : parse(text);
      if (response.ok && answer) return answer;
      const { code = '', message = '', why = '' } = answer?.error ?? {};
      // A service of an earlier release knows polls by GET only; its gateway says so, not itself.
      if (own && !event && !code && /^40[345]$/.test(String(response.status))) stay.byGet = !stay.byGet;
      const retryAfterMs = rules.retryAfter(response.headers.get('Retry-After'));
      throw Object.assign(new Error(message), { status: response.status, code, why, retryAfterMs });
    } finally {
      stopTimer();
    }
  }

  /** @param {string} text */
  function parse(text) { try { return JSON.parse(text); } catch { return null; } }

  // ---- What comes back -------------------------------------------------------------------------

  /** @param {RetainerAnswer} answer @param {boolean} acknowledging */
  function succeed(answer, acknowledging) {
    if (answer.now) stay.clock = rules.sync(stay.clock, stay.askedAt, stay.answeredAt, answer.now);
    if (answer.noted) stay.marks = stay.marks.filter((mark) => !stay.said.includes(mark));
    if (answer.busy) {
      // The service cannot look just now. All stays as it is, and nobody need be alarmed.
      const { at, ...plan } = rules.cadence(stay.plan, answer.poll, now(), Math.random);
      Object.assign(stay, { failures: 0, plan });
      return schedule(at - now());
    }
    const wasKnown = stay.known;
    const announced = stay.dueAt !== null;
    const known = answer.known !== false;
    const { seat, waitMax, reward, pay, waited } = { ...stay, waited: page.status().waited, ...answer };
    const dueAt = answer.dueIn === undefined ? null : now() + answer.dueIn;
    const everKnown = stay.everKnown || known;
    const heard = { known, everKnown, seat, waited, waitMax, reward, pay, dueAt, behind: Boolean(answer.behind), heardAt: now() };
    const check = answer.check;
    const checkAt = check ? { due: now() + check.dueIn, until: now() + check.within } : null;
    Object.assign(stay, heard, { failures: 0, checkAt });
    if (acknowledging) stay.ackDue = false;
    if (stay.link !== 'online') tell('connection', (stay.link = 'online'), {});

    if (answer.returned) return end('over', 'waitOver', { reason: 'closed' });
    if (answer.superseded) return end('superseded', 'superseded');
    if (answer.released && !stay.released) release(Boolean(answer.surplus), answer.why ?? '');
    stay.released = Boolean(answer.released);
    if (answer.start) return call(answer);
    if (busy()) return beat();
    // Still here after a while, it was not loaded: try again.
    if (answer.outdated && page.renew()) return schedule(WORKING_MS);
    const until = answer.restsUntil;
    const reason = answer.excluded ? 'excluded' : until ? 'resting' : answer.outdated ? 'outdated' : answer.behind ? 'behind' : 'waited';
    if (answer.waitOver) return end('over', 'waitOver', { reason, ...(until && { until }) });
    if (stay.dueAt !== null && !announced) tell('getReady', { dueIn: answer.dueIn });
    tell('update', page.status());

    const plan = rules.cadence(stay.plan, answer.poll, now(), Math.random);
    if (!stay.known) return schedule(rules.backoff(++stay.unknowns, Math.random));
    stay.unknowns = 0;
    // A ping answered in text says nothing about work: ask at once.
    if (!wasKnown && answer.start === undefined) return schedule(0);
    stay.plan = plan;
    schedule(plan.at - now());
  }

  /** @param {RetainerAnswer} answer */
  function call(answer) {
    const { taskID = '', payload = null, reservation = null, ackWithin = null } = answer;
    const { task: last } = stay;
    // The same call again, as the answer to a `working` ping.
    if (busy() && last?.reservation === reservation && last.taskID === taskID) {
      if (stay.state === 'called' && answer.acknowledged && page.acks) {
        // Said just before the page was loaded again, and heard only now.
        stay.state = 'working';
        tell('update', page.status());
      }
      return beat();
    }
    // Where ProtoHITs share a pool: whose work it is, and that one's page.
    const { hitType, url, taskUrl, ackLeft } = answer;
    /** @type {RetainerTask} */
    const task = { taskID, payload, reservation, ackWithin, ...(hitType && { hitType, url }), ...(taskUrl && { taskUrl }) };
    const at = now();
    // A worker who pressed the button before the page was loaded again is at work.
    const isBack = Boolean(answer.acknowledged && page.acks);
    if (ackLeft !== undefined) task.ackLeft = ackLeft;
    Object.assign(stay, { state: isBack ? 'working' : 'called', ackDue: false, task, shownAt: at, seenAt: document.hidden ? 0 : at, ackAt: 0 });
    const kept = page.kept();
    if (kept !== null) task.kept = kept;
    note('shown');
    tick();
    tell('hasWork', task);
    tell('update', page.status());
  }

  /** Schedule the next `working` ping; while unacknowledged, just after the time to do so. */
  function beat() {
    if (stay.ackDue) return schedule(0);
    const limit = stay.state === 'called' && page.acks && (stay.task?.ackLeft ?? stay.task?.ackWithin);
    schedule(limit ? within(limit, 1000, WORKING_MS) + 500 : WORKING_MS);
  }

  /** The call is over, or enough others answered: back to waiting. @param {boolean} surplus @param {string} why */
  function release(surplus, why) {
    const reservation = stay.task?.reservation ?? null;
    draft(null);
    Object.assign(stay, { state: 'waiting', task: null, ackDue: false });
    tell('tooLate', { reservation, surplus, why });
    tell('update', page.status());
  }

  /** @param {RetainerState} state @param {Parameters<typeof tell>} news */
  function end(state, ...news) {
    stay.state = state;
    tell(...news);
    tell('update', page.status());
  }

  /** @param {any} failure */
  function fail({ status = 0, code = 'network', message = '', why = '', retryAfterMs = 0 }) {
    const verdict = rules.verdict(status, code);
    if (verdict === 'released' && busy()) {
      release(code === 'surplus', why);
      stay.released = true;
      return schedule(0);
    }
    // A person at work is left in peace: submitting does not need us.
    if (verdict !== 'retry' && stay.state === 'working') return;
    if (verdict === 'closed') return end('over', 'waitOver', { reason: 'closed' });
    if (verdict === 'refused') return end('refused', 'connection', 'refused', { code, message });
    stay.failures += 1;
    const retryIn = rules.backoff(stay.failures, Math.random, retryAfterMs);
    // A HIT not recorded yet and a former holder's warm seat both pass; for long, they are news.
    const usual = (status === 404 || status === 409) && now() - stay.startedAt < PATIENCE_MS;
    stay.link = usual && !stay.everKnown ? 'connecting' : 'retrying';
    tell('connection', stay.link, { code, message, retryIn, failures: stay.failures });
    schedule(retryIn);
  }

  // ---- What somebody has typed -----------------------------------------------------------------

  /** Read, write (`value`) or drop (null) it; a browser may keep nothing for a page in a frame. @param {unknown} [value] */
  function draft(value) {
    try {
      const name = `retainer-draft-${stay.assignmentId}`;
      if (value === null) sessionStorage.removeItem(name);
      else if (value) sessionStorage.setItem(name, JSON.stringify(value));
      return parse(sessionStorage.getItem(name) ?? '');
    } catch { return null; }
  }

  // ---- What the page sees ----------------------------------------------------------------------

  /** Show what must not be swallowed. @param {string} text */
  function complain(text) {
    const note = document.createElement('p');
    Object.assign(note, { className: 'retainer-problem', textContent: text });
    note.setAttribute('role', 'alert');
    document.body.prepend(note);
    return false;
  }

  /** @type {RetainerPage} */
  const page = {
    api: '', markets: null, submitTo: null, acks: false, muted: false, rules, later,
    hasWork() {}, getReady() {}, tooLate() {}, waitOver() {},
    connection() {}, superseded() {}, update() {}, note,

    /** Start; ids left out are read from the page's URL. A preview stays silent. */
    init(workerId, assignmentId, hitId) {
      const query = new URLSearchParams(location.search);
      stay.stopTimer();
      stay.inFlight?.abort();
      stay = fresh();
      stay.workerId = workerId ?? query.get('workerId') ?? '';
      stay.assignmentId = assignmentId ?? query.get('assignmentId') ?? '';
      stay.hitId = hitId ?? query.get('hitId') ?? '';
      const twice = rules.repeated(query);
      const fault = twice ? `${twice} stands twice in its address` : rules.missing(stay);
      if (fault) {
        // One of two may be another HIT's: a worker who waited or submitted by it would do so for others.
        stay.wrong = `This page was opened wrongly: ${fault}. `
          + 'Return the HIT on the market’s page; nothing was started here.';
        end('refused', 'connection', 'refused', { code: 'opened_wrongly', message: stay.wrong });
        return stay.state;
      }
      stay.assignmentId ||= PREVIEW;
      stay.arrival = query.get('arrival') ?? '';
      page.submitTo ??= query.get('turkSubmitTo');
      stay.state = stay.assignmentId === PREVIEW ? 'preview' : 'waiting';
      tell('update', page.status());
      if (stay.state === 'preview') return stay.state;
      note('opened');
      for (const type of ['online', 'offline', 'pageshow', 'visibilitychange']) addEventListener(type, notice);
      tell('connection', (stay.link = 'connecting'), {});
      tick();
      return stay.state;
    },

    /** Load the page anew, once for each version: the service does not call older pages any more. */
    renew() {
      const url = new URL(location.href);
      if (url.searchParams.get('outdated') === String(VERSION)) return false;
      url.searchParams.set('outdated', String(VERSION));
      location.replace(url);
      return true;
    },

    /** A person has seen the call and is there. */
    acknowledge() {
      if (stay.state !== 'called') return;
      Object.assign(stay, { state: 'working', ackDue: true, ackAt: now(), seenAt: stay.seenAt || now() });
      note('acknowledged');
      tick();
      tell('update', page.status());
    },

    keep(value) {
      if (stay.task) draft([stay.task.reservation, value]);
    },

    kept() {
      const [reservation, value = null] = draft() ?? [];
      return stay.task?.reservation === reservation ? value : null;
    },

    here() {
      if (stay.state !== 'waiting' || !stay.checkAt) return;
      stay.hereDue = true;
      tick();
    },

    /** Submit the HIT with these answers; false, with a visible message, if that may not be. */
    submit(fields = {}) {
      if (stay.wrong) return complain(stay.wrong);
      if (stay.state === 'preview') return complain('This is a preview: accept the HIT first.');
      const markets = page.markets ?? globalThis.RETAINER_CONFIG?.markets ?? [];
      const action = rules.submitTarget(page.submitTo, markets);
      if (!action) return complain('Not submitted: no market that this page knows has opened it.');
      if (navigator.onLine === false) return complain('You are offline. Try again when you are back.');
      note('submitting');
      draft(null);
      // Only a hint, so that the review starts soon. Not sendBeacon: that one sends cookies.
      const [url, body] = [pingUrl(busy() ? 'working' : 'waiting'), pingBody({ submitting: true })];
      fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => {});
      stay.state = 'submitted';
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action, hidden: true });
      for (const [name, value] of Object.entries({ ...fields, assignmentId: stay.assignmentId })) {
        for (const one of [value].flat()) {
          const input = document.createElement('input');
          form.append(Object.assign(input, { type: 'hidden', name, value: String(one ?? '') }));
        }
      }
      document.body.append(form);
      tell('update', page.status());
      // A field named "submit" would hide the form's own method.
      HTMLFormElement.prototype.submit.call(form);
      return true;
    },

    /** End the wait: submit without an answer, to be paid for waiting. */
    leave: () => page.submit({ retainer: 'left' }),

    status() {
      const { checkAt } = stay;
      const check = checkAt && { dueIn: checkAt.due - now(), within: Math.max(0, checkAt.until - now()) };
      const { state, waited, waitMax, reward, pay, behind, dueAt, heardAt } = stay;
      const since = state === 'waiting' && !behind ? now() - heardAt : 0;
      const dueIn = dueAt === null ? null : Math.max(0, dueAt - now());
      return { state, waited: waited + since, waitMax, reward, dueIn, check, behind, pay, earned: pay && rules.earned(pay, since) };
    },
  };

  globalThis.Retainer = page;
})();
