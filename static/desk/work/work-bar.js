// @ts-check
/* The bar above an accepted HIT: what it is, the time that is left, and ways out of it. */

import { el } from '../dom.js';
import { dollars } from '../format.js';

/** @typedef {import('./frames.js').Assignment} Assignment */

const NEXT = 'retainer-accept-next';

/** Whether the worker wants the next HIT of a kind without asking; remembered by this browser. */
export const wantsNext = () => localStorage.getItem(NEXT) === '1';

/** @param {boolean} wanted */
function wantNext(wanted) {
  localStorage.setItem(NEXT, wanted ? '1' : '');
  // Each accepted HIT has a bar of its own.
  for (const box of document.querySelectorAll('input[data-accept-next]')) {
    if (box instanceof HTMLInputElement) box.checked = wanted;
  }
}

/**
 * @param {Assignment} assignment @param {HTMLElement} left where the time stands
 * @param {{returned: (assignment: Assignment, skip: boolean) => void, report: (assignment: Assignment) => void}} hooks
 */
export function workBar(assignment, left, { returned, report }) {
  const { assignmentId, title, reward, requester } = assignment;
  const sure = el('div', { class: 'bar-sure row', hidden: true });
  const ways = el('div', { class: 'bar-ways row', id: `ways-${assignmentId}` });
  // On a phone the work has the room: the ways out are one touch away.
  const more = el('button', {
    type: 'button', class: 'bar-more', 'aria-expanded': 'false', 'aria-controls': ways.id,
    onclick: () => more.setAttribute('aria-expanded', String(ways.classList.toggle('open'))),
  }, 'Options');
  /** @param {HTMLElement} from @param {boolean} skip */
  const askBack = (from, skip) => {
    const back = () => {
      sure.hidden = true;
      ways.hidden = false;
      from.focus();
    };
    const keep = el('button', { type: 'button', onclick: back }, 'Keep it');
    sure.replaceChildren(el('span', {}, skip ? 'Return it unpaid, and take another of this kind?' : 'Return it unpaid?'),
      el('button', {
        type: 'button', 'data-return': assignmentId, onclick: () => returned(assignment, skip),
      }, skip ? 'Return and take another' : 'Return it'), keep);
    sure.hidden = false;
    ways.hidden = true;
    keep.focus();
  };
  const giveBack = el('button', { type: 'button', onclick: () => askBack(giveBack, false) }, 'Return');
  const skip = el('button', { type: 'button', onclick: () => askBack(skip, true) }, 'Return and skip');
  const next = el('input', {
    type: 'checkbox', checked: wantsNext(), 'data-accept-next': '', onchange: () => wantNext(next.checked),
  });
  ways.append(
    el('label', { class: 'grow tick' }, next, 'Accept the next of this kind automatically'),
    giveBack, skip,
    el('button', { type: 'button', class: 'quiet', onclick: () => report(assignment) }, 'Report this HIT'));
  return el('div', { class: 'card frame-bar stack' },
    el('div', { class: 'row' }, el('div', { class: 'grow clip' },
      el('h1', { tabIndex: -1 }, title), el('p', { class: 'soft small' }, requester)),
    el('span', { class: 'num' }, dollars(reward)), left, more),
    ways, sure);
}
