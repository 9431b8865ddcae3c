// @ts-check
/*
 * The dashboard: one or two questions every few seconds, and what they tell put in place.
 *
 * It keeps on showing what it knew when the API is away, and says since when. What it does is done by
 * documented routes, with the key of this tab.
 */

import '../guard.js';
import { ApiError } from '../api.js';
import { ask, forgetKey, hasKey, isOfKey, page, useKey, withQuery } from '../admin/service.js';
import { byId, say } from '../dom.js';
import { span } from '../format.js';
import { mark } from '../keyed.js';
import { actionsOf } from './actions.js';
import { focusIn } from './focus.js';
import { lowerPart } from './lower.js';
import { Known } from './overview.js';
import { timeOfDay } from './parts.js';
import { showAccount, showPools } from './pool-list.js';

const EVERY_MS = 3000;

const known = new Known();
let chosen = '';
/** When an answer came last; null: not yet. @type {number | null} */
let answeredAt = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** Counts questions: an answer that was overtaken by another choice is not shown. */
let asked = 0;

const actions = actionsOf({ overview: () => known.latest, done: () => { known.fullAt = -Infinity; return refresh(); } });
const showFocus = focusIn(byId('focus'), { stop: actions.stopOne, finishAll: actions.finishOne, sandbox: actions.sandbox });
const lower = lowerPart(actions.reservation, () => void refresh());

/** Ask, show, and ask again after a while, as long as somebody looks. */
async function refresh() {
  clearTimeout(timer);
  if (document.hidden || !byId('key-form').hidden) return;
  const question = (asked += 1);
  const full = known.wantsFull(performance.now());
  const query = chosen ? lower.query(chosen) : null;
  try {
    const [overview, list] = await Promise.all([
      ask(withQuery('retainer/status', { hitType: chosen, full, since: known.since(full) })),
      query && page('retainer/reservation/list', { ...query, v: 1 })]);
    if (question !== asked) return;
    const began = performance.now();
    known.take(overview, full, began);
    answeredAt = Date.now();
    show(list);
    // For whoever measures the page; one entry at a time.
    performance.clearMeasures('update');
    performance.measure('update', { start: began });
  } catch (error) {
    if (question !== asked) return;
    if (!(error instanceof ApiError)) throw error;
    failed(error);
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, EVERY_MS);
}

/** @param {{rows: import('./overview.js').Reservation[], next: string} | null} list */
function show(list) {
  const overview = known.latest;
  if (!overview) return;
  const first = byId('board').hidden;
  const hasPools = overview.pools.length > 0;
  byId('board').hidden = !hasPools;
  byId('empty').hidden = hasPools;
  for (const id of ['stop-all', 'finish-all']) byId(id).hidden = !hasPools;
  byId('forget-key').hidden = !hasKey();
  say(byId('problem'), '');
  tellLive('live', `live, ${timeOfDay(answeredAt ?? Date.now())}`);
  if (!overview.focus) return;
  const moved = chosen !== overview.focus.hitType;
  chosen = overview.focus.hitType;
  say(byId('stop-all'), overview.pools.every(({ stopped }) => stopped) ? 'Start all …' : 'Stop all …');
  showPools(overview, chosen, choose);
  showAccount(overview, known.money);
  showFocus(overview, known.ahead);
  lower.showOthers(overview, known);
  if (list) lower.showReservations(list.rows, list.next, overview.now);
  // The first answer says which ProtoHIT there is to ask for.
  if (first || moved) void refresh();
}

/** @param {string} hitType */
function choose(hitType) {
  if (hitType === chosen) return;
  chosen = hitType;
  known.forget();
  lower.restart();
  void refresh();
}

/** Say what is wrong, and from when is what is shown. @param {ApiError} error */
function failed(error) {
  if (isOfKey(error)) return needKey(error);
  if (error.code === 'unknown_hit_type' && chosen) {
    // It was taken away while we looked at it.
    chosen = '';
    known.forget();
    return;
  }
  const since = answeredAt === null ? '' : ` What is shown is from ${timeOfDay(answeredAt)}.`;
  say(byId('problem'), `${error.message}${since}`);
  tellLive('away', answeredAt === null ? 'no answer' : `no connection for ${span(Date.now() - answeredAt)}`);
}

/** @param {ApiError} error */
function needKey(error) {
  const had = hasKey();
  forgetKey();
  byId('key-form').hidden = false;
  for (const id of ['board', 'empty', 'stop-all', 'finish-all', 'forget-key']) byId(id).hidden = true;
  say(byId('problem'), had ? error.message : '');
  tellLive('away', 'no key');
  byId('key').focus();
}

/** @param {string} state @param {string} text */
function tellLive(state, text) {
  mark(byId('live'), 'data-state', state);
  say(byId('live'), text);
}

byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('key');
  if (!(field instanceof HTMLInputElement)) return;
  useKey(field.value);
  field.value = '';
  byId('key-form').hidden = true;
  known.forget();
  void refresh();
});
byId('forget-key').addEventListener('click', () => {
  forgetKey();
  known.forget();
  known.money = null;
  void refresh();
});
byId('stop-all').addEventListener('click', actions.stopAll);
byId('finish-all').addEventListener('click', actions.finishEverything);
document.addEventListener('visibilitychange', () => void refresh());
void refresh();
