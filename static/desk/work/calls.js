// @ts-check
/* Calls: the ways in which this worker is called, what for, when not, and how often. */

import { el } from '../dom.js';
import { addressCard, browserCard, calendarCard } from './call-ways.js';
import { ask } from './session.js';
import { ownZone, zones } from './zones.js';

/** @typedef {import('./site.js').Site} Site */
/**
 * @typedef {{new: boolean, choices: string[], mail: {offered: boolean, address: string | null, state: string | null,
 *   askedAt: number | null}, push: {key: string | null, browsers: string[]}, feed: string | null, zone: string,
 *   quiet: {from: string, to: string} | null, mostADay: number, bound: number, today: number}} Calling
 */

const PURPOSES = /** @type {const} */ ([
  ['sessions', 'Sessions', 'A requester announces when people will be needed. If you say yes, you hear of changes and get a reminder.'],
  ['work', 'Work that waits', 'Work that you can do, and that nobody has taken for a while. The first person who comes gets it.'],
]);

/** @param {Site} site */
export function showCalls({ view, note, fail }) {
  view.replaceChildren(el('p', { class: 'soft' }, 'Loading …'));
  const done = (/** @type {Calling} */ calling, text = '') => {
    show(calling);
    note(text);
  };
  const tools = { done, fail };
  const show = (/** @type {Calling} */ calling) => {
    // Which button had the keyboard: everything is drawn again.
    const key = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : '';
    view.replaceChildren(
      el('h1', { tabIndex: -1 }, 'Calls'),
      el('p', { class: 'soft' }, 'You need not sit here and wait: choose how you are called when work comes. You can switch off every way again. '
        + 'Only you and the operator see your address.'),
      el('div', { class: 'ways' }, addressCard(calling, tools), browserCard(calling, tools), calendarCard(calling, tools)),
      choicesCard(calling, tools));
    for (const node of key ? view.querySelectorAll('[data-key]') : []) {
      if (node instanceof HTMLElement && node.dataset.key === key) node.focus({ preventScroll: true });
    }
  };
  ask('market/calls').then(show, fail);
}

/** @param {Calling} calling @param {import('./call-ways.js').Tools} tools */
function choicesCard(calling, { done, fail }) {
  const ways = [
    ...(calling.mail.offered ? [{ way: 'mail', name: 'By mail', works: calling.mail.state === 'confirmed', needs: calling.mail.state === 'unconfirmed' ? 'once the address is confirmed' : 'needs an address above' }] : []),
    ...(calling.push.key ? [{ way: 'push', name: 'In my browsers', works: calling.push.browsers.length > 0, needs: 'needs a browser above' }] : []),
  ];
  if (!ways.length) {
    return el('p', { class: 'note' }, 'This market calls neither by mail nor in browsers. The calendar shows its sessions.');
  }
  const boxes = PURPOSES.map(([purpose, title, text]) => el('fieldset', { class: 'purpose' },
    el('legend', {}, title), el('p', { class: 'soft small' }, text),
    ...ways.map(({ way, name, works, needs }) => {
      const box = el('input', { type: 'checkbox', id: `${purpose}-${way}`, value: `${purpose}:${way}`, checked: calling.choices.includes(`${purpose}:${way}`) });
      return el('label', { class: 'check', for: box.id }, box, name, works ? null : el('span', { class: 'soft small' }, needs));
    })));
  const zone = el('select', { id: 'call-zone' });
  const here = calling.new ? ownZone() : calling.zone;
  zone.append(...zones(here, ownZone()).map((name) => el('option', { value: name, selected: name === here }, name.replaceAll('_', ' '))));
  const quiet = el('input', { type: 'checkbox', id: 'call-quiet', checked: calling.quiet !== null });
  const from = el('input', { type: 'time', id: 'call-from', value: calling.quiet?.from ?? '21:00', required: true });
  const to = el('input', { type: 'time', id: 'call-to', value: calling.quiet?.to ?? '08:00', required: true });
  const most = el('input', { type: 'number', id: 'call-most', min: '1', max: String(calling.bound), value: String(calling.mostADay), required: true });
  const follow = () => { from.disabled = to.disabled = !quiet.checked; };
  quiet.addEventListener('change', follow);
  follow();
  const save = el('button', { type: 'submit', class: 'main', 'data-key': 'save-calls' }, 'Save');
  return el('section', { class: 'card', 'aria-labelledby': 'what-for' }, el('form', {
    class: 'stack',
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      save.disabled = true;
      const chosen = boxes.flatMap((box) => [...box.querySelectorAll('input')]).filter((box) => box.checked);
      try {
        done(await ask('market/calls', {
          choices: chosen.map((box) => box.value), zone: zone.value, mostADay: Number(most.value),
          quiet: quiet.checked ? { from: from.value, to: to.value } : null,
        }), 'Saved.');
      } catch (error) {
        fail(error);
      }
      save.disabled = false;
    },
  }, el('h2', { id: 'what-for' }, 'What for, and when'), el('div', { class: 'purposes' }, ...boxes),
  el('div', { class: 'limits' },
    el('div', {}, el('label', { class: 'check', for: 'call-quiet' }, quiet, 'Quiet hours'),
      el('div', { class: 'hours' }, el('label', { for: 'call-from' }, 'from'), from, el('label', { for: 'call-to' }, 'to'), to)),
    el('div', {}, el('label', { for: 'call-zone' }, 'Your time zone'), zone),
    el('div', {}, el('label', { for: 'call-most' }, `Most calls a day (up to ${calling.bound})`), most,
      el('p', { class: 'soft small' }, `${calling.today} today. News of a session that you said yes to is not counted.`))),
  el('div', {}, save)));
}
