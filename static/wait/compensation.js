// @ts-check
/* The page of a HIT that pays one worker for a wait that they could not hand in: one click. */

import { dollars, el } from './dom.js';
import './retainer.js';

const query = new URLSearchParams(location.search);
const wrong = Retainer.rules.repeated(query);
const assignmentId = query.get('assignmentId');
const isPreview = !assignmentId || assignmentId === 'ASSIGNMENT_ID_NOT_AVAILABLE';
const action = wrong ? null : Retainer.rules.submitTarget(
  query.get('turkSubmitTo'), globalThis.RETAINER_CONFIG?.markets ?? []);

const amount = dollars(query.get('amount') ?? '');
const button = el('button', { type: 'submit', class: 'rt-main', disabled: isPreview || !action },
  `Take ${amount}`);
const form = el('form', { method: 'post', action: action ?? '' },
  el('input', { type: 'hidden', name: 'assignmentId', value: assignmentId ?? '' }),
  el('input', { type: 'hidden', name: 'retainer', value: 'compensation' }), button);
const note = wrong ? `This page was opened wrongly: ${wrong} stands twice in its address. Return the HIT on the market’s page.`
  : isPreview ? 'Accept the HIT first; then one click hands it in.'
  : action ? 'One click hands it in, and it is approved at once.'
    : 'It cannot be handed in here: no market that this page knows has opened it.';

document.querySelector('main')?.replaceChildren(
  el('header', { class: 'rt-header' }, el('h1', {}, 'Payment for your wait')),
  el('section', { class: 'rt-card' },
    el('p', {}, `You waited ${query.get('waited') || 'for us'} for “${query.get('for') || 'a HIT'}”, and `
      + 'could not hand that HIT in. It was promised that waiting is paid, so here it is.'),
    el('p', { class: 'rt-pay' }, `You get ${amount}. There is nothing else to do.`),
    form, el('p', { class: 'rt-hint', role: 'status' }, note)));
if (!button.disabled) button.focus();
