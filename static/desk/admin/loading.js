// @ts-check
/* What is there while something loads, and where it could not be loaded. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { isOfKey } from './service.js';

/**
 * Fill `box` with what `draw` makes of what `load` answers; until then say so, and after a failure why,
 * with a way to try again.
 * @template T
 * @param {Element} box @param {() => Promise<T>} load @param {(answer: T) => Node[]} draw
 */
export async function loadInto(box, load, draw) {
  box.replaceChildren(el('p', { class: 'soft loading', role: 'status' }, 'Loading …'));
  try {
    box.replaceChildren(...draw(await load()));
  } catch (error) {
    if (isOfKey(error)) return;
    box.replaceChildren(failure(error, () => void loadInto(box, load, draw)));
    if (!(error instanceof ApiError)) throw error;
  }
}

/** @param {unknown} error @param {() => void} again */
export function failure(error, again) {
  const gone = error instanceof ApiError && error.status === 404;
  return el('div', { class: 'card stack', role: 'alert' },
    el('h1', { class: 'small-title', tabIndex: -1 }, gone ? 'Not found' : 'This could not be loaded'),
    el('p', { class: 'clip' }, error instanceof Error ? error.message : String(error)),
    gone ? null : el('div', {}, el('button', { type: 'button', onclick: again }, 'Try again')));
}
