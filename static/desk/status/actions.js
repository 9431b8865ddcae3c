// @ts-check
/* What the dashboard does. Whatever cannot be taken back says first what will happen. */

import { ask } from '../admin/service.js';
import { confirmIn } from '../admin/confirm.js';
import { ApiError } from '../api.js';
import { byId, say } from '../dom.js';
import { finishAllSays, invokeSays, sandboxSays, startSays, stopSays } from './says.js';

/** @typedef {import('./overview.js').Overview} Overview */
/** @typedef {import('./overview.js').Reservation} Reservation */

/** @param {{overview: () => Overview | null, done: () => Promise<void>}} page `done` shows what has changed */
export function actionsOf({ overview, done }) {
  /** @param {string} path @param {object} [body] */
  const send = async (path, body = {}) => {
    await ask(`retainer/${path}`, body);
    await done();
  };
  /** @param {{title: string, says: string[], doing: string, danger?: boolean, act: () => Promise<void>}} what */
  const asking = (what) => void confirmIn(byId('ask'), { ...what, behind: [byId('top'), byId('board')] });
  const focus = () => overview()?.focus ?? null;

  /** @param {import('./overview.js').Pool[]} pools @param {string} whose @param {string} hitType */
  function toggle(pools, whose, hitType) {
    const stops = pools.some(({ stopped }) => !stopped);
    asking(stops
      ? { title: `Stop ${whose}?`, says: stopSays(pools), doing: 'Stop posting', danger: true, act: () => send('protohit/stop', { hitType }) }
      : { title: `Start ${whose} again?`, says: startSays(pools), doing: 'Start posting', act: () => send('protohit/start', { hitType }) });
  }

  return {
    stopAll: () => toggle(overview()?.pools ?? [], 'all ProtoHITs', ''),
    stopOne() {
      const pool = focus();
      if (pool) toggle([pool], quoted(pool.title), pool.hitType);
    },
    finishEverything: () => asking({
      title: 'Finish all reservations?', says: finishAllSays(null), doing: 'Finish all', danger: true,
      act: () => send('reservation/finish/all'),
    }),
    finishOne() {
      const pool = focus();
      if (!pool) return;
      asking({
        title: `Finish all reservations of ${quoted(pool.title)}?`, says: finishAllSays(pool.title), doing: 'Finish all', danger: true,
        act: () => send('reservation/finish/all', { hitType: pool.hitType }),
      });
    },
    sandbox() {
      const pool = focus();
      if (!pool) return;
      const to = pool.sandbox ? 'production market' : 'sandbox';
      asking({
        title: `Post ${quoted(pool.title)} to the ${to}?`, says: sandboxSays(pool), doing: `Use the ${to}`, danger: pool.sandbox,
        act: () => send('protohit/sandbox/set', { hitType: pool.hitType, sandbox: !pool.sandbox }),
      });
    },
    /** @param {'invoke' | 'finish' | 'unfinish'} verb @param {Reservation} one */
    reservation(verb, one) {
      const act = () => send(`reservation/${verb}`, { id: one.id });
      if (verb !== 'invoke') return void act().catch(tell);
      const pool = focus();
      const price = pool?.hitType === one.proto.hitTypeID ? pool.cost.perWorker : '';
      asking({ title: `Invoke ${quoted(String(one.foreignID))}?`, says: invokeSays(one, price, overview()?.now), doing: 'Call the workers', act });
    },
  };
}

/** @param {string} name */
const quoted = (name) => `“${name}”`;

/** @param {unknown} error */
function tell(error) {
  if (!(error instanceof ApiError)) throw error;
  say(byId('problem'), error.message);
}
