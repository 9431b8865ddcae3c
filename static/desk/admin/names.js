// @ts-check
/*
 * Workers' names, which only the marketplace knows.
 *
 * Whatever is drawn in one go asks for its names in one call. Where there is no marketplace, or it is deployed
 * apart, ids stand alone and nobody asks again.
 */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { linkTo } from './links.js';
import { ask, withQuery } from './service.js';

const MOST = 100;
/** By id; empty for somebody whom the marketplace does not know. @type {Map<string, string>} */
const known = new Map();
/** What waits for a name, by id. @type {Map<string, HTMLElement[]>} */
let waiting = new Map();
let asking = 0;
let isOff = false;

/** Whether an answer says that no marketplace is there to be asked. @param {unknown} error */
export const isAway = (error) => error instanceof ApiError && [403, 404, 405].includes(error.status) && error.code !== 'wrong_scope';

/** A link to a worker, by name and id; a worker whose data was deleted has no page. @param {string} worker */
export function workerLink(worker) {
  if (worker.startsWith('~')) return el('span', { class: 'soft' }, 'deleted');
  const link = linkTo(worker, 'workers', worker);
  nameIn(link, worker);
  return link;
}

/** Put the name of a worker before the id that `box` shows, as soon as it is known. @param {HTMLElement} box @param {string} worker */
export function nameIn(box, worker) {
  const name = known.get(worker);
  if (name) show(box, worker, name);
  if (name !== undefined || isOff || !/^[A-Za-z0-9]{1,64}$/.test(worker)) return;
  waiting.set(worker, [...waiting.get(worker) ?? [], box]);
  asking ||= setTimeout(() => void askForNames(), 0);
}

/** @param {HTMLElement} box @param {string} worker @param {string} name */
const show = (box, worker, name) => box.replaceChildren(name, ' ', el('span', { class: 'worker-id' }, worker));

async function askForNames() {
  const turn = waiting;
  waiting = new Map();
  asking = 0;
  const ids = [...turn.keys()];
  for (let at = 0; at < ids.length && !isOff; at += MOST) {
    const some = ids.slice(at, at + MOST);
    try {
      const { names } = await ask(withQuery('market/admin/names', { workers: some.join(',') }));
      for (const id of some) {
        const name = names[id] ?? '';
        known.set(id, name);
        if (name) turn.get(id)?.forEach((box) => show(box, id, name));
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      isOff = isAway(error);
      // Else the next drawing asks again; ids are enough until then.
      return;
    }
  }
}
