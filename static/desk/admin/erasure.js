// @ts-check
/* Deleting a worker's data: what it would do, what hinders it, and asking for it by name. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { count } from '../format.js';
import { confirmIn } from './confirm.js';
import { ask, withQuery } from './service.js';

/** @param {import('./sections.js').Console} site @param {HTMLElement} place @param {string} worker */
export async function eraseWorker(site, place, worker) {
  const look = await ask(withQuery('retainer/worker/erasure', { worker }));
  if (look.asked) {
    site.tell(`Deleting the data of ${worker} was asked for already, and is under way.`);
    return;
  }
  if (look.hindrances.length) {
    place.replaceChildren(el('div', { class: 'card stack', role: 'alert', tabIndex: -1 },
      el('h2', {}, `The data of ${worker} cannot be deleted yet`),
      el('ul', {}, ...look.hindrances.map((/** @type {string} */ text) => el('li', {}, text))),
      el('p', { class: 'soft' }, 'Nothing was changed. Finish that first, or come back when it is over.')));
    /** @type {HTMLElement} */ (place.firstElementChild).focus();
    return;
  }
  place.replaceChildren();
  const typed = el('input', { type: 'text', id: 'erase-confirm', required: true, autocomplete: 'off', spellcheck: false, class: 'mono' });
  const more = look.all ? '' : ' at least';
  const done = await confirmIn(place, {
    title: `Delete the data of ${worker}?`, danger: true, doing: 'Delete it for good',
    says: [
      `Deleted for good:${more} ${count(look.stays, 'assignment')}, the answers to ${look.answers} of them, what was written to them or noted of a block (${look.askedAbout}) as far as it is about them alone, and their name wherever it stands.`,
      `Kept: ${count(look.payments, 'payment')}, with amounts and without the name, for your accounts; and, under a mark that names nobody, what they took part in, so that they stay kept out of what excludes it.`,
      `It costs nothing and cannot be undone. ${look.remains} What was exported is not in reach.`],
    more: [el('div', { class: 'field wide' }, el('label', { for: 'erase-confirm' }, 'Type the worker’s id to confirm'), typed)],
    act: async () => {
      if (typed.value.trim() !== worker) throw new Error('That is not the id of this worker.');
      await ask('retainer/worker/erase', { worker, confirm: typed.value.trim() });
    },
  });
  if (!done) return;
  const told = el('div', { class: 'card', role: 'status' }, `Deleting the data of ${worker} …`);
  place.replaceChildren(told);
  for (let tries = 0; told.isConnected && tries < 120; tries += 1) {
    await new Promise((go) => { setTimeout(go, 1000); });
    try {
      await ask(withQuery('retainer/worker/erasure', { worker }));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      told.textContent = `The data of ${worker} is deleted.`;
      return;
    }
  }
}
