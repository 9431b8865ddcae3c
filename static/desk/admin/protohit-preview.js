// @ts-check
/* What a worker sees of a ProtoHIT: its line in the listing, and the page where they wait. */

import { el } from '../dom.js';
import { dollars } from '../format.js';
import { duration } from '../words.js';

const NOT_YET = 'ASSIGNMENT_ID_NOT_AVAILABLE';

/** Amounts as they were typed, with the cents that a market shows. @param {unknown} amount */
function money(amount) {
  const text = String(amount ?? '').trim();
  const number = Number(text);
  if (!text || !Number.isFinite(number)) return dollars(null);
  return dollars(/\.\d{3,}/.test(text) ? text : number.toFixed(2));
}

/**
 * @param {Record<string, any>} spec as `puttask` takes it, saved or not
 * @param {import('./protohit-cost.js').Cost | null} cost
 * @param {string | null} [hit] one that is out, by which the page knows what it is for
 */
export function previewOf(spec, cost, hit = null) {
  const { title = '', description = '', reward, url = '', page = {} } = spec;
  const wait = Number(spec.max_wait ?? 300);
  const paid = Number(spec.wait_pay ?? 0) > 0;
  const quick = Number(spec.quick_bonus ?? 0) > 0;
  return [
    el('h3', {}, 'In the listing'),
    el('div', { class: 'seen' },
      el('div', { class: 'row' }, el('strong', { class: 'grow clip' }, title || 'No title yet'),
        el('span', { class: 'num' }, money(reward))),
      el('p', { class: 'clip small' }, description || 'No description yet'),
      el('p', { class: 'soft small' }, `${duration(Number(spec.assignment_duration ?? 900))} to finish`,
        cost ? `, ${dollars(cost.workerHour)} an hour, waiting included` : '')),
    el('h3', {}, 'While waiting'),
    el('div', { class: 'seen waiting-page' },
      el('strong', { class: 'clip' }, page.title || title || 'No title yet'),
      el('p', { class: 'clip small pre-line' }, page.instructions || description),
      el('ul', { class: 'small' },
        el('li', {}, `${money(reward)} for handing in, called or not`),
        paid ? el('li', {}, `${money(spec.wait_pay)} for each minute of waiting`) : null,
        quick ? el('li', {}, `${money(spec.quick_bonus)} for saying “I’m here” within ${duration(Number(spec.quick_within ?? 2))}`) : null,
        el('li', {}, `At most ${duration(wait)} of waiting; a call is to be answered within ${duration(Number(spec.ack_within ?? 15))}`),
        page.pastime === 'game' ? el('li', {}, 'A game meanwhile') : null,
        page.pastime === 'reading' ? el('li', {}, 'Something to read meanwhile') : null)),
    framed(String(url), Number(spec.frame_height ?? 800), hit)];
}

/**
 * The page itself, as the market shows it in a preview; on demand only, since typing an address must
 * not call it. It keeps its own origin, without which its modules would not load, so it must be another
 * one than this: the key lies here.
 * @param {string} url @param {number} height @param {string | null} hit
 */
function framed(url, height, hit) {
  const origin = originOf(url);
  if (!origin) return el('p', { class: 'soft small' }, 'The page can be shown once it has an address.');
  if (origin === location.origin) return el('p', { class: 'soft small' }, 'A page of this console’s own origin is not shown in it.');
  const box = el('div', { class: 'stack' });
  const show = el('button', {
    type: 'button', 'data-key': 'show-page',
    onclick: () => {
      const address = new URL(url);
      address.searchParams.set('assignmentId', NOT_YET);
      if (hit) address.searchParams.set('hitId', hit);
      box.replaceChildren(el('iframe', {
        title: 'The page in preview', src: address.href, sandbox: 'allow-scripts allow-forms allow-same-origin', referrerPolicy: 'no-referrer',
        height: String(Math.min(Math.max(height || 600, 200), 900)),
      }));
    },
  }, 'Load the page as previewers see it');
  box.append(show);
  return box;
}

/** Empty where it is no address of a page. @param {string} url */
function originOf(url) {
  try {
    const { protocol, origin } = new URL(url);
    return /^https?:$/.test(protocol) ? origin : '';
  } catch {
    return '';
  }
}
