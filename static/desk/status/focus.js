// @ts-check
/* The one ProtoHIT that is looked at: its figures, its charts, what sizing did and will do. */

import { el, say } from '../dom.js';
import { count, dollars, latency, span } from '../format.js';
import { mark } from '../keyed.js';
import { latencyChart, moneyChart, poolChart } from './charts.js';
import { figure, sayFigure, sayTime, timeOfDay } from './parts.js';
import { atCap, didRun, willRun } from './says.js';
import { shareWithin } from './series.js';

/** @typedef {import('./overview.js').Focus} Focus */
/** @typedef {import('./overview.js').Ahead} Ahead */
/** @typedef {import('./overview.js').Overview} Overview */

/** Runs come once a minute. */
const RUNS_LATE_MS = 150000;
const RUN_EVERY_MS = 60000;
const PROMISE_MS = 500;

/**
 * Build it once.
 * @param {Element} box
 * @param {{stop: () => void, finishAll: () => void, sandbox: () => void}} actions
 * @returns {(overview: Overview, ahead: Ahead | null) => void} what brings it up to date
 */
export function focusIn(box, { stop, finishAll, sandbox }) {
  const title = el('h2', { id: 'focus-title', class: 'clip' });
  const about = el('span', { class: 'soft small clip' });
  const market = el('button', { type: 'button', role: 'switch', class: 'slim switch', onclick: sandbox }, 'Sandbox');
  const stopping = el('button', { type: 'button', class: 'slim', onclick: stop });
  const cap = el('p', { class: 'note warn small', id: 'at-cap' });
  const figures = {
    waiting: figure('Waiting'), present: figure('On the page'), reserved: figure('Ready for'), hits: figure('HITs out'),
    dispatch: figure('Dispatch'), here: figure('“I’m here”'), cost: figure('One worker costs'),
  };
  const last = { when: el('time'), text: el('span', { class: 'clip' }) };
  const next = { when: el('span'), text: el('span', { class: 'clip' }) };
  const charts = [chart('The pool, by sizing runs'), chart('Last 200 calls'), chart('Money by hour')];
  box.replaceChildren(
    el('div', { class: 'focus-head' }, el('div', { class: 'grow' }, title, about), market,
      el('button', { type: 'button', class: 'slim', onclick: finishAll }, 'Finish all …'), stopping),
    cap, el('dl', { class: 'figures dense' }, ...Object.values(figures).map(({ node }) => node)),
    el('div', { class: 'charts' }, ...charts.map(({ node }) => node)),
    el('dl', { class: 'runs small' },
      el('dt', {}, 'Last sizing ', last.when), el('dd', { id: 'last-run' }, last.text),
      el('dt', {}, 'Next ', next.when), el('dd', { id: 'next-run' }, next.text)));
  const draw = { pool: poolChart(charts[0]), latency: latencyChart(charts[1]), money: moneyChart(charts[2]) };

  return ({ focus, now, markets }, ahead) => {
    if (!focus) return;
    mark(box, 'data-hit-type', focus.hitType);
    say(title, focus.title);
    const shared = focus.sharedBy.filter((name) => name !== focus.hitType);
    say(about, [focus.hitType, focus.pool ? `pool ${focus.pool}${shared.length ? `, shared with ${shared.join(', ')}` : ''}` : '',
      `each polls every ${latency(focus.pollEvery)}`].filter(Boolean).join(' · '));
    mark(market, 'aria-checked', String(focus.sandbox));
    const other = focus.sandbox ? 'production' : 'sandbox';
    market.disabled = !markets.includes(other);
    mark(market, 'title', market.disabled ? `The ${other} market is not configured.` : `HITs go to the ${focus.sandbox ? 'sandbox' : 'production market'}.`);
    say(stopping, focus.stopped ? 'Start …' : 'Stop …');
    mark(stopping, 'class', focus.stopped ? 'slim main' : 'slim stop');
    say(cap, focus.stopped ? 'Stopped: no HIT is posted until you start again.' : atCap(focus));

    const sample = focus.samples.at(-1);
    sayFigure(figures.waiting, String(focus.waiting), `of ${focus.target} wanted`);
    sayFigure(figures.present, ahead ? String(ahead.present) : sample ? String(sample[2]) : '–',
      ahead || sample ? 'waiting or called' : 'not measured');
    sayFigure(figures.reserved, String(focus.reserved), focus.standing ? `${focus.standing} kept ready` : 'calls without notice');
    sayFigure(figures.hits, String(focus.hitsOut), sample ? count(sample[5], 'free seat') : `of ${focus.caps.hitsOut}`);
    const within = shareWithin(focus.edges, focus.latency.counts, PROMISE_MS);
    sayFigure(figures.dispatch, latency(focus.latency.p50), focus.latency.n
      ? `p95 ${latency(focus.latency.p95)}, ${Math.round((within ?? 0) * 100)} % in ½ s` : 'not measured');
    sayFigure(figures.here, latency(focus.response.p50), focus.response.n ? `p95 ${latency(focus.response.p95)}` : 'not measured');
    sayFigure(figures.cost, dollars(focus.cost.perWorker), Number(focus.cost.payAtMost) ? `and up to $${focus.cost.payAtMost} for the wait` : `fee of $${focus.cost.fee} included`);

    draw.pool(focus);
    draw.latency(focus);
    draw.money(focus, now);
    say(charts[0].note, focus.samples.length ? '' : 'Not measured yet: no sizing run.');
    say(charts[1].note, focus.latency.n ? '' : 'Not measured yet: no call was answered.');
    say(charts[2].note, `Hour $${focus.committed.hour} / $${short(focus.caps.spendPerHour)} · day $${focus.committed.day} / $${short(focus.caps.spendPerDay)}`);

    sayTime(last.when, focus.sizing?.at ?? null, now);
    const late = focus.sizing?.at && now - focus.sizing.at > RUNS_LATE_MS;
    say(last.text, didRun(focus.sizing) + (late ? ` No run for ${span(now - (focus.sizing?.at ?? now))}: is the schedule running?` : ''));
    mark(last.text, 'class', late || focus.failures ? 'clip warn' : 'clip');
    sayNext(next, focus, ahead, now);
  };
}

/** Dollars without cents, where there are none. @param {string} amount */
const short = (amount) => amount.replace(/\.00$/, '');

/** @param {{when: Element, text: Element}} next @param {Focus} focus @param {Ahead | null} ahead @param {number} now */
function sayNext({ when, text }, { sizing, failures }, ahead, now) {
  const due = sizing?.at ? Math.max(0, sizing.at + RUN_EVERY_MS - now) : 0;
  const paused = sizing?.retryAt && sizing.retryAt > now;
  say(when, paused ? `from ${timeOfDay(sizing.retryAt ?? now)}` : due ? `in ${span(due)}` : 'now');
  if (!ahead) say(text, 'being worked out …');
  else if (ahead.next) say(text, willRun(ahead.next));
  else say(text, `the market failed ${count(failures, 'time')} in a row and is left alone until then`);
}

/** @param {string} name */
function chart(name) {
  const box = el('div', { class: 'plot', role: 'img', 'aria-label': 'not measured' });
  const head = el('div', { class: 'chart-head' }, el('h3', {}, name));
  const note = el('p', { class: 'soft small' });
  return { node: el('section', { class: 'chart' }, head, box, note), box, head, note };
}
