// @ts-check
/* What happened with one assignment, in order: what its page saw and did, and what the service did. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { latency } from '../format.js';
import { loadInto } from './loading.js';
import { ask, withQuery } from './service.js';

/** @typedef {{at: number, event: string, by: string, detail: unknown}} Event */

/** @param {Element} box @param {string} assignment */
export async function timeline(box, assignment) {
  const list = el('div', { class: 'stack' });
  box.replaceChildren(el('h2', { id: 'happened' }, 'What happened'), list);
  await loadInto(list, async () => {
    try {
      return /** @type {Event[]} */ (await ask(withQuery('retainer/assignment/events', { assignment })));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  }, draw);
}

/** @param {Event[]} events */
function draw(events) {
  if (!events.length) return [el('p', { class: 'soft' }, 'Nothing is on record of it, or not any more.')];
  const first = events[0]?.at ?? 0;
  return [el('ol', { class: 'timeline' }, ...events.map((event) => {
    const { at, event: name, by, detail } = event;
    const more = Object.entries(detail && typeof detail === 'object' ? detail : { '': detail }).filter(([, value]) => value !== null && value !== undefined && value !== '');
    return el('li', {},
      el('span', { class: 'when mono' }, new Date(at).toLocaleTimeString(undefined, { hourCycle: 'h23' }), el('span', { class: 'soft' }, ` +${latency(at - first)}`)),
      el('span', {}, el('strong', {}, String(name)), by ? el('span', { class: 'soft' }, ` ${by}`) : null,
        ...more.map(([key, value]) => el('span', { class: 'soft small' }, ` · ${key ? `${key}: ` : ''}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`))));
  }))];
}
