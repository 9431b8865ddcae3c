// @ts-check
/*
 * The waiting room: what a worker sees from the preview to the submission.
 *
 *   import { mountWaiting } from './waiting.js';
 *   mountWaiting(document.querySelector('main'), {
 *     title: 'Quick questions',
 *     onTask: (task, box) => { …fill `box`, then `Retainer.submit({answer})`… },
 *   });
 *
 * What is not given here is as the ProtoHIT's `page` says (docs/waiting-page.md). Where ProtoHITs
 * share a pool, `task.hitType`, `task.url` and `task.taskUrl` say whose work it is.
 *
 * `root.dataset.state` tells where it stands: preview, waiting, called, working, over, refused,
 * superseded, submitted.
 */

import { clock, el, say, words } from './dom.js';
import {
  BEHIND, build, callOver, earning, ended, Leaving, MUTED, over, plainTask, preview, quickly, total, whatIsSafe,
} from './parts.js';
import './retainer.js';

export const { Retainer } = globalThis;

const FAILURES_TOLD = 3;
const NEEDED = 'You are needed now';

/**
 * @typedef {object} WaitingOptions
 * @property {string} [title]
 * @property {string | Node} [instructions] in the markup of text.js
 * @property {string} [accent] `#rrggbb`
 * @property {'none' | 'game' | 'reading' | ((box: HTMLElement) => void)} [pastime] what there is to do meanwhile
 * @property {string} [reading] in the markup of text.js
 * @property {string} [sound] `bell`, `marimba`, `knock`, or the address of a sound file
 * @property {string} [task] address of the page that opens in a frame as the task
 * @property {(task: RetainerTask, container: HTMLElement) => void} [onTask] called once the worker
 *   has said that they are there; without it and `task` the payload is shown with a field for an answer
 */

/** Put the waiting room into `root` and start. @param {Element | null} root @param {WaitingOptions} [options] */
export function mountWaiting(root, options = {}) {
  if (!(root instanceof HTMLElement)) throw new TypeError('mountWaiting needs an element');
  return new Room(root, options);
}

class Room {
  /** What calls the worker; null: still loading. @type {import('./calling.js').Caller | null} */
  #caller = null;
  /** @type {Leaving | null} */
  #leaving = null;
  #root;
  #options;
  #parts;
  /** What the server has of this HIT; null: not heard yet. @type {RetainerPageOfHit | null} */
  #page = null;
  /** @type {RetainerTask | null} */
  #task = null;
  /** @type {import('./task-frame.js').TaskFrame | null} */
  #frame = null;
  #calledAt = 0;
  /** What is wrong with the page’s address. */
  #wrong = '';
  #readied = false;
  /** @type {import('./check.js').PresenceCheck | null} */
  #presence = null;
  /** @type {{reason: RetainerOver, until?: number}} */
  #over = { reason: 'waited' };
  #stopClock = () => {};

  /** @param {HTMLElement} root @param {WaitingOptions} options */
  constructor(root, options) {
    this.#root = root;
    // Whoever sends a text wants it read.
    this.#options = { ...(options.reading && { pastime: /** @type {const} */ ('reading') }), ...options };
    addStyles();
    this.#parts = build(options.title ?? document.title);
    root.classList.add('rt');
    const { header, notice, stage, box, footer, banner, urgent } = this.#parts;
    root.replaceChildren(header, notice, stage, box, footer, banner, urgent);
    this.#listen();
    Retainer.acks = true;
    Retainer.init();
    this.#tick();
    // None of what follows is needed to wait and be called, so that it does not hold that up.
    fetchAhead('page', 'calling', 'alarm', 'sound', 'sound-panel', 'notifications', 'dressing', 'text', 'colour');
    void eventually(() => import('./calling.js')).then(({ Caller }) => this.#equip(new Caller()));
    void this.#dress(this.#options);
    void eventually(() => import('./page.js')).then(({ loadPage }) => loadPage()).then((page) => {
      this.#page = page;
      // What a page of somebody's own says itself comes first.
      void this.#dress({ ...page, ...this.#options });
      if (this.#root.dataset.state === 'preview') this.#parts.stage.replaceChildren(...this.#stageFor('preview'));
      void this.#openFrame();
      if (this.#root.dataset.state === 'working') this.#startTask();
    });
  }

  /** @param {import('./calling.js').Caller} caller */
  #equip(caller) {
    this.#caller = caller;
    this.#parts.sound.append(caller.panel.node);
    // Muted: said at once, not with the next second.
    caller.panel.node.addEventListener('click', () => this.#showTimes());
    const sound = this.#options.sound ?? this.#page?.sound;
    if (sound) caller.panel.offer(sound);
    if (Retainer.status().state === 'called') caller.alarm.start(NEEDED);
  }

  /** Texts, colour, sound, pastime. @param {WaitingOptions} page */
  async #dress(page) {
    const { heading, brief, meanwhile } = this.#parts;
    if (page.title) {
      say(heading, page.title);
      if (!document.title || this.#options.title === undefined) this.#entitle(page.title);
    }
    if (page.sound && page.sound !== this.#caller?.bell.sound) this.#caller?.panel.offer(page.sound);
    if (!page.instructions && !page.accent && !page.pastime && !page.reading) return;
    const { paint, instruct, amuse } = await eventually(() => import('./dressing.js'));
    paint(this.#root, page.accent);
    instruct(brief, page.instructions);
    await amuse(meanwhile, page);
  }

  /** @param {string} title */
  #entitle(title) {
    if (this.#caller) this.#caller.alarm.title = title;
    else document.title = title;
  }

  #listen() {
    const on = (/** @type {RetainerHook} */ hook, /** @type {(detail: any) => void} */ react) =>
      document.addEventListener(`retainer:${hook}`, (event) =>
        react(/** @type {CustomEvent} */ (event).detail));
    on('hasWork', (task) => {
      this.#task = task;
      this.#calledAt = performance.now() - (task.ackWithin ?? 0) + (task.ackLeft ?? task.ackWithin ?? 0);
      void this.#openFrame();
    });
    on('tooLate', ({ surplus, why }) => {
      this.#closeFrame();
      this.#note(callOver(surplus, why));
    });
    on('getReady', ({ dueIn }) => {
      this.#note(`Get ready: work is expected in about ${words(dueIn)}.`, 'ready');
      this.#readied = true;
      void this.#caller?.bell.chime();
    });
    on('waitOver', (detail) => {
      this.#over = detail;
      void this.#caller?.bell.chime();
    });
    on('connection', (detail) => this.#showLink(detail));
    on('update', () => this.#show());
    // A frame that was hidden when the call came could not take the focus.
    addEventListener('focus', () => {
      if (Retainer.status().state === 'called') this.#parts.here.focus();
    });
  }

  /** @param {string} text @param {'' | 'ready' | 'lost'} [kind] */
  #note(text, kind = '') {
    this.#parts.notice.dataset.kind = kind;
    say(this.#parts.notice, text);
  }

  /** @param {RetainerConnectionDetail & {state: RetainerConnection}} detail */
  #showLink({ state, message, code, retryIn = 0, failures = 0 }) {
    const { link, notice } = this.#parts;
    link.dataset.link = state;
    const reason = code === 'seat_taken' ? 'This HIT is open elsewhere.'
      : code === 'network' || !message ? 'Connection lost.' : message;
    say(link, {
      connecting: 'Connecting …',
      online: 'Connected',
      retrying: `${reason} Trying again in ${words(Math.max(1000, retryIn))}: keep this page open.`,
      refused: 'Not connected',
    }[state]);
    this.#wrong = code === 'opened_wrongly' ? message ?? '' : '';
    // What is wrong with an address fills the page; it is not said twice.
    if (state === 'refused') this.#note(this.#wrong ? '' : message || 'The pool did not let this page in.');
    // One lost answer is not worth a word to somebody who does something else.
    else if (state === 'retrying' && failures >= FAILURES_TOLD && code !== 'seat_taken') this.#note(whatIsSafe(), 'lost');
    else if (notice.dataset.kind === 'lost') this.#note('');
  }

  /** Build what the state calls for, once per change of state. */
  #show() {
    const { state, dueIn } = Retainer.status();
    if (this.#readied && dueIn === null) {
      this.#readied = false;
      if (this.#parts.notice.dataset.kind === 'ready') this.#note('');
    }
    if (this.#root.dataset.state !== state) {
      const { stage, box, footer, banner, here, urgent, notice } = this.#parts;
      this.#root.dataset.state = state;
      const called = state === 'called';
      if (state !== 'waiting' && state !== 'refused' && notice.dataset.kind !== 'lost') this.#note('');
      banner.hidden = !called;
      for (const part of [stage, box, footer]) part.inert = called;
      if (called) this.#caller?.alarm.start(NEEDED);
      else this.#caller?.alarm.stop();
      say(urgent, called ? `${NEEDED}. Press the button I’m here.` : '');
      this.#leaving?.stop();
      if (state === 'submitted') this.#tellPay();
      if (called) here.focus();
      // The stage under the banner stays as it was until somebody is there.
      else this.#setStage(state);
    }
    this.#showTimes();
  }

  /** @param {RetainerState} state */
  #setStage(state) {
    const { stage, box, footer } = this.#parts;
    const isWorking = state === 'working';
    box.hidden = !isWorking;
    stage.hidden = isWorking;
    stage.replaceChildren(...this.#stageFor(state));
    this.#leaving = state === 'waiting' || isWorking
      ? new Leaving(isWorking ? 'I cannot do this task' : 'Leave and be paid') : null;
    footer.replaceChildren(...this.#leaving?.nodes ?? []);
    if (isWorking) this.#startTask();
    else this.#closeFrame();
    if (state === 'over') stage.querySelector('button')?.focus();
  }

  /** @param {RetainerState} state @returns {Node[]} */
  #stageFor(state) {
    const { brief, wait, sound, meanwhile, pay, quick } = this.#parts;
    switch (state) {
      case 'preview': return preview(brief, this.#page);
      case 'waiting':
        quick.before(pay);
        return [el('div', {}, wait, sound), el('div', {}, brief, meanwhile)];
      case 'over': return [el('div', {}, over(this.#over, pay))];
      case 'working': return [];
      default: return [el('div', {}, ended(state, this.#wrong))];
    }
  }

  /** The page that opens in a frame as this task, if there is any. @param {RetainerTask} task */
  #address(task) {
    return this.#options.task || (task.hitType ? task.taskUrl : this.#page?.task);
  }

  /** Where the task opens in a frame, load it now, so that it is there when the worker is. */
  async #openFrame() {
    const task = this.#task;
    if (!task || this.#frame || this.#options.onTask || !/called|working/.test(Retainer.status().state)) return;
    const address = this.#address(task);
    if (!address) return;
    const { TaskFrame } = await eventually(() => import('./task-frame.js'));
    // Too late, or twice asked for.
    if (this.#task !== task || this.#frame) return;
    this.#frame = new TaskFrame(address, task);
    this.#parts.box.replaceChildren(this.#frame.node);
    if (this.#root.dataset.state === 'working') this.#startTask();
  }

  #closeFrame() {
    this.#frame?.close();
    this.#frame = null;
    this.#task = null;
    this.#parts.box.replaceChildren();
  }

  #startTask() {
    const { box } = this.#parts;
    const task = this.#task;
    if (!task) return;
    if (this.#frame) return this.#frame.start();
    box.replaceChildren();
    box.focus();
    if (this.#options.onTask) this.#options.onTask(task, box);
    else if (this.#page && !this.#address(task)) plainTask(task, box);
    else box.append(el('p', { role: 'status' }, 'Your task is loading …'));
  }

  #showTimes() {
    const { waiting, behind, muted, waited, left, due, sum, bar, pay, quick, seconds, remaining } = this.#parts;
    const status = Retainer.status();
    const said = status.state === 'waiting' && status.behind;
    say(waiting, said ? 'Your other page comes first' : 'You are waiting');
    behind.hidden = !said;
    say(behind, said ? BEHIND : '');
    muted.hidden = !Retainer.muted;
    say(muted, Retainer.muted ? MUTED : '');
    status.reward ??= this.#page?.reward ?? null;
    void this.#check(status);
    say(waited.value, clock(status.waited));
    const most = status.waitMax ?? 0;
    bar.hidden = left.box.hidden = !most;
    say(left.value, clock(most - status.waited));
    bar.value = most && Math.min(1, status.waited / most);
    due.box.hidden = status.dueIn === null;
    say(due.value, clock(status.dueIn ?? 0));
    const soFar = total(status);
    sum.box.hidden = !soFar;
    say(sum.value, soFar);
    // What stands above in large figures is not said twice.
    say(pay, status.state === 'waiting' && !status.pay && soFar ? 'You are paid in any case, called or not.' : earning(status));
    quick.hidden = !Number(status.pay?.quick);
    if (status.pay) say(quick, quickly(status.pay));
    const within = this.#task?.ackWithin ?? 0;
    const rest = this.#calledAt + within - performance.now();
    remaining.hidden = !within;
    remaining.value = within && Math.max(0, rest / within);
    say(seconds, within && rest > 0 ? `${Math.ceil(rest / 1000)} s left, then it goes to somebody else` : '');
  }

  /** The market's site may tell what is on its way; its frame knows the reward, and only this page the wait. */
  #tellPay() {
    const { pay, earned } = Retainer.status();
    if (pay && window.parent !== window) window.parent.postMessage({ type: 'retainer-pay', earned: earned ?? 0 }, '*');
  }

  /** @param {RetainerStatus} status */
  async #check(status) {
    if (!status.check && !this.#presence) return;
    if (!this.#presence) {
      const { PresenceCheck } = await eventually(() => import('./check.js'));
      if (this.#presence) return;
      this.#presence = new PresenceCheck(() => void this.#caller?.bell.chime());
      this.#parts.stage.before(...this.#presence.nodes);
    }
    this.#presence.show(status);
  }

  #tick() {
    this.#stopClock();
    this.#showTimes();
    this.#stopClock = Retainer.later(
      Math.max(250, 1000 - (Retainer.status().waited % 1000)), () => this.#tick());
  }
}

/** A page that only imports this module gets its look too. */
function addStyles() {
  const { href } = new URL('waiting.css', import.meta.url);
  const there = [...document.styleSheets].some((sheet) => sheet.href === href)
    || [...document.querySelectorAll('link')].some((link) => link.href === href);
  if (!there) document.head.append(el('link', { rel: 'stylesheet', href }));
}

/**
 * Load a module that the room can wait for, for as long as that takes: a network may come and go.
 * @template T @param {() => Promise<T>} load @returns {Promise<T>}
 */
async function eventually(load) {
  for (let failures = 1; ; failures++) {
    try {
      return await load();
    } catch (error) {
      console.warn(error);
    }
    const pause = Retainer.rules.backoff(failures, Math.random);
    await new Promise((resolve) => { Retainer.later(pause, () => resolve(null)); });
  }
}

/** Have modules fetched side by side, not each once another has named it. @param {...string} names */
function fetchAhead(...names) {
  document.head.append(...names.map((name) =>
    el('link', { rel: 'modulepreload', href: new URL(`${name}.js`, import.meta.url).href })));
}

// `index.html`, the page used as it is, asks in its markup: a module of its own would be one more to fetch.
const ready = document.querySelector('main[data-waiting-room]');
if (ready) mountWaiting(ready);
