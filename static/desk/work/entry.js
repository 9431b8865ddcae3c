// @ts-check
/* What the ways into the site share: cards, a link to be kept, and the page's own random value. */

import { el } from '../dom.js';

/** 128 random bits, by which the server knows a page that asks again. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} title @param {...(Node | string | null)} children */
export function card(title, ...children) {
  return el('section', { class: 'card entry stack' }, el('h1', { tabIndex: -1 }, title), ...children);
}

/** @param {HTMLElement} view @param {HTMLElement} shown @param {HTMLElement} [focus] */
export function show(view, shown, focus) {
  view.replaceChildren(shown);
  (focus ?? shown.querySelector('h1'))?.focus({ preventScroll: true });
}

/** What an error says to whoever reads the page. @param {unknown} error */
export const sentence = (error) => (error instanceof Error ? error.message : String(error));

/** The secret of a pasted link; '' if it has none. @param {string} text */
export const secretIn = (text) => /#\/join\/([A-Za-z0-9_-]+)\s*$/.exec(text)?.[1] ?? '';

/** A link to be kept: to be selected, or copied by a button. @param {string} link @param {string} label */
export function keptLink(link, label) {
  const id = `link-${label.replace(/\W+/g, '-')}`;
  const box = el('input', { id, readOnly: true, value: link, class: 'grow', onfocus: () => box.select() });
  const said = el('span', { class: 'soft small', role: 'status' });
  const copy = el('button', {
    type: 'button',
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(link);
        said.textContent = 'Copied.';
      } catch {
        box.focus();
        said.textContent = 'Copy the marked text.';
      }
    },
  }, 'Copy');
  return el('div', { class: 'kept' }, el('label', { for: id }, label), el('div', { class: 'row' }, box, copy), said);
}
