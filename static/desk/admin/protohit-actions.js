// @ts-check
/* What can be done with a ProtoHIT, and what will happen then. */

import { el } from '../dom.js';
import { count, dollars } from '../format.js';
import { confirmIn } from './confirm.js';
import { ask } from './service.js';

/**
 * @typedef {{spec: Record<string, any>, market: string, stopped: boolean, archived: boolean,
 *   out: {hit: string | null, hits: number, free: number, taken: number, committed: string}, blocks: string[],
 *   cost: import('./protohit-cost.js').Cost | null}} ProtoHit
 */

/**
 * Buttons for what can be done now; each asks in `place`, and `changed` is called after it was done.
 * @param {import('./sections.js').Console} site @param {Element} place @param {ProtoHit} proto
 * @param {() => void} changed
 */
export function actionsOf(site, place, proto, changed) {
  const { stopped, archived } = proto;
  const id = proto.spec.hit_type_id;
  /** @param {string} name @param {Parameters<typeof confirmIn>[1]} what @param {string} told */
  const action = (name, what, told) => el('button', {
    type: 'button', 'data-key': `do-${name}`,
    onclick: async () => {
      if (!await confirmIn(place, what)) return;
      site.tell(told);
      changed();
    },
  }, name);
  if (archived) {
    return [action('Restore', {
      title: `Take ${id} back into service?`, doing: 'Restore it',
      says: ['Programs can reserve workers of it again. It stays stopped until it is started: nothing is posted by this.'],
      act: () => ask('retainer/protohit/restore', { hitType: id }),
    }, `${id} is back, and stopped.`)];
  }
  return [stopped ? action('Start', starting(proto), `${id} is started.`)
    : action('Stop', stopping(proto), `${id} is stopped; its HITs are being expired.`),
  action('Switch market', switching(proto, site.me.markets), `${id} has been switched.`),
  action('Archive', archiving(proto), `${id} is archived.`)];
}

/** Who is in the HITs that are out. @param {ProtoHit} proto */
const inThem = ({ out }) => (out.hits
  ? `${count(out.hits, 'HIT')} with ${count(out.free, 'free seat')} ${out.hits === 1 ? 'is' : 'are'} out${out.taken ? `, and ${count(out.taken, 'worker')} ${out.taken === 1 ? 'is' : 'are'} in them` : ', and nobody is in them'}.`
  : 'No HIT is out just now.');

/** @param {ProtoHit} proto */
function stopping(proto) {
  const id = proto.spec.hit_type_id;
  return {
    title: `Stop ${id}?`, doing: 'Stop it', danger: true,
    says: [`${inThem(proto)} Free seats are taken back within seconds, and no more is posted until it is started again.`,
      'Workers who wait or work are served and paid all the same. Reservations stay, but find only those who wait already.'],
    act: () => ask('retainer/protohit/stop', { hitType: id }),
  };
}

/** @param {ProtoHit} proto */
function starting({ spec, cost }) {
  const id = spec.hit_type_id;
  return {
    title: `Start ${id}?`, doing: 'Start it',
    says: ['HITs are posted again for whatever is reserved, and for its standing pool if it keeps one.',
      cost ? `At rest that is about ${dollars(cost.restHour)} an hour; at most ${dollars(cost.capHour)} an hour and ${dollars(cost.capDay)} a day are committed.` : ''],
    act: () => ask('retainer/protohit/start', { hitType: id }),
  };
}

/** @param {ProtoHit} proto @param {string[]} markets */
function switching(proto, markets) {
  const toSandbox = proto.market === 'production';
  const to = toSandbox ? 'sandbox' : 'production';
  const id = proto.spec.hit_type_id;
  if (!markets.includes(to)) {
    return {
      title: `${id} cannot be switched`, doing: 'Close', says: [`The ${to} market is not configured here (RETAINER_MARKETS).`],
      act: () => Promise.reject(new Error(`The ${to} market is not configured.`)),
    };
  }
  return {
    title: `Switch ${id} to ${to === 'sandbox' ? 'the sandbox' : 'production'}?`, doing: `Post to ${to}`, danger: !toSandbox,
    says: [`${inThem(proto)} They are on the ${proto.market} market: the next sizing run, within a minute, takes their free seats back. Who is in them is served and paid there.`,
      toSandbox ? 'From then on it posts to the sandbox, where no real money is paid.'
        : el('p', {}, el('strong', {}, 'From then on real workers are paid real money'),
          proto.cost ? `: ${dollars(proto.cost.called)} for one called, at most ${dollars(proto.cost.capHour)} an hour and ${dollars(proto.cost.capDay)} a day.` : '.')],
    act: () => ask('retainer/protohit/sandbox/set', { hitType: id, sandbox: toSandbox }),
  };
}

/** @param {ProtoHit} proto */
function archiving({ spec, blocks }) {
  const id = spec.hit_type_id;
  const says = blocks.length
    ? ['It can be archived once nothing of it is under way. What stands against that now:',
      el('ul', {}, ...blocks.map((block) => el('li', {}, block)))]
    : ['It is no longer listed, and takes no reservations. Everything that was made with it stays on record: costs, answers, reservations.',
      'It can be restored at any time. A program that declares it again with puttask brings it back, too.'];
  return {
    title: `Archive ${id}?`, doing: blocks.length ? 'Try all the same' : 'Archive it', danger: !blocks.length, says,
    act: () => ask('retainer/protohit/archive', { hitType: id }),
  };
}
