// @ts-check
/* “Report this HIT”: to whoever runs the marketplace. The requester does not see it. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { ask } from './session.js';

const REASONS = [
  ['personal_data', 'It asks for personal data, passwords or accounts'],
  ['harmful', 'It is upsetting or harmful'],
  ['illegal', 'It asks for something illegal'],
  ['broken', 'It is broken: it cannot be done or submitted'],
  ['unfair', 'It pays less than it says, or treats workers unfairly'],
  ['other', 'Something else'],
];
const MOST = 2000;

/** @param {{hitId: string, title: string}} hit @param {(text: string) => void} done is told what to say */
export function openReport({ hitId, title }, done) {
  const problem = el('p', { class: 'bad', role: 'alert' });
  const text = el('textarea', { id: 'report-text', rows: 4, maxLength: MOST });
  const send = el('button', { type: 'submit', class: 'main' }, 'Send the report');
  const dialog = el('dialog', { class: 'card report', 'aria-labelledby': 'report-title' });
  const radios = REASONS.map(([value = '', label = '']) => el('label', { class: 'tick' },
    el('input', { type: 'radio', name: 'reason', value, required: true }), label));
  const form = el('form', {
    class: 'stack',
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const reason = new FormData(form).get('reason');
      send.disabled = true;
      try {
        const { message } = await ask('market/report', { hitId, reason, text: text.value });
        dialog.close();
        done(message);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        problem.textContent = error.message;
      } finally {
        send.disabled = false;
      }
    },
  },
  el('h2', { id: 'report-title' }, 'Report this HIT'),
  el('p', { class: 'soft clip' }, title),
  el('fieldset', { class: 'stack' }, el('legend', {}, 'What is wrong with it?'), ...radios),
  el('label', { for: 'report-text' }, 'In your own words'), text,
  el('p', { class: 'soft small' }, 'It goes to this marketplace’s operator. The requester does not see who reported it.'),
  problem,
  el('div', { class: 'row' }, send,
    el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel')));
  dialog.append(form);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
