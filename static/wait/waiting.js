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
 * Where ProtoHITs share a pool, `task.hitType` and `task.url` say whose work it is: `onTask` may show
 * that page in a frame of its own, or decide by itself.
 *
 * `root.dataset.state` tells where it stands: preview, waiting, called, working, over, refused,
 * superseded, submitted.
 */

import { Alarm } from './alarm.js';
import { clock, dollars, el, mills, say, words } from './dom.js';
import { Retainer } from './retainer-module.js';
import { Bell } from './sound.js';

export { Retainer };

/**
 * @typedef {object} WaitingOptions
 * @property {string} [title]
 * @property {string | Node} [instructions]
 * @property {(task: RetainerTask, container: HTMLElement) => void} [onTask] called once the worker
 *   has said that they are there; without it the payload is shown with a field for an answer
 */

/** Put the waiting room into `root` and start. @param {Element | null} root @param {WaitingOptions} [options] */
export function mountWaiting(root, options = {}) {
  if (!(root instanceof HTMLElement)) throw new TypeError('mountWaiting needs an element');
  return new Room(root, options);
}

class Room {
  #bell = new Bell();
  #alarm = new Alarm(this.#bell);
  #root;
  #options;
  #parts;
  /** @type {RetainerTask | null} */
  #task = null;
  #acknowledgeBy = 0;
  #readied = false;
  #closed = false;
  #stopClock = () => {};

  /** @param {HTMLElement} root @param {WaitingOptions} options */
  constructor(root, options) {
    this.#root = root;
    this.#options = { title: 'Waiting for work', ...options };
    addStyles();
    if (!document.title) document.title = this.#options.title ?? '';
    this.#parts = this.#build();
    root.classList.add('rt');
    const { header, notice, stage, footer, banner, urgent } = this.#parts;
    root.replaceChildren(header, notice, stage, footer, banner, urgent);
    this.#listen();
    Retainer.acks = true;
    Retainer.init();
    this.#tick();
  }

  #build() {
    const { title = '', instructions = '' } = this.#options;
    const heading = el('h1', {}, title);
    const link = el('p', { class: 'rt-link', role: 'status', 'data-link': '' });
    const header = el('header', { class: 'rt-header' }, heading, link);
    const brief = el('div', { class: 'rt-brief' }, instructions);
    const notice = el('p', { class: 'rt-notice', role: 'status' });
    const waited = el('p', { class: 'rt-clock', 'aria-label': 'Wait so far' }, '0:00');
    const limit = el('p', { class: 'rt-limit' });
    const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Part of the longest wait' });
    const pay = el('p', { class: 'rt-pay' });
    const quick = el('p', { class: 'rt-quick', hidden: true });
    const box = el('div', { class: 'rt-task', tabIndex: -1 });
    const stage = el('section', { class: 'rt-stage' });
    const footer = el('footer', { class: 'rt-footer' });
    const seconds = el('p', { class: 'rt-seconds', 'aria-hidden': 'true' });
    const here = el('button', {
      type: 'button', class: 'rt-here', onclick: () => Retainer.acknowledge(),
    }, 'I’m here');
    const call = el('div', {
      class: 'rt-call', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'rt-call-title',
    }, el('h2', { id: 'rt-call-title' }, 'You are needed now'), here, seconds);
    const banner = el('div', { class: 'rt-banner', hidden: true }, call);
    const urgent = el('p', { class: 'rt-unseen', 'aria-live': 'assertive' });
    const sound = this.#soundTest();
    return {
      header, heading, link, brief, notice, waited, limit, bar, pay, quick, box, stage, footer, here,
      seconds, banner, urgent, sound,
    };
  }

  #soundTest() {
    const slider = el('input', {
      type: 'range', min: '0', max: '100', value: String(this.#bell.volume * 100), id: 'rt-volume',
      oninput: () => { this.#bell.volume = Number(slider.value) / 100; },
      onchange: () => void this.#bell.ring(),
    });
    const heard = el('p', { class: 'rt-hint', role: 'status' },
      'Test it once: browsers allow sound only after you have clicked on the page.');
    const test = el('button', {
      type: 'button', class: 'rt-plain', onclick: async () => {
        await this.#bell.ring();
        say(heard, this.#bell.ready ? 'This is how we call you. Nothing heard? Turn up the volume.'
          : 'Your browser makes no sound here. Keep this page in view.');
      },
    }, 'Test the sound');
    return el('div', { class: 'rt-sound' }, test,
      el('label', { for: 'rt-volume' }, 'Volume', slider), heard);
  }

  #listen() {
    const on = (/** @type {RetainerHook} */ hook, /** @type {(detail: any) => void} */ react) =>
      document.addEventListener(`retainer:${hook}`, (event) =>
        react(/** @type {CustomEvent} */ (event).detail));
    on('hasWork', (task) => {
      this.#task = task;
      this.#acknowledgeBy = task.ackWithin ? performance.now() + task.ackWithin : 0;
    });
    on('tooLate', ({ surplus }) => this.#note(`${surplus ? 'Enough others were' : 'Somebody else was'} quicker this `
      + `time. You are back in the pool${Retainer.status().pay ? ' and go on earning.' : ', and you are paid in any case.'}`));
    on('getReady', ({ dueIn }) => {
      this.#note(`Get ready: work is expected in about ${words(dueIn)}.`);
      this.#readied = true;
      void this.#bell.chime();
    });
    on('waitOver', ({ reason }) => {
      this.#closed = reason === 'closed';
      void this.#bell.chime();
    });
    on('connection', (detail) => this.#showLink(detail));
    on('update', () => this.#show());
    // A frame that was hidden when the call came could not take the focus.
    addEventListener('focus', () => {
      if (Retainer.status().state === 'called') this.#parts.here.focus();
    });
  }

  /** @param {string} text */
  #note(text) {
    say(this.#parts.notice, text);
  }

  /** @param {{state: RetainerConnection, message?: string, code?: string, retryIn?: number}} detail */
  #showLink({ state, message, code, retryIn = 0 }) {
    const { link } = this.#parts;
    link.dataset.link = state;
    const reason = code === 'seat_taken' ? 'This HIT is open elsewhere.'
      : code === 'network' || !message ? 'Connection lost.' : message;
    say(link, {
      connecting: 'Connecting …',
      online: 'Connected',
      retrying: `${reason} Trying again in ${words(Math.max(1000, retryIn))}: keep this page open.`,
      refused: 'Not connected',
    }[state]);
    if (state === 'refused') this.#note(message || 'The pool did not let this page in.');
  }

  /** Build what the state calls for, once per change of state. */
  #show() {
    const { state, dueIn } = Retainer.status();
    if (this.#readied && dueIn === null) {
      this.#readied = false;
      this.#note('');
    }
    if (this.#root.dataset.state !== state) {
      const { stage, footer, banner, box, here, urgent } = this.#parts;
      this.#root.dataset.state = state;
      const called = state === 'called';
      if (state !== 'waiting' && state !== 'refused') this.#note('');
      banner.hidden = !called;
      for (const part of [stage, footer]) part.inert = called;
      if (called) this.#alarm.start('You are needed now');
      else this.#alarm.stop();
      say(urgent, called ? 'You are needed now. Press the button I’m here.' : '');
      // The stage under the banner stays as it was until somebody is there.
      if (!called) stage.replaceChildren(...this.#stageFor(state));
      if (!called) footer.replaceChildren(...this.#footerFor(state));
      if (called) here.focus();
      if (state === 'working') this.#startTask(box);
      if (state === 'over') stage.querySelector('button')?.focus();
    }
    this.#showTimes();
  }

  /** @param {RetainerState} state @returns {Node[]} */
  #stageFor(state) {
    const { brief, waited, limit, bar, pay, quick, box, sound } = this.#parts;
    const line = (/** @type {string} */ text) => el('p', {}, text);
    const again = el('button', {
      type: 'button', class: 'rt-plain', onclick: () => location.reload(),
    }, 'Use this page instead');
    switch (state) {
      case 'preview': return [brief, ...preview()];
      case 'waiting': return [
        el('div', { class: 'rt-card rt-wait' }, el('h2', {}, 'You are waiting'), waited, bar, limit, pay, quick),
        el('div', { class: 'rt-card' }, el('h2', {}, 'We call you by sound'), sound), brief];
      case 'working': return [box];
      case 'over': return [el('div', { class: 'rt-card' }, el('h2', {}, 'Your wait is over'),
        line(this.#closed ? 'This HIT was handed in or has ended. If you still hold it, submit it and be paid.'
          : 'Nobody needed you this time. Submit now and be paid.'), pay, submit('waited', 'Submit'))];
      case 'refused': return [el('div', { class: 'rt-card' }, el('h2', {}, 'You cannot wait here'),
        line('Submit the HIT to end it, or return it on the market’s page.'), submit('refused', 'Submit'))];
      case 'superseded': return [el('div', { class: 'rt-card' }, el('h2', {}, 'Open in another window'),
        line('This HIT was opened again elsewhere. Go on there, or here:'), again)];
      default: return [el('div', { class: 'rt-card' }, el('h2', {}, 'Submitting …'))];
    }
  }

  /** @param {RetainerState} state @returns {Node[]} */
  #footerFor(state) {
    if (state !== 'waiting' && state !== 'working') return [];
    const ask = el('button', { type: 'button', class: 'rt-plain rt-leave' },
      state === 'working' ? 'I cannot do this task' : 'Leave and be paid');
    const stay = el('button', { type: 'button', class: 'rt-plain' }, 'Stay');
    const sure = el('div', { class: 'rt-sure', hidden: true },
      el('p', {}, `This submits the HIT as it is. You are paid its reward${
        Retainer.status().pay ? ' and the time that you have waited' : ''}.`),
      submit('left', 'Submit and leave'), stay);
    const turn = (/** @type {boolean} */ open) => {
      sure.hidden = !open;
      ask.hidden = open;
      (open ? sure.querySelector('button') : ask)?.focus();
    };
    ask.addEventListener('click', () => turn(true));
    stay.addEventListener('click', () => turn(false));
    return [ask, sure];
  }

  /** @param {HTMLElement} box */
  #startTask(box) {
    const task = this.#task;
    if (!task) return;
    box.replaceChildren();
    box.focus();
    (this.#options.onTask ?? plainTask)(task, box);
  }

  #showTimes() {
    const { waited, limit, bar, pay, quick, seconds } = this.#parts;
    const status = Retainer.status();
    say(waited, clock(status.waited));
    bar.hidden = !status.waitMax;
    if (status.waitMax) {
      bar.value = Math.min(1, status.waited / status.waitMax);
      say(limit, `of ${words(status.waitMax)} at most`);
    }
    say(pay, status.pay ? earning(status) : status.reward === null ? 'You are paid in any case, called or not.'
      : `Your pay so far: ${dollars(status.reward)}. You get it in any case, called or not.`);
    quick.hidden = !Number(status.pay?.quick);
    if (status.pay) say(quick, `Say that you are here within ${words(status.pay.quickWithin)} of the `
      + `call, and you get ${dollars(status.pay.quick)} more.`);
    const left = Math.ceil((this.#acknowledgeBy - performance.now()) / 1000);
    say(seconds, this.#acknowledgeBy && left > 0 ? `Then the task goes to somebody else: ${left} s` : '');
  }

  #tick() {
    this.#stopClock();
    this.#showTimes();
    this.#stopClock = Retainer.later(
      Math.max(250, 1000 - (Retainer.status().waited % 1000)), () => this.#tick());
  }
}

/** Rounded down, and never ahead of what will be paid. @param {RetainerStatus} status */
function earning({ pay, earned, reward }) {
  const soFar = `You have earned ${mills(earned ?? 0)} for waiting; at most ${dollars(pay?.most ?? '0')}.`;
  return reward === null ? soFar : `${soFar} The reward of ${dollars(reward)} comes on top.`;
}

function preview() {
  const steps = [
    'Accept the HIT. You then wait here, in this page, with the sound on.',
    'Do something else meanwhile, but keep the tab open. A sound calls you when you are needed.',
    'Press the button within a few seconds, do the short task, submit.',
    'If nobody needs you in time, you submit and are paid all the same.',
  ];
  return [
    el('div', { class: 'rt-card' }, el('h2', {}, 'How it works'),
      el('ol', {}, ...steps.map((step) => el('li', {}, step)))),
    el('p', { class: 'rt-hint' }, 'This is a preview. Nothing has started yet.'),
  ];
}

/** @param {'waited' | 'left' | 'refused'} why @param {string} label */
function submit(why, label) {
  return el('button', {
    type: 'button', class: 'rt-main', 'data-submit': why, onclick: () => Retainer.submit({ retainer: why }),
  }, label);
}

/** The task of a page without one: the payload, and a field. @param {RetainerTask} task @param {HTMLElement} box */
function plainTask(task, box) {
  const field = el('textarea', { id: 'rt-answer', rows: 5, required: true });
  box.append(
    el('h2', {}, 'Your task'),
    el('p', { class: 'rt-payload' }, task.payload ?? `Task ${task.taskID}`),
    el('form', {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        Retainer.submit({ answer: field.value });
      },
    }, el('label', { for: 'rt-answer' }, 'Your answer'), field,
    el('button', { type: 'submit', class: 'rt-main' }, 'Submit')));
  field.focus();
}

/** A page that only imports this module gets its look too. */
function addStyles() {
  const { href } = new URL('waiting.css', import.meta.url);
  const there = [...document.styleSheets].some((sheet) => sheet.href === href)
    || [...document.querySelectorAll('link')].some((link) => link.href === href);
  if (!there) document.head.append(el('link', { rel: 'stylesheet', href }));
}
