// @ts-check
/* A HIT group before it is accepted: what it pays and takes, what it asks consent to, how it looks. */

import { el } from '../dom.js';
import { dollars, relative, span } from '../format.js';
import { hourly, left, usualTime } from './group-facts.js';
import { unmetBox, wayIn } from './listing.js';
import { previewed } from './question.js';
import { openReport } from './report.js';
import { serverNow } from '../server-time.js';
import { ask } from './session.js';

/**
 * @typedef {import('./site.js').Site} Site
 * @typedef {{version: number, text: string, agreedAt: number | null}} Consent
 * @typedef {import('./group-facts.js').Group & Parameters<typeof previewed>[0] & {consent: Consent | null}} Shown
 */

/** @param {Site} site @param {string} groupId */
export function showPreview({ view, accept, note, fail }, groupId) {
  let gone = false;
  view.replaceChildren(el('p', { class: 'soft' }, 'Loading …'));
  ask(`market/hits/group/${encodeURIComponent(groupId)}`).then((/** @type {Shown} */ group) => {
    if (gone) return;
    const consent = group.qualified && !group.done && !group.held ? group.consent : null;
    const agree = el('input', { type: 'checkbox', id: 'agree' });
    const needed = el('p', { class: 'bad', role: 'alert', id: 'agree-needed' });
    const go = el('button', {
      type: 'button', class: 'main',
      onclick: () => {
        if (!consent || consent.agreedAt !== null) return void accept({ groupId });
        if (agree.checked) return void accept({ groupId, consent: consent.version });
        needed.textContent = 'Please read the text and tick that you agree, or go back.';
        agree.focus();
      },
    }, 'Accept');
    agree.addEventListener('change', () => { needed.textContent = ''; });
    view.replaceChildren(el('section', { class: 'frame' },
      el('div', { class: 'card frame-bar row' },
        el('div', { class: 'grow clip' }, el('h1', { tabIndex: -1 }, group.title),
          el('p', { class: 'soft small' }, group.requester)),
        wayIn(group, go), el('a', { class: 'button', href: '#/' }, 'Back')),
      figures(group),
      group.qualified ? null : unmetBox(group),
      consent ? consentBox(group.requester, consent, agree, needed) : null,
      el('p', { class: 'soft row' }, el('span', { class: 'grow' }, 'A preview: nothing is recorded until you accept.'),
        el('button', {
          type: 'button', class: 'quiet', onclick: () => openReport(group, (text) => note(text)),
        }, 'Report this HIT')),
      previewed(group)));
  }).catch((error) => {
    if (gone) return;
    view.replaceChildren(el('h1', { tabIndex: -1 }, 'Preview'), el('p', {}, el('a', { href: '#/' }, 'Back to the list')));
    fail(error);
  });
  return () => { gone = true; };
}

/** What a worker should know first. @param {Shown} group */
function figures(group) {
  const { rate, basis, measured } = hourly(group);
  const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string[]} */ ...more) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value, ...more.filter(Boolean).map((text) => el('small', {}, text))));
  const wait = group.maxWaitS;
  return el('dl', { class: 'card figures before' },
    figure('Reward', dollars(group.reward), `${left(group)}, posted ${relative(group.newest, serverNow())}`),
    figure('Per hour', rate, basis, measured),
    Number(group.terms?.waitMost) ? figure('For waiting', `${dollars(group.terms?.waitMost)} at most`, `${dollars(group.terms?.waitPay)} a minute, beside the reward`) : null,
    Number(group.terms?.quick) ? figure('Quick answer', dollars(group.terms?.quick), `more, if you answer the call within ${group.terms?.quickWithinS} s`) : null,
    figure('Usual time', usualTime(group), group.pace ? `from accepting to submitting${wait ? ', waiting included' : ''}` : ''),
    wait ? figure('Longest wait', span(wait * 1000), 'as the requester says') : null,
    figure('Longest time', span(group.durationS * 1000), 'from accepting to submitting'));
}

/** @param {string} requester @param {Consent} consent @param {HTMLInputElement} agree @param {HTMLElement} needed */
function consentBox(requester, { text, agreedAt }, agree, needed) {
  const body = el('div', {
    class: 'consent-text', tabIndex: 0, role: 'region', 'aria-label': 'Consent text',
  }, text);
  if (agreedAt !== null) {
    return el('details', { class: 'card' },
      el('summary', {}, `You agreed to ${requester}’s consent text on ${new Date(agreedAt).toLocaleDateString()}.`), body);
  }
  return el('section', { class: 'card stack consent' },
    el('h2', {}, `${requester} asks for your consent`), body,
    el('label', { class: 'tick' }, agree, 'I have read this and agree to it'), needed);
}
