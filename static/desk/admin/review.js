// @ts-check
/* Work that waits for somebody's decision: read, approved or rejected, one or several at a time. */

import { el } from '../dom.js';
import { count, dollars, relative } from '../format.js';
import { serverNow } from '../server-time.js';
import { moment } from '../words.js';
import { answerList, answersIn } from './answers.js';
import { when, whose } from './assignment-table.js';
import { confirmIn } from './confirm.js';
import { failure } from './loading.js';
import { pagedTable } from './paged-table.js';
import { ask } from './service.js';

/**
 * @typedef {{assignment: string, worker: string, hit: string, hitType: string, reservation: string | null, why: string,
 *   answers: Record<string, unknown>, submitted: number, approvedAt: number, decision: string | null}} Held
 */

/** @param {import('./sections.js').Console} site */
export function showReview(site) {
  const place = el('div', { class: 'stack' });
  const found = el('section', { class: 'card stack', 'aria-label': 'Work that waits' });
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Review'),
    el('p', { class: 'soft' }, 'Work of ProtoHITs whose ', el('code', {}, 'review'), ' is ', el('code', {}, 'hold'), ' or ', el('code', {}, 'ask'), ' waits here, and that of workers whose last calls in a row went unanswered. What nobody decides on, the market approves by itself.'),
    place, found);
  let stop = () => {};
  const begin = () => ask('retainer/protohit/list?archived=1').then((protos) => { stop = fill(site, place, found, protos); },
    (error) => found.replaceChildren(failure(error, () => void begin())));
  void begin();
  return () => stop();
}

/** @param {import('./sections.js').Console} site @param {HTMLElement} place @param {HTMLElement} found @param {any[]} protos */
function fill(site, place, found, protos) {
  const reward = new Map(protos.map((proto) => [proto.id, Number(proto.reward)]));
  /** What is ticked, by assignment. @type {Map<string, Held>} */
  const chosen = new Map();
  /** @type {Held[]} */
  let shown = [];
  const all = el('input', { type: 'checkbox', id: 'choose-all' });
  const number = el('span', { role: 'status' });
  const approveAll = el('button', { type: 'button', class: 'main', onclick: () => void decide('approve', [...chosen.values()]) }, 'Approve …');
  const rejectAll = el('button', { type: 'button', onclick: () => void decide('reject', [...chosen.values()]) }, 'Reject …');
  const bar = el('div', { class: 'row choosing' }, el('label', { for: 'choose-all', class: 'row' }, all, 'All that are shown'), number, approveAll, rejectAll);
  const open = () => shown.filter((row) => !row.decision);
  const counted = () => {
    number.textContent = chosen.size ? `${chosen.size} chosen` : '';
    approveAll.disabled = rejectAll.disabled = !chosen.size;
    all.checked = chosen.size > 0 && open().every((row) => chosen.has(row.assignment));
    all.indeterminate = chosen.size > 0 && !all.checked;
  };
  all.addEventListener('change', () => {
    chosen.clear();
    if (all.checked) open().forEach((row) => chosen.set(row.assignment, row));
    for (const box of found.querySelectorAll('input[data-choose]')) {
      if (box instanceof HTMLInputElement) box.checked = all.checked;
    }
    counted();
  });
  const table = pagedTable(site, {
    path: 'retainer/review', noun: 'assignment', idOf: (/** @type {Held} */ row) => row.assignment,
    filters: [{ name: 'hitType', label: 'ProtoHIT', options: [['', 'All'], ...protos.map((proto) => /** @type {[string, string]} */ ([proto.id, proto.id]))] }],
    empty: 'Nothing waits for a decision.',
    drawn: (rows) => {
      shown = rows;
      const there = new Set(open().map((row) => row.assignment));
      for (const name of chosen.keys()) if (!there.has(name)) chosen.delete(name);
      bar.hidden = !there.size;
      counted();
    },
    columns: [
      { head: 'Choose', cell: (/** @type {Held} */ row) => (row.decision ? null : el('input', {
        type: 'checkbox', 'data-choose': row.assignment, 'data-key': `choose-${row.assignment}`, 'aria-label': `Choose ${row.assignment}`, checked: chosen.has(row.assignment),
        onchange: (/** @type {Event} */ event) => {
          if (event.target instanceof HTMLInputElement && event.target.checked) chosen.set(row.assignment, row);
          else chosen.delete(row.assignment);
          counted();
        } })) },
      { head: 'Assignment', cell: (row) => whose(row, true, row.hitType) },
      { head: 'Handed in', cell: (row) => when(row.submitted) },
      { head: 'Answers', cell: (row) => (row.reservation ? answersIn(row.answers, row.assignment) : el('span', {}, el('span', { class: 'soft' }, 'waited without work '), answersIn(row.answers, row.assignment), row.why ? el('p', { class: 'small' }, row.why) : null)) },
      { head: 'Approved by itself', cell: (row) => el('span', { class: 'when', title: moment(row.approvedAt, serverNow()) }, relative(row.approvedAt, serverNow())) },
      { head: 'Decide', cell: (row) => (row.decision ? el('span', { class: 'soft' }, `${row.decision === 'approve' ? 'approved' : 'rejected'}, being carried out`)
        : el('span', { class: 'row' },
          el('button', { type: 'button', 'data-key': `approve-${row.assignment}`, 'aria-label': `Approve ${row.assignment}`, onclick: () => void decide('approve', [row]) }, 'Approve'),
          el('button', { type: 'button', 'data-key': `reject-${row.assignment}`, 'aria-label': `Reject ${row.assignment}`, onclick: () => void decide('reject', [row]) }, 'Reject'))) }],
  });

  /** @param {'approve' | 'reject'} decision @param {Held[]} rows */
  const decide = async (decision, rows) => {
    if (!rows.length) return;
    const sum = rows.reduce((total, row) => total + (reward.get(row.hitType) ?? 0), 0);
    const soonest = Math.min(...rows.map((row) => row.approvedAt));
    const what = rows.length === 1 ? `the work of ${rows[0]?.worker}` : count(rows.length, 'assignment');
    const reason = el('textarea', { id: 'decide-reason', rows: 3, maxLength: 1024, required: decision === 'reject' });
    const until = `Undecided, the market approves ${rows.length === 1 ? 'it' : 'the first of them'} ${relative(soonest, serverNow())} (${moment(soonest, serverNow())}).`;
    let left = [...rows];
    const done = await confirmIn(place, {
      title: `${decision === 'approve' ? 'Approve' : 'Reject'} ${what}?`, danger: decision === 'reject',
      doing: decision === 'approve' ? 'Approve' : 'Reject',
      says: [...(decision === 'approve'
        ? [`It costs ${dollars(sum.toFixed(2))} of rewards as they are now, and the market’s fee; waiting is paid besides, as promised. It cannot be taken back.`]
        : [`The reward, ${dollars(sum.toFixed(2))} in all, is not paid, and it counts against ${rows.length === 1 ? 'the worker' : 'these workers'} wherever an approval rating is asked for. What they earned by waiting is paid all the same. It cannot be taken back here.`]),
      until, ...(rows.length === 1 && rows[0] ? [answerList(rows[0].answers)] : [])],
      more: [el('div', { class: 'field wide' },
        el('label', { for: 'decide-reason' }, decision === 'reject' ? 'Reason' : 'A word to the worker (may be left empty)'), reason,
        el('p', { class: 'soft small' }, rows.length === 1 ? 'The worker is shown it.' : 'Each of the workers is shown it.'))],
      act: async () => {
        // Again after a failure: those that are decided already are left out.
        for (const row of [...left]) {
          await ask('retainer/review', { assignment: row.assignment, decision, reason: reason.value });
          left = left.filter((other) => other !== row);
          chosen.delete(row.assignment);
        }
      },
    });
    if (done) site.tell(`${count(rows.length, 'decision')} on record; the review carries ${rows.length === 1 ? 'it' : 'them'} out now.`);
    await table.reload();
  };
  found.replaceChildren(bar, table.box);
  counted();
  return table.stop;
}
