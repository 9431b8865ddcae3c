// @ts-check
/* Inviting a worker: a link that is shown once. */

import { el } from '../dom.js';
import { buildForm } from './form.js';
import { ask } from './service.js';

/** @param {import('./sections.js').Console} site @param {() => void} made */
export function inviteForm(site, made) {
  const place = el('div');
  const { node } = buildForm({
    groups: [{ fields: [
      { name: 'name', label: 'Name of a new worker', required: true, longest: 100, help: 'A name is one worker. Requesters see an id only.' },
      { name: 'invitedBy', label: 'Invited by', longest: 100, help: 'As the page says to the worker. Empty: the marketplace’s name.' }] }],
    doing: 'Invite',
    act: async (values) => {
      const { name, link } = await ask('market/admin/invitations', values);
      node.reset();
      showOnce(name, link);
      made();
    },
  });

  /** @param {string} name @param {string} link */
  const showOnce = (name, link) => {
    const field = el('input', { class: 'grow mono', id: 'new-link', readOnly: true, value: link, spellcheck: false });
    const panel = el('section', { class: 'card stack confirm', 'aria-labelledby': 'new-link-title' },
      el('h2', { id: 'new-link-title', tabIndex: -1 }, `The link for ${name}`),
      el('p', {}, 'Copy it now and send it to them alone: it is not shown again, and lets its first reader in as this worker. It ends after seven days.'),
      el('label', { for: 'new-link', class: 'unseen' }, 'The link'),
      el('div', { class: 'row' }, field, el('button', {
        type: 'button', class: 'main',
        onclick: () => {
          field.select();
          void navigator.clipboard.writeText(link).then(() => site.tell('Copied.'),
            () => site.tell('The browser does not allow it: it is selected, copy it by keyboard.'));
        },
      }, 'Copy'), el('button', { type: 'button', onclick: () => {
        panel.remove();
        site.view.querySelector('h1')?.focus();
      } }, 'I have it')));
    place.replaceChildren(panel);
    panel.querySelector('h2')?.focus();
  };
  return el('div', { class: 'stack' }, place, el('details', { class: 'card' }, el('summary', {}, 'Invite somebody'), node));
}
