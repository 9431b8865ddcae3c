// @ts-check
/* Reservations by pages, each with its slots; what is open stays open while figures change. */

import { el, say } from '../dom.js';
import { latency, relative, span } from '../format.js';
import { keyed, mark } from '../keyed.js';
import { firstAndLast, stateOf } from './figures.js';
import { exact, sayTime, timeOfDay } from './parts.js';
import { inWords, slotCounts } from './slots.js';

/** @typedef {import('./overview.js').Reservation} Reservation */
/** @typedef {import('./overview.js').Slot} Slot */
/** @typedef {'invoke' | 'finish' | 'unfinish'} Verb */

const HEADS = ['For', 'State', 'Slots', 'Dispatch', 'Actions'];
const NAMES = { invoke: 'Invoke …', finish: 'Finish', unfinish: 'Unfinish' };

/** What can be done with a reservation as it is. @param {Reservation} one @returns {Verb[]} */
export function verbsOf({ done, invoked }) {
  if (done) return ['unfinish'];
  return invoked ? ['finish'] : ['invoke', 'finish'];
}

/**
 * Build the list once.
 * @param {Element} box @param {(verb: Verb, one: Reservation) => void} act
 * @returns {(rows: Reservation[], now: number, ofAll: boolean) => void} what brings it up to date
 */
export function reservationsIn(box, act) {
  const list = el('ul', { class: 'reservations', 'aria-label': 'Reservations' });
  const heads = el('div', { class: 'reservation heads small soft', 'aria-hidden': 'true' },
    ...HEADS.map((head) => el('span', {}, head)));
  box.replaceChildren(heads, list);
  return (rows, now, ofAll) => {
    mark(list, 'data-of', ofAll ? 'all' : 'one');
    heads.hidden = !rows.length;
    keyed(list, rows, ({ id }) => id, (one) => row(one, act), (part, one) => part.update(one, now));
  };
}

/** @param {Reservation} first @param {(verb: Verb, one: Reservation) => void} act */
function row(first, act) {
  let one = first;
  let now = 0;
  const name = el('span', { class: 'clip name' });
  const proto = el('span', { class: 'soft small clip proto' });
  const state = el('span', { class: 'state' });
  const when = el('time', { class: 'soft small' });
  const bar = el('span', { class: 'slots', role: 'img' });
  const words = el('span', { class: 'soft small' });
  const speed = el('span', { class: 'num small' });
  const actions = el('span', { class: 'actions' });
  const inside = el('div', { class: 'inside', hidden: true });
  const toggle = el('button', {
    type: 'button', class: 'quiet toggle', 'aria-expanded': 'false', 'data-key': first.id,
    onclick: () => {
      inside.hidden = !inside.hidden;
      mark(toggle, 'aria-expanded', String(!inside.hidden));
      show();
    },
  }, name);
  const node = el('li', { 'data-reservation': first.id },
    el('div', { class: 'reservation' }, el('span', {}, toggle, proto), el('span', {}, state, ' ', when),
      el('span', { class: 'slot-cell' }, bar, words), speed, actions), inside);
  /** @type {((one: Reservation, now: number) => void) | null} */
  let showInside = null;

  function show() {
    if (inside.hidden) return;
    showInside ??= slotsIn(inside);
    showInside(one, now);
  }

  /** @param {Reservation} latest @param {number} at */
  function update(latest, at) {
    one = latest;
    now = at;
    say(name, String(one.foreignID));
    say(proto, one.proto.hitTypeID);
    const { text, tone } = stateOf(one, now);
    say(state, one.cancelled ? 'cancelled' : text);
    mark(state, 'class', `state ${tone}`);
    const at_ = one.doneAt ?? one.invokedAt ?? one.startTime;
    sayTime(when, at_, now, one.done || one.invoked || at_ < now ? '' : 'due ');
    showSlots(bar, words, one);
    const times = firstAndLast(one);
    say(speed, !times ? '–' : times.first === times.last ? latency(times.first) : `${latency(times.first)} – ${latency(times.last)}`);
    keyed(actions, verbsOf(one), (verb) => verb, (verb) => ({
      node: el('button', { type: 'button', class: 'slim', 'aria-label': `${NAMES[verb]} ${one.foreignID}`, onclick: () => act(verb, one) }, NAMES[verb]),
    }), () => {});
    show();
  }
  return { node, update };
}

/** @param {Element} bar @param {Element} words @param {Reservation} one */
function showSlots(bar, words, one) {
  const counts = slotCounts(one);
  const text = counts.length ? inWords(counts) : `${one.assignments} wanted${one.called > one.assignments ? `, ${one.called} called` : ''}`;
  say(words, one.released ? `${text}, ${one.released} released` : text);
  mark(bar, 'aria-label', text);
  keyed(bar, counts, ([state]) => state, ([state]) => ({ node: el('span', { class: `slot ${state}` }) }), ({ node }, [, n]) => {
    if (node.style.flexGrow !== String(n)) node.style.flexGrow = String(n);
  });
}

/** The slots one by one, and what else is known of the reservation. @param {Element} box */
function slotsIn(box) {
  const facts = el('p', { class: 'soft small clip' });
  const body = el('tbody');
  const heads = ['Worker', 'State', 'Claimed', 'Shown', '“I’m here”', 'Submitted'];
  const table = el('table', { class: 'fold' }, el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))), body);
  const whole = el('a', { class: 'small' }, 'Answers and the whole story, in the console');
  box.replaceChildren(facts, table, whole);
  return (/** @type {Reservation} */ one, /** @type {number} */ now) => {
    say(facts, [`id ${one.id}`, `${one.assignments} wanted`, one.called > one.assignments ? `${one.called} called` : '',
      `due ${exact(one.startTime)}`, one.invokedAt ? `invoked ${exact(one.invokedAt)}` : '', one.doneAt ? `done ${exact(one.doneAt)}` : '',
      one.released ? `${one.released} claims released: nobody answered in time, or the worker left` : '',
      one.payload ? `payload ${one.payload.slice(0, 200)}${one.payload.length > 200 ? ' …' : ''}` : ''].filter(Boolean).join(' · '));
    whole.href = `../admin/#/reservations/${encodeURIComponent(one.id)}`;
    table.hidden = !one.slots?.length;
    keyed(body, one.slots ?? [], ({ assignment }) => assignment, () => slotRow(heads), ({ cells }, slot) => {
      const texts = [slot.worker, slot.state, `${timeOfDay(slot.claimed)} (${relative(slot.claimed, now)})`,
        ...[slot.shown, slot.acknowledged, slot.submitted].map((at) => after(at, slot.claimed))];
      texts.forEach((text, i) => say(cells[i], text));
    });
  };
}

/** @param {string[]} heads */
function slotRow(heads) {
  const cells = heads.map((head) => el('td', { 'data-label': head, class: 'clip' }));
  return { node: el('tr', {}, ...cells), cells };
}

/** `10:31:05 (+1.2 s)`. @param {number | null} at @param {number} since */
function after(at, since) {
  if (at === null) return '–';
  return `${timeOfDay(at)} (+${at - since < 90000 ? latency(at - since) : span(at - since)})`;
}
