// @ts-check
/* What can be done about a worker, each after saying what will happen and what it costs. */

import { el } from '../dom.js';
import { confirmIn } from './confirm.js';
import { eraseWorker } from './erasure.js';
import { ask, page } from './service.js';

/** @param {string} id @param {string} label @param {HTMLElement} control @param {string} [help] */
const labelled = (id, label, control, help = '') => el('div', { class: 'field wide' },
  el('label', { for: id }, label), Object.assign(control, { id }), help ? el('p', { class: 'soft small' }, help) : null);

/**
 * Buttons; their panels open in `place`.
 * @param {import('./sections.js').Console} site @param {HTMLElement} place @param {string} worker
 * @param {() => void} asked something was asked for
 */
export function workerActions(site, place, worker, asked) {
  const market = el('select', {}, ...site.me.markets.map((name) => el('option', { value: name }, name)));
  // Most often the one at which they worked last.
  const preselect = async () => {
    if (market.options.length < 2) return;
    const { rows: [last] } = await page('retainer/assignment/list', { worker, limit: 1, answers: false });
    if (last?.market) market.value = last.market;
  };
  const which = site.me.markets.length > 1 ? [labelled('act-market', 'Market', market)] : [];

  /** @param {string} path @param {object} body */
  const send = async (path, body) => {
    await ask(`retainer/worker/${path}`, { worker, market: market.value, ...body });
    asked();
  };

  const message = async () => {
    await preselect();
    const subject = el('input', { type: 'text', required: true, maxLength: 200 });
    const text = el('textarea', { required: true, rows: 5, maxLength: 4096 });
    const done = await confirmIn(place, {
      title: `Write to ${worker}`, doing: 'Send', more: [...which, labelled('act-subject', 'Subject', subject), labelled('act-text', 'Text', text)],
      says: ['The market delivers it, and says if it could not. It costs nothing and cannot be taken back.'],
      act: () => send('message', { subject: subject.value, text: text.value }),
    });
    if (done) site.tell('The message is on its way; its outcome stands below.');
  };

  const bonus = async () => {
    const { rows } = await page('retainer/assignment/list', { worker, limit: 100, answers: false });
    const handedIn = rows.filter((row) => row.submitted);
    const assignment = el('select', {}, ...handedIn.map((row) => el('option', { value: row.assignment }, `${row.assignment} (${row.hitType})`)));
    const amount = el('input', { type: 'text', inputMode: 'decimal', required: true, placeholder: '0.50', pattern: '[0-9]+([.][0-9]{1,2})?' });
    const reason = el('textarea', { required: true, rows: 3, maxLength: 4000 });
    const key = crypto.randomUUID();
    const done = await confirmIn(place, {
      title: `Pay ${worker} a bonus`, doing: 'Pay it',
      says: handedIn.length ? [
        'It costs the amount and the market’s fee on it, and is sent as soon as the caps on spending allow. Once sent it cannot be taken back.']
        : ['A bonus is paid for work that was handed in, and they have not handed in any that is still on record: it will be refused.'],
      more: [labelled('act-amount', 'Amount in dollars', amount), labelled('act-for', 'For the assignment', assignment),
        labelled('act-reason', 'Reason', reason, 'The worker is shown it.')],
      act: () => send('bonus', { amount: amount.value, assignment: assignment.value, reason: reason.value, key,
        market: handedIn.find((row) => row.assignment === assignment.value)?.market ?? market.value }),
    });
    if (done) site.tell('The bonus is on record; its outcome stands below.');
  };

  const block = async () => {
    await preselect();
    const reason = el('textarea', { required: true, rows: 3, maxLength: 4000 });
    const done = await confirmIn(place, {
      title: `Block ${worker}?`, danger: true, doing: 'Block them',
      says: ['They cannot take any HIT of yours at this market any more, of any ProtoHIT, until you lift it. What they have accepted they may still hand in, and are paid. It costs nothing.',
        'To keep people out of one study only, let its ProtoHIT exclude another one instead.'],
      more: [...which, labelled('act-reason', 'Reason', reason, 'For your own records; the worker is not told.')],
      act: () => send('block', { reason: reason.value }),
    });
    if (done) site.tell('The block is asked for; its outcome stands below.');
  };

  const unblock = async () => {
    await preselect();
    const done = await confirmIn(place, {
      title: `Lift the block of ${worker}?`, doing: 'Lift it', more: which,
      says: ['They see your HITs again and may take them. Nothing happens if they are not blocked.'],
      act: () => send('unblock', {}),
    });
    if (done) site.tell('It is asked for; its outcome stands below.');
  };

  const button = (/** @type {string} */ text, /** @type {() => Promise<void>} */ act) =>
    el('button', { type: 'button', onclick: () => void act().catch(site.fail) }, text);
  return el('div', { class: 'row' }, button('Message …', message), button('Bonus …', bonus), button('Block …', block), button('Lift block …', unblock),
    button('Delete data …', () => eraseWorker(site, place, worker)));
}
