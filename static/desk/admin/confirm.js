// @ts-check
/* Asking before something is done: in the page, in words, with what it costs. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';

/** What closes the panel that is open: there is at most one. @type {(() => void) | null} */
let closeOpen = null;
let made = 0;

/**
 * Show in `box` what will happen, and do it when it is confirmed; the panel then closes, and stays with
 * the error where it was refused. Escape and *Cancel* close it, and the keyboard goes back to where it was.
 *
 * `more` are fields to fill in first; throw an `Error` in `act` to complain of them.
 * @param {Element} box @param {{title: string, says: (Node | string)[], doing: string, danger?: boolean,
 *   more?: Node[], behind?: HTMLElement[], act: () => Promise<void>}} what `behind` is out of reach meanwhile
 * @returns {Promise<boolean>} whether it was done
 */
export function confirmIn(box, { title, says, doing, danger = false, more = [], behind = [], act }) {
  closeOpen?.();
  const from = document.activeElement;
  const id = `confirm-${(made += 1)}`;
  return new Promise((settle) => {
    const problem = el('p', { class: 'bad', role: 'alert' });
    const go = el('button', { type: 'submit', class: danger ? 'danger' : 'main' }, doing);
    const close = (done = false) => {
      const inside = panel.contains(document.activeElement);
      for (const part of behind) part.inert = false;
      panel.remove();
      closeOpen = null;
      if (inside && from instanceof HTMLElement) backTo(from);
      settle(done);
    };
    const panel = el('form', {
      class: danger ? 'card stack confirm danger' : 'card stack confirm', role: behind.length ? 'dialog' : 'group', 'aria-labelledby': id, ...(behind.length && { 'aria-modal': 'true' }),
      onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Escape') close(); },
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        go.disabled = true;
        problem.textContent = '';
        act().then(() => close(true), (error) => {
          go.disabled = false;
          problem.textContent = error instanceof Error ? error.message : String(error);
          go.focus();
          if (!(error instanceof ApiError) && error?.constructor !== Error) throw error;
        });
      },
    },
    el('h2', { id, tabIndex: -1 }, title),
    ...says.map((one) => (typeof one === 'string' ? el('p', {}, one) : one)), ...more, problem,
    el('div', { class: 'row' }, go, el('button', { type: 'button', onclick: () => close() }, 'Cancel')));
    box.prepend(panel);
    for (const part of behind) part.inert = true;
    closeOpen = () => close();
    panel.querySelector('h2')?.focus({ preventScroll: true });
    panel.scrollIntoView({ block: 'nearest' });
  });
}

/** The keyboard goes back to a button, or to the one that has been drawn in its place. @param {HTMLElement} from */
function backTo(from) {
  const key = from.dataset.key;
  const now = from.isConnected || !key ? from : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (now instanceof HTMLElement) now.focus();
}
