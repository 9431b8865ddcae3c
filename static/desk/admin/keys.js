// @ts-check
/* API keys: made and shown once, what they are good for, when they were used last, revoked. */

import { el } from '../dom.js';
import { confirmIn } from './confirm.js';
import { buildForm } from './form.js';
import { pagedTable } from './paged-table.js';
import { ask } from './service.js';

/** @typedef {{name: string, scope: string, created: number, lastUsed: string, revoked: boolean, yours: boolean}} Key */

const SCOPES = /** @type {[string, string][]} */ ([['application', 'Application'], ['admin', 'Admin']]);

/** @param {import('./sections.js').Console} site */
export function showKeys(site) {
  const place = el('div', { class: 'stack' });
  const table = pagedTable(site, {
    path: 'retainer/keys', noun: 'key', idOf: (/** @type {Key} */ key) => `${key.name} ${key.created}`,
    filters: [{ name: 'q', label: 'Search by name' },
      { name: 'state', label: 'Show', options: [['', 'In force and revoked'], ['active', 'In force'], ['revoked', 'Revoked']] }],
    empty: site.me.open ? 'No key yet. This service is open: nobody needs one here.' : 'No key yet. Nobody can call the application’s routes without one.',
    columns: [
      { head: 'Name', kind: 'clip', cell: ({ name, yours }) => el('span', {}, name, yours ? el('span', { class: 'soft' }, ' (the one that you use now)') : null) },
      { head: 'Scope', cell: ({ scope }) => scope },
      { head: 'State', cell: ({ revoked }) => el('span', { class: revoked ? 'state soft' : 'state good' }, revoked ? 'revoked' : 'in force') },
      { head: 'Made', cell: ({ created }) => new Date(created).toLocaleDateString(undefined, { dateStyle: 'medium' }) },
      { head: 'Last used', cell: ({ lastUsed }) => lastUsed || 'never' },
      { head: 'Action', cell: (key) => (key.revoked ? null : el('button', {
        type: 'button', 'data-key': `revoke-${key.name}`, 'aria-label': `Revoke ${key.name}`,
        onclick: () => void revoke(key),
      }, 'Revoke')) }],
  });

  /** @param {Key} key */
  const revoke = async ({ name, yours, lastUsed }) => {
    const done = await confirmIn(place, {
      title: `Revoke the key ${name}?`, danger: true, doing: 'Revoke it',
      says: [
        `Whoever uses it is refused from then on, at once and for good: a program that has it gets 401 until it has another. ${lastUsed ? `It was last used on ${lastUsed} (UTC).` : 'It has never been used.'} Nothing that was made with it is lost.`,
        ...(yours ? [el('p', { class: 'note bad' }, el('strong', {}, 'It is the key that this console uses now.'),
          ' You will be asked for another one. Without another admin key, only the operator’s command line can make one.')] : [])],
      act: () => ask('retainer/keys/revoke', { name, own: yours }),
    });
    if (!done) return;
    site.tell(`The key ${name} is revoked.`);
    void table.reload();
  };

  const { node } = buildForm({
    groups: [{ fields: [
      { name: 'name', label: 'Name', required: true, longest: 100, help: 'Who or what uses it, so that you know later which one to revoke.' },
      { name: 'scope', label: 'Scope', kind: 'choice', options: SCOPES,
        help: 'Application: what programs and the status page need. Admin: all of that, and this console.' }] }],
    doing: 'Make a key',
    act: async ({ name = '', scope }) => {
      const made = await ask('retainer/keys', { name, scope });
      showOnce(name, made.key);
      node.reset();
      void table.reload();
    },
  });

  /** @param {string} name @param {string} key */
  const showOnce = (name, key) => {
    const copied = el('span', { class: 'soft small', role: 'status' });
    const field = el('input', { class: 'grow mono', id: 'new-key', readOnly: true, value: key, spellcheck: false });
    const panel = el('section', { class: 'card stack confirm', 'aria-labelledby': 'new-key-title' },
      el('h2', { id: 'new-key-title', tabIndex: -1 }, `The key ${name}`),
      el('p', {}, 'Copy it now: it is kept as a hash only, and cannot be shown again.'),
      el('label', { for: 'new-key', class: 'unseen' }, 'The key'),
      el('div', { class: 'row' }, field, el('button', {
        type: 'button', class: 'main',
        onclick: async () => {
          field.select();
          await navigator.clipboard.writeText(key).then(
            () => { copied.textContent = 'Copied.'; },
            () => { copied.textContent = 'The browser does not allow it: it is selected, copy it by keyboard.'; });
        },
      }, 'Copy'), el('button', {
        type: 'button',
        onclick: () => {
          panel.remove();
          site.view.querySelector('h1')?.focus();
        },
      }, 'I have it'), copied));
    place.replaceChildren(panel);
    panel.querySelector('h2')?.focus();
  };

  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'API keys'), place,
    el('section', { class: 'card stack', 'aria-labelledby': 'make-key' },
      el('h2', { id: 'make-key' }, 'Make a key'), node),
    el('section', { class: 'card stack', 'aria-labelledby': 'all-keys' },
      el('h2', { id: 'all-keys' }, 'Keys'), table.box));
  return table.stop;
}
