// @ts-check
/* ProtoHITs: searched, looked at, made, changed, copied. */

import { el, refill, whileVisible } from '../dom.js';
import { count, dollars, latency } from '../format.js';
import { address, linkTo } from './links.js';
import { loadInto } from './loading.js';
import { pagedTable } from './paged-table.js';
import { actionsOf } from './protohit-actions.js';
import { costFigures } from './protohit-cost.js';
import { GROUPS } from './protohit-fields.js';
import { protoHitForm } from './protohit-form.js';
import { previewOf } from './protohit-preview.js';
import { ask, withQuery } from './service.js';

/** @typedef {import('./sections.js').Console} Console */
/** @typedef {import('./protohit-actions.js').ProtoHit} ProtoHit */

const POOL_MS = 5000;

/** `#/protohits`, `#/protohits?new&copy=<id>`, `#/protohits/<id>`, `#/protohits/<id>/edit`. @param {Console} site */
export function showProtoHits(site) {
  const [id = '', what = ''] = site.path;
  if (id) return what === 'edit' ? edit(site, id) : showOne(site, id);
  return site.query.has('new') ? make(site, site.query.get('copy') ?? '') : showAll(site);
}

/** @param {string} id @returns {Promise<ProtoHit>} */
const load = (id) => ask(withQuery('retainer/protohit', { hitType: id }));

/** @param {{stopped: boolean, archived: boolean}} proto */
export function stateOf({ stopped, archived }) {
  if (archived) return el('span', { class: 'state soft' }, 'archived');
  return el('span', { class: stopped ? 'state warn' : 'state good' }, stopped ? 'stopped' : 'running');
}

/** @param {Console} site */
function showAll(site) {
  const table = pagedTable(site, {
    path: 'retainer/protohits', noun: 'ProtoHIT', idOf: (row) => row.id,
    filters: [{ name: 'q', label: 'Search id, title, keywords or pool' },
      { name: 'state', label: 'State', options: [['', 'In service'], ['running', 'Running'], ['stopped', 'Stopped'], ['archived', 'Archived']] },
      { name: 'market', label: 'Market', options: [['', 'Any'], ['sandbox', 'Sandbox'], ['production', 'Production']] }],
    empty: el('p', {}, 'No ProtoHIT yet. ', el('a', { href: '#/protohits?new' }, 'Make the first one'), '.'),
    columns: [
      { head: 'Id', kind: 'clip', cell: ({ id }) => linkTo(id, 'protohits', id) },
      { head: 'Title', kind: 'clip', cell: ({ title }) => title },
      { head: 'State', cell: stateOf },
      { head: 'Market', cell: ({ market }) => market },
      { head: 'Reward', kind: 'num', cell: ({ reward }) => dollars(Number(reward).toFixed(2)) },
      { head: 'Pool', kind: 'clip', cell: ({ pool, standing }) => [pool, standing ? 'standing' : ''].filter(Boolean).join(', ') || 'its own' }],
  });
  site.view.replaceChildren(
    el('div', { class: 'head' }, el('h1', { class: 'grow', tabIndex: -1 }, 'ProtoHITs'),
      el('a', { class: 'button main', href: '#/protohits?new' }, 'New ProtoHIT')),
    el('p', { class: 'soft' }, 'Templates for HITs: what work is, what it pays, and how many workers are kept for it.'),
    el('section', { class: 'card stack', 'aria-label': 'ProtoHITs' }, table.box));
  return table.stop;
}

/** @param {Console} site @param {string} copied the one to begin with */
function make(site, copied) {
  let stop = () => {};
  if (!copied) return protoHitForm(site, site.view, { spec: {}, id: '' });
  void loadInto(site.view, () => load(copied), ({ spec }) => {
    const box = el('div', { class: 'stack' });
    stop = protoHitForm(site, box, { spec: { ...spec, hit_type_id: null }, id: '',
      note: el('p', { class: 'note' }, `A copy of ${copied}: it needs an id of its own.`) });
    return [box];
  });
  return () => stop();
}

/** @param {Console} site @param {string} id */
function edit(site, id) {
  let stop = () => {};
  void loadInto(site.view, () => load(id), ({ spec, out }) => {
    const box = el('div', { class: 'stack' });
    stop = protoHitForm(site, box, { spec, id, note: out.hits || out.taken
      ? el('p', { class: 'note' }, 'HITs are out. Workers who took one, or take one now, get what it said when it was posted; changes are for HITs posted from now on.')
      : null });
    return [box];
  });
  return () => stop();
}

/** @param {Console} site @param {string} id */
function showOne(site, id) {
  const pool = el('div', { class: 'stack' });
  const look = async () => refill(pool, poolFigures(await ask(withQuery('retainer/pool', { hitType: id }))));
  const stop = whileVisible(() => look().catch(site.fail), POOL_MS);
  const draw = () => loadInto(site.view, () => load(id), (proto) => {
    const place = el('div', { class: 'stack' });
    return [
      el('div', { class: 'head' }, el('h1', { tabIndex: -1 }, id), stateOf(proto),
        el('span', { class: 'state soft' }, proto.market), el('span', { class: 'grow' }),
        ...(proto.archived ? [] : [el('a', { class: 'button main', href: `#/${address('protohits', id, 'edit')}` }, 'Change')]),
        el('a', { class: 'button', href: `#/protohits?new&copy=${encodeURIComponent(id)}` }, 'Copy'),
        ...actionsOf(site, place, proto, () => void draw())),
      place,
      el('div', { class: 'beside' },
        el('div', { class: 'stack' },
          el('section', { class: 'card stack', 'aria-labelledby': 'pool-title' }, el('h2', { id: 'pool-title' }, 'The pool now'), pool,
            el('p', { class: 'small row' },
              el('a', { href: `#/reservations?hitType=${encodeURIComponent(id)}` }, 'Its reservations'),
              el('a', { href: `#/hits?hitType=${encodeURIComponent(id)}` }, 'Its HITs'))),
          el('section', { class: 'card stack', 'aria-labelledby': 'cost-title' }, el('h2', { id: 'cost-title' }, 'What it costs'), ...costFigures(proto.cost)),
          ...facts(proto.spec)),
        el('aside', { class: 'stack', 'aria-label': 'Preview' },
          el('section', { class: 'card stack', 'aria-labelledby': 'seen-title' }, el('h2', { id: 'seen-title' }, 'What workers see'), ...previewOf(proto.spec, proto.cost, proto.out.hit))))];
  });
  void draw();
  return stop;
}

/** @param {any} pool */
function poolFigures(pool) {
  const figure = (/** @type {string} */ name, /** @type {string | number} */ value, /** @type {string} */ more = '') =>
    el('div', {}, el('dt', {}, name), el('dd', {}, String(value), more ? el('small', {}, more) : null));
  return [el('dl', { class: 'figures' },
    figure('Waiting', pool.waiting, `of ${pool.target} wanted`), figure('Present', pool.present),
    figure('Reserved', pool.reserved), figure('HITs out', pool.hitsOut, count(pool.available, 'free seat')),
    figure('Dispatch', latency(pool.latency.p50), pool.latency.n ? `p95 ${latency(pool.latency.p95)}` : 'not measured')),
  el('p', { class: 'small soft' }, pool.sizing.why || 'Not sized yet.')];
}

/** What it says, group by group; what is at its default is not repeated. @param {Record<string, any>} spec */
function facts(spec) {
  return GROUPS.map(({ title, fields }) => {
    const rows = fields.flatMap(({ name, label, kind, unit, placeholder, options, value: normal }) => {
      const value = name.startsWith('page.') ? spec.page?.[name.slice(5)] : spec[name];
      if (value === null || value === undefined || value === '') return [];
      if (String(value) === (placeholder ?? String(normal ?? options?.[0]?.[0] ?? ''))) return [];
      const text = kind === 'check' ? (value ? 'yes' : 'no') : options?.find(([option]) => option === String(value))?.[1] ?? String(value);
      return [el('dt', {}, label), el('dd', { class: kind === 'area' ? 'pre-line' : '' }, `${kind === 'money' ? '$' : ''}${text}${unit ? ` ${unit}` : ''}`)];
    });
    return rows.length ? el('details', { class: 'card group', open: title === 'The work' },
      el('summary', {}, el('span', {}, title ?? '')), el('dl', { class: 'facts' }, ...rows)) : null;
  }).filter((one) => one !== null);
}
