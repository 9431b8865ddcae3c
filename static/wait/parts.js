// @ts-check
/*
 * The waiting room's elements: what is made once, what stands there in each state, and the way out.
 * One file, since a first visit fetches six at a time (docs/performance.md).
 */

import { dollars, el, mills, say, short, words } from './dom.js';
import './retainer.js';

const UNDO_S = 5;

/** @param {string} title */
export function build(title) {
  const heading = el('h1', {}, title);
  const link = el('p', { class: 'rt-link', role: 'status', 'data-link': '' });
  const header = el('header', { class: 'rt-header' }, heading, link);
  const notice = el('p', { class: 'rt-notice', role: 'status', 'data-kind': '' });
  const brief = el('div', { class: 'rt-card rt-brief', hidden: true });
  const meanwhile = el('div', { class: 'rt-card rt-meanwhile', hidden: true });

  const waited = figure('Waited');
  const left = figure('Wait ends in');
  const due = figure('Work expected in');
  const sum = figure('Pay so far');
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Part of the longest wait' });
  const quick = el('p', { class: 'rt-quick', hidden: true });
  const pay = el('p', { class: 'rt-pay' });
  const waiting = el('h2', {}, 'You are waiting');
  const behind = el('p', { class: 'rt-behind', role: 'status', hidden: true });
  const muted = el('p', { class: 'rt-muted', role: 'status', hidden: true });
  const wait = el('div', { class: 'rt-card rt-wait' }, waiting, behind, muted,
    el('dl', { class: 'rt-figures' }, ...[waited, left, due, sum].map(({ box }) => box)), bar, pay, quick);
  const sound = el('div', { class: 'rt-card rt-calling' }, el('h2', {}, 'We call you by sound'));

  const box = el('div', { class: 'rt-task', tabIndex: -1, hidden: true });
  const stage = el('section', { class: 'rt-stage' });
  const footer = el('footer', { class: 'rt-footer' });

  const seconds = el('p', { class: 'rt-seconds', 'aria-hidden': 'true' });
  const remaining = el('progress', { max: 1, value: 1, 'aria-hidden': 'true' });
  const here = el('button', { type: 'button', class: 'rt-here', onclick: () => Retainer.acknowledge() }, 'I’m here');
  const go = el('button', { type: 'button', class: 'rt-quit', onclick: () => Retainer.leave() }, 'Leave and be paid');
  const call = el('div', {
    class: 'rt-call', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'rt-call-title',
  }, el('h2', { id: 'rt-call-title' }, 'You are needed now'), here, remaining, seconds, go);
  const banner = el('div', { class: 'rt-banner', hidden: true }, call);
  const urgent = el('p', { class: 'rt-unseen', 'aria-live': 'assertive' });
  return {
    header, heading, link, notice, brief, meanwhile, waiting, behind, muted, waited, left, due, sum, bar, quick, pay, wait, sound, box,
    stage, footer, here, seconds, remaining, banner, urgent,
  };
}

/** @param {string} name */
function figure(name) {
  const value = el('dd', {});
  return { value, box: el('div', {}, el('dt', {}, name), value) };
}

// ---- What each state shows -------------------------------------------------------------------

/**
 * A preview: what the HIT is, what it pays, how long it takes, what happens.
 * @param {HTMLElement} brief @param {RetainerPageOfHit | null} page null: not heard yet
 * @returns {Node[]}
 */
export function preview(brief, page) {
  const within = page?.ackWithin ? words(page.ackWithin) : 'a few seconds';
  const steps = [
    'Accept the HIT. You then wait here, in this page, with the sound on.',
    'Do something else meanwhile, but keep the tab open. A sound calls you when you are needed.',
    `Press the button within ${within}, do the short task, submit.`,
    'If nobody needs you in time, you submit and are paid all the same.',
  ];
  if (page?.checkEvery) steps.push(`Every ${words(page.checkEvery)} you press a button to say that you are still there; what you wait without it is not paid.`);
  const most = page?.maxUnanswered ?? 0;
  if (most) steps.push(`${most === 1 ? 'A call' : `${most} calls in a row`} left unanswered: you are not called for an hour, and a person looks at that HIT before it is approved.`);
  return [
    el('div', {}, brief, el('div', { class: 'rt-card' }, el('h2', {}, 'What you get'), page ? promise(page) : '…')),
    el('div', {}, el('div', { class: 'rt-card' }, el('h2', {}, 'How it works'),
      el('ol', {}, ...steps.map((step) => el('li', {}, step)))),
    el('p', { class: 'rt-hint' }, 'This is a preview. Nothing has started yet.')),
  ];
}

/** @param {RetainerPageOfHit} page */
function promise({ reward, pay, waitMax }) {
  /** @type {[string, string][]} */
  const rows = [['For the HIT', reward === null ? 'Its reward, called or not' : `${dollars(reward)}, called or not`]];
  if (pay && Number(pay.rate)) rows.push(['For waiting', `${short(pay.rate)} a minute, ${short(pay.most)} at most`]);
  if (pay && Number(pay.quick)) rows.push(['For a quick answer', `${dollars(pay.quick)} more, within ${words(pay.quickWithin)} of the call`]);
  const hour = hourly(Number(reward ?? 0) + Number(pay?.most ?? 0), waitMax ?? 0);
  if (reward !== null && hour) rows.push(['By the hour', `${hour} if you wait the longest, ${Number(pay?.most) ? 'reward and waiting' : 'the reward'} over ${words(waitMax ?? 0)}; more if you are called sooner`]);
  if (waitMax) rows.push(['How long', `You wait ${words(waitMax)} at most, and may leave and be paid at any time`]);
  return el('dl', { class: 'rt-facts' }, ...rows.map(([term, fact]) => el('div', {}, el('dt', {}, term), el('dd', {}, fact))));
}

/** What became of a call that is over. @param {boolean} surplus @param {string} why */
export function callOver(surplus, why) {
  const what = surplus ? 'Enough others were quicker this time' : why === 'ended' ? 'This task is not needed any more'
    : why === 'late' ? 'The time to answer was over, so the task goes to somebody else' : 'That call is over';
  return `${what}; nothing is lost. You are back in the pool`
    + `${Retainer.status().pay ? ' and go on earning.' : ', and you are paid in any case.'}`;
}

/** Dollars over a time, by the hour, rounded down as the market's listing does. @param {number} amount @param {number} ms */
function hourly(amount, ms) {
  return ms ? `$${(Math.floor(amount * 3600000 / ms * 100 + 1e-6) / 100).toFixed(2)}` : '';
}

/** Why a page is not called yet whose worker waits in another one. */
export const BEHIND = 'You have another HIT of ours open, and you can be called for one at a time. This one begins its wait, '
  + 'with its own pay, when that one is over. Keep both pages open; you lose nothing.';

/** What a muted page says, all the while. */
export const MUTED = 'You have turned the sound off, so nothing rings when you are needed, and the requester is told so. '
  + 'Keep this page in view, or turn the sound on.';

/** Rounded down, and never ahead of what will be paid. @param {RetainerStatus} status */
export function earning({ state, pay, earned, reward }) {
  if (!pay) {
    return reward === null ? 'You are paid in any case, called or not.'
      : `Your pay so far: ${dollars(reward)}. You get it in any case, called or not.`;
  }
  const most = state === 'over' ? '' : `; at most ${short(pay.most)}`;
  const soFar = `You have earned ${mills(earned ?? 0)} for waiting${most}.${pay.perHour ? ` ${shared(pay)}` : ''}`;
  return reward === null ? soFar : `${soFar} The reward of ${dollars(reward)} comes on top.`;
}

/** @param {RetainerPay} pay */
const shared = ({ perHour, rate }) => `You wait on other pages too, and all of them together pay ${dollars(perHour ?? '')} an hour for waiting at most: `
  + `this one pays ${Number(rate) ? `${short(rate)} a minute` : 'its reward, and nothing for the wait'}.`;

/** Reward and wait together. @param {RetainerStatus} status */
export function total({ pay, earned, reward }) {
  return pay && reward !== null ? mills(Number(reward) + (earned ?? 0)) : dollars(reward);
}

/** @param {RetainerPay} pay */
export function quickly({ quick, quickWithin }) {
  return `Say that you are here within ${words(quickWithin)} of the call, and you get ${dollars(quick)} more.`;
}

/** What somebody without a connection should know. */
export function whatIsSafe() {
  const { state, pay } = Retainer.status();
  if (state === 'working') return 'The connection is lost. Go on with the task: what you have entered stays on this page.';
  return 'The connection is lost; this page tries again by itself. You keep the HIT and what you have earned'
    + `${pay ? ', and up to 45 seconds without a connection are paid' : ''}. Until it is back you cannot be called.`;
}

/** @param {{reason: RetainerOver, until?: number}} detail @param {Node} pay */
export function over({ reason, until = 0 }, pay) {
  if (reason === 'resting') {
    const end = new Date(until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    return el('div', { class: 'rt-card' }, el('h2', {}, `You are not called until ${end}`),
      el('p', {}, 'Your last calls went unanswered, so this wait is over. From then on you are called as before, and one call that you answer makes up for all.'),
      el('p', {}, 'Submit now: a person looks at this HIT before its reward is approved. What you have waited is paid, whatever they decide. If nobody decides, the market approves the HIT by itself. Or return it on the market’s page.'),
      pay, submit('waited', 'Submit'));
  }
  if (reason === 'behind') {
    return el('div', { class: 'rt-card' }, el('h2', {}, 'The time of this HIT is over'),
      el('p', {}, 'Your other HIT of ours took it: you can be called for one at a time. You lose nothing there.'),
      el('p', {}, 'Submit this one now and be paid its reward, or return it on the market’s page.'), pay, submit('waited', 'Submit and be paid'));
  }
  if (reason === 'excluded') {
    return el('div', { class: 'rt-card' }, el('h2', {}, 'You have taken part before'),
      el('p', {}, 'This HIT is for people who have not taken part in an earlier one of ours, and you have. Thank you for that! You are not needed here, and need not wait.'),
      el('p', {}, 'Submit now and be paid the reward, or return the HIT on the market’s page.'), pay, submit('waited', 'Submit and be paid'));
  }
  if (reason === 'outdated') {
    const anew = el('button', { type: 'button', class: 'rt-plain', onclick: () => location.reload() }, 'Reload and wait on');
    return el('div', { class: 'rt-card' }, el('h2', {}, 'This page is out of date'),
      el('p', {}, 'There is a newer one, and only that is called. You lose nothing: reload it and your wait goes on, or submit now and be paid for it.'),
      pay, el('div', { class: 'rt-row' }, submit('waited', 'Submit and be paid'), anew));
  }
  if (reason === 'closed') {
    return el('div', { class: 'rt-card' }, el('h2', {}, 'This HIT is over'),
      el('p', {}, 'It was handed in, was returned or has ended. If you still hold it, submit it and be paid.'), submit('waited', 'Submit'));
  }
  return el('div', { class: 'rt-card' }, el('h2', {}, 'Your wait is over'),
    el('p', {}, 'Thank you for having been there: submit now and be paid.'), pay, submit('waited', 'Submit and be paid'));
}

/** @param {RetainerState} state @param {string} wrong what is wrong with the page's address, if that is why */
export function ended(state, wrong) {
  if (state === 'refused' && wrong) {
    const [heading, ...rest] = wrong.split(': ');
    return el('div', { class: 'rt-card' }, el('h2', {}, heading ?? ''), el('p', {}, rest.join(': ')));
  }
  if (state === 'refused') {
    return el('div', { class: 'rt-card' }, el('h2', {}, 'You cannot wait here'),
      el('p', {}, 'Submit the HIT to end it, or return it on the market’s page.'), submit('refused', 'Submit'));
  }
  if (state === 'superseded') {
    const again = el('button', { type: 'button', class: 'rt-plain', onclick: () => location.reload() }, 'Use this page instead');
    return el('div', { class: 'rt-card' }, el('h2', {}, 'Open in another window'),
      el('p', {}, 'This HIT was opened again elsewhere. Go on there, or here:'), again);
  }
  return el('div', { class: 'rt-card' }, el('h2', {}, 'Submitting …'));
}

/** @param {'waited' | 'left' | 'refused'} why @param {string} label */
export function submit(why, label) {
  return el('button', {
    type: 'button', class: 'rt-main', 'data-submit': why, onclick: () => Retainer.submit({ retainer: why }),
  }, label);
}

/** The task of a page without one: the payload, and a field. @param {RetainerTask} task @param {HTMLElement} box */
export function plainTask(task, box) {
  const oninput = () => Retainer.keep({ answer: field.value });
  const field = el('textarea', { id: 'rt-answer', rows: 5, required: true, value: String(task.kept?.answer ?? ''), oninput });
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

// ---- The way out ------------------------------------------------------------------------------

/** Leaving is one click, and a few seconds to think better of it. */
export class Leaving {
  #stopTimer = () => {};
  #left = 0;
  #ask;
  #told = el('p', { role: 'status' });
  #count = el('p', { class: 'rt-hint', 'aria-hidden': 'true' });
  #sure;

  /** @param {string} label what the button says */
  constructor(label) {
    const stay = el('button', { type: 'button', class: 'rt-plain', onclick: () => this.stop(true) }, 'Stay');
    this.#ask = el('button', { type: 'button', class: 'rt-leave', onclick: () => this.#begin(stay) }, label);
    this.#sure = el('div', { class: 'rt-sure', hidden: true }, this.#told,
      el('div', { class: 'rt-row' }, stay, submit('left', 'Leave now'), this.#count));
    this.nodes = [this.#ask, this.#sure];
  }

  /** @param {HTMLElement} stay */
  #begin(stay) {
    const { pay, reward } = Retainer.status();
    const gets = pay && reward !== null ? 'its reward and the time that you have waited' : 'its reward';
    this.#show(true);
    say(this.#told, `In ${UNDO_S} seconds the HIT is submitted as it is, and you are paid ${gets}.`);
    stay.focus();
    this.#left = UNDO_S;
    this.#tick();
  }

  #tick() {
    say(this.#count, `${this.#left} s`);
    this.#stopTimer = Retainer.later(1000, () => {
      this.#left -= 1;
      if (this.#left > 0) return this.#tick();
      // Not to be submitted just now: the page says so, and the button is there again.
      if (!Retainer.leave()) this.stop(true);
    });
  }

  /** Nobody leaves after all. @param {boolean} [byHand] */
  stop(byHand = false) {
    this.#stopTimer();
    if (this.#sure.hidden) return;
    this.#show(false);
    if (byHand) this.#ask.focus();
  }

  /** @param {boolean} isLeaving */
  #show(isLeaving) {
    this.#sure.hidden = !isLeaving;
    this.#ask.hidden = isLeaving;
  }
}
