// @ts-check
/* Asking for a key, and saying plainly what is wrong with one. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { forgetKey, useKey } from './service.js';

/**
 * @param {Element} view @param {ApiError | null} refused why the key that is there does not do
 * @param {() => void} given somebody has entered another
 */
export function showKeyForm(view, refused, given) {
  // It would be refused again at the next visit, and the status page takes the same.
  if (refused && refused.code !== 'wrong_scope') forgetKey();
  const key = el('input', {
    type: 'password', id: 'key', class: 'grow', autocomplete: 'off', required: true, spellcheck: false,
    'aria-describedby': 'key-where',
  });
  if (refused) key.setAttribute('aria-invalid', 'true');
  view.replaceChildren(el('form', {
    class: 'card stack key-form', id: 'key-form',
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      useKey(key.value);
      given();
    },
  },
  el('h1', { tabIndex: -1 }, 'An admin key is needed'),
  refused ? el('div', { class: 'note bad', role: 'alert' }, ...why(refused)) : null,
  el('div', { class: 'field' }, el('label', { for: 'key' }, 'API key'),
    el('div', { class: 'row' }, key, el('button', { type: 'submit', class: 'main' }, 'Open the console'))),
  el('p', { class: 'soft small', id: 'key-where' }, 'It is kept in this tab only, until you close it.'),
  el('p', { class: 'soft small' }, 'The operator makes the first one with ',
    el('code', {}, './retainer keys make NAME --scope admin'), ' and sees it once.')));
  key.focus();
}

/** @param {ApiError} refused */
function why({ code, message }) {
  if (code !== 'wrong_scope') return [el('p', {}, message)];
  return [
    el('p', {}, el('strong', {}, 'This key has not the admin scope.')),
    el('p', {}, 'It may do what applications do, and nothing here. The status page takes it: ',
      el('a', { href: '../status/' }, 'go there'), ', or enter an admin key.')];
}
