// @ts-check
/* The waiting room's elements, made once; which of them are shown is the state's affair. */

import { el } from './dom.js';
import { Retainer } from './retainer-module.js';

/** @param {string} title */
export function build(title) {
  const heading = el('h1', {}, title);
  const link = el('p', { class: 'rt-link', role: 'status', 'data-link': '' });
  const header = el('header', { class: 'rt-header' }, heading, link);
  const notice = el('p', { class: 'rt-notice', role: 'status', 'data-kind': '' });
  const brief = el('div', { class: 'rt-card rt-brief', hidden: true });
  const meanwhile = el('div', { class: 'rt-card rt-meanwhile', hidden: true });

  const waited = figure('Waited');
  const left = figure('Left at most');
  const due = figure('Work expected in');
  const sum = figure('Pay so far');
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Part of the longest wait' });
  const quick = el('p', { class: 'rt-quick', hidden: true });
  const pay = el('p', { class: 'rt-pay' });
  const wait = el('div', { class: 'rt-card rt-wait' }, el('h2', {}, 'You are waiting'),
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
    header, heading, link, notice, brief, meanwhile, waited, left, due, sum, bar, quick, pay, wait, sound, box,
    stage, footer, here, seconds, remaining, banner, urgent,
  };
}

/** @param {string} name */
function figure(name) {
  const value = el('dd', {});
  return { value, box: el('div', {}, el('dt', {}, name), value) };
}
