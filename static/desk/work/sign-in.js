// @ts-check
/* Signing in, where a name is enough. */

import { el } from '../dom.js';
import { signIn } from './session.js';

/** @param {HTMLElement} view @param {() => void} done */
export function showSignIn(view, done) {
  const name = el('input', { id: 'worker-name', required: true, maxLength: 40, autocomplete: 'username', pattern: '.*\\S.*' });
  const problem = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { type: 'submit', class: 'main' }, 'Sign in');
  view.replaceChildren(el('section', { class: 'card signin stack' },
    el('h1', {}, 'Sign in to work'),
    el('p', { class: 'soft' }, 'Pick a name. The same name brings you back to the same work and earnings.'),
    el('form', {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await signIn(name.value.trim());
          done();
        } catch (error) {
          problem.textContent = error instanceof Error ? error.message : String(error);
        }
        go.disabled = false;
      },
    }, el('label', { for: 'worker-name' }, 'Your name'), name, go, problem)));
  name.focus();
}
