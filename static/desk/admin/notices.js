// @ts-check
/* Short notices over the page: what was done, and what went wrong. Announced to screen readers. */

import { byId, el } from '../dom.js';

const SHOWN_MS = 8000;

/** What was done; goes by itself. @param {string} text */
export function tell(text) {
  const notice = add('told', 'good', text);
  setTimeout(() => notice.remove(), SHOWN_MS);
}

/** What went wrong; stays until it is closed or another page is shown. @param {string} text */
export function warn(text) {
  // The same thing failing every few seconds is one notice.
  for (const old of byId('warned').children) if (old.firstChild?.textContent === text) return;
  add('warned', 'bad', text);
}

export function clearNotices() {
  byId('warned').replaceChildren();
}

/** @param {string} box @param {string} tone @param {string} text */
function add(box, tone, text) {
  const notice = el('div', { class: `notice ${tone}` }, el('p', { class: 'clip' }, text),
    el('button', { type: 'button', class: 'quiet', 'aria-label': 'Close this notice', onclick: () => notice.remove() }, '×'));
  byId(box).append(notice);
  return notice;
}
