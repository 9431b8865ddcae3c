// @ts-check
/* The lower part: tabs, filters and pages; which list is shown is kept while figures change. */

import { byId, el, say } from '../dom.js';
import { mark } from '../keyed.js';
import { moneyIn, workersIn } from './panels.js';
import { reservationsIn } from './reservations.js';

/** @typedef {import('./overview.js').Overview} Overview */
/** @typedef {import('./overview.js').Reservation} Reservation */

const TABS = /** @type {[string, string][]} */ ([['reservations', 'Reservations'], ['workers', 'Who waits'], ['money', 'Money']]);
const SIZES = ['25', '50', '100'];

/** @param {string} id @param {string} name @param {[string, string][]} options @param {() => void} changed */
function select(id, name, options, changed) {
  const node = el('select', { id, onchange: changed }, ...options.map(([value, text]) => el('option', { value }, text)));
  return { node, label: el('label', { for: id, class: 'unseen' }, name) };
}

/**
 * @param {(verb: import('./reservations.js').Verb, one: Reservation) => void} act
 * @param {() => void} changed somebody wants to see something else
 */
export function lowerPart(act, changed) {
  let tab = 'reservations';
  /** Cursors of the pages up to the one that is shown. @type {string[]} */
  let cursors = [''];
  let following = '';
  const anew = () => { cursors = ['']; changed(); };
  const whose = select('whose', 'Of which ProtoHIT', [['one', 'This ProtoHIT'], ['all', 'All ProtoHITs']], anew);
  const which = select('which', 'Which reservations', [['open', 'Open'], ['every', 'Open and done']], anew);
  const size = select('size', 'Reservations a page', SIZES.map((n) => [n, `${n} a page`]), anew);
  const back = el('button', { type: 'button', class: 'slim', onclick: () => { cursors.pop(); changed(); } }, 'Back');
  const on = el('button', { type: 'button', class: 'slim', onclick: () => { cursors.push(following); changed(); } }, 'More');
  const place = el('span', { class: 'soft small num', role: 'status' });
  byId('filters').replaceChildren(whose.label, whose.node, which.label, which.node, size.label, size.node, place, back, on);

  const boxes = TABS.map(([id]) => el('div', { id: `list-${id}` }));
  const none = el('p', { class: 'soft none', hidden: true });
  byId('panel').replaceChildren(none, ...boxes);
  const show = { reservations: reservationsIn(boxes[0], act), workers: workersIn(boxes[1]), money: moneyIn(boxes[2]) };
  const buttons = TABS.map(([id, text]) => el('button', {
    type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': 'panel',
    onclick: () => choose(id),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose(TABS[(TABS.findIndex(([other]) => other === id) + step + TABS.length) % TABS.length][0], true);
    },
  }, text));
  byId('tabs').replaceChildren(...buttons);

  /** @param {string} id @param {boolean} [focus] */
  function choose(id, focus = false) {
    tab = id;
    buttons.forEach((button, i) => {
      const chosen = TABS[i][0] === id;
      mark(button, 'aria-selected', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      boxes[i].hidden = !chosen;
      if (chosen && focus) button.focus();
    });
    mark(byId('panel'), 'aria-labelledby', `tab-${id}`);
    byId('filters').hidden = id !== 'reservations';
    none.hidden = true;
    changed();
  }
  buttons.forEach((button, i) => { mark(button, 'aria-selected', String(i === 0)); button.tabIndex = i ? -1 : 0; boxes[i].hidden = i > 0; });
  mark(byId('panel'), 'aria-labelledby', 'tab-reservations');

  return {
    /** What to ask the list for; null while another tab is shown. @param {string} hitType */
    query: (hitType) => (tab !== 'reservations' ? null : {
      hitType: whose.node.value === 'one' ? hitType : '', open: which.node.value === 'open', slots: true,
      limit: size.node.value, cursor: cursors[cursors.length - 1],
    }),
    /** The first page again, of another ProtoHIT. */
    restart: () => { cursors = ['']; },
    /** @param {Reservation[]} rows @param {string} next @param {number} now */
    showReservations(rows, next, now) {
      following = next;
      show.reservations(rows, now, whose.node.value === 'all');
      none.hidden = rows.length > 0;
      say(none, which.node.value === 'open' ? 'No open reservation.' : 'No reservation yet.');
      back.hidden = cursors.length < 2;
      on.hidden = !next;
      say(place, cursors.length > 1 || next ? `page ${cursors.length}` : '');
    },
    /** @param {Overview} overview @param {import('./overview.js').Known} known */
    showOthers(overview, known) {
      if (tab === 'workers') show.workers(known.ahead, overview.now);
      if (tab === 'money') show.money(overview, known.money);
    },
  };
}
