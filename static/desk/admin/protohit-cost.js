// @ts-check
/* What a ProtoHIT costs, in words and figures. */

import { el } from '../dom.js';
import { dollars } from '../format.js';
import { duration } from '../words.js';

/**
 * @typedef {{fee: string, called: string, vain: string, most: string, stayS: number, placeHour: string,
 *   workerHour: string, workers: number, model: string, why: string, restHour: string, calls: number,
 *   callsHour: string, capHour: string, capDay: string}} Cost
 */

/** @param {Cost | null} cost null: the market, and so its fees, are not known */
export function costFigures(cost) {
  if (!cost) return [el('p', { class: 'soft' }, 'What it costs is told once it is complete.')];
  const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value, el('small', {}, more)));
  const { workers, stayS } = cost;
  return [
    el('dl', { class: 'figures cost' },
      figure('At rest, an hour', dollars(cost.restHour),
        workers ? `${workers} kept waiting, ${dollars(cost.placeHour)} each` : 'nobody is kept waiting'),
      figure('A worker called', dollars(cost.called), `up to ${dollars(cost.most)} after the longest wait`),
      figure('A wait in vain', dollars(cost.vain), `${duration(stayS)}, fee of ${dollars(cost.fee)} included`),
      figure('A worker earns', dollars(cost.workerHour), 'an hour by the longest wait, as the listing says')),
    el('p', { class: 'small soft' },
      workers ? `Reckoned with ${cost.calls} workers called an hour: another ${dollars(cost.callsHour)}. ` : '',
      `Never more than ${dollars(cost.capHour)} an hour and ${dollars(cost.capDay)} a day are committed: those are its caps.`,
      Number(cost.restHour) > Number(cost.capHour) ? el('strong', { class: 'warn' },
        ` At rest it would need more than its cap an hour allows: it would be short of workers.`) : null),
    ...(cost.why ? [el('p', { class: 'small soft' }, cost.why)] : [])];
}
