// @ts-check
/* A table that the server searches and pages: filters in the address, pages by cursor. */

import { ApiError } from '../api.js';
import { el, refill, say, whileVisible } from '../dom.js';
import { count } from '../format.js';
import { failure } from './loading.js';
import { isOfKey, page } from './service.js';

const TYPING_MS = 300;
// A page of a search may be empty though there is more behind it.
const MOST_EMPTY = 4;

/**
 * `cell` gives what stands in a row's cell; `kind` is a class: `num`, `clip`, `id`.
 * @typedef {{head: string, cell: (row: any) => Node | string | number | null, kind?: string}} Column
 *
 * A filter is a text field, a day where it `isDay`, or a choice where it has `options` (`[value, text]`; the
 * first is for all).
 * @typedef {{name: string, label: string, isDay?: boolean, options?: [string, string][]}} Filter
 */

/**
 * @param {import('./sections.js').Console} site
 * @param {{path: string, noun: string, columns: Column[], idOf: (row: any) => string, empty: string | Node,
 *   filters?: Filter[], always?: Record<string, string>, limit?: number, everyMs?: number,
 *   drawn?: (rows: any[]) => void}} what
 *   `path` is the list's route, `noun` what one row is, `always` are parameters of each call, `empty` says
 *   what to do where there is nothing at all; with `everyMs` it reads again by itself; `drawn` is told what is shown
 * @returns {{box: HTMLElement, reload: () => Promise<void>, stop: () => void}}
 */
export function pagedTable(site, { path, noun, columns, idOf, empty, filters = [], always = {}, limit = 25, everyMs = 0, drawn }) {
  const body = el('tbody');
  const table = el('table', { class: 'fold', hidden: true }, el('thead', {}, el('tr', {},
    ...columns.map(({ head, kind }) => el('th', { scope: 'col', class: kind === 'num' ? 'num' : '' }, head)))), body);
  const shown = el('p', { class: 'soft small', role: 'status' });
  const nothing = el('div', { class: 'empty soft', hidden: true });
  const trouble = el('div');
  const more = el('button', { type: 'button', hidden: true }, 'Show more');
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const fields = new Map(filters.map((filter) => [filter.name, field(filter, site.query.get(filter.name) ?? '')]));
  let pages = 1;
  let latest = 0;
  let typing = 0;

  const wanted = () => Object.fromEntries([...fields].map(([name, { value }]) => [name, value.trim()]).filter(([, value]) => value));

  /** @param {any[]} rows @param {boolean} hasMore */
  const draw = (rows, hasMore) => {
    const asked = Object.keys(wanted()).length > 0;
    trouble.replaceChildren();
    refill(body, rows.map((row) => el('tr', { 'data-row': idOf(row) }, ...columns.map(({ head, cell, kind = '' }) => {
      const content = cell(row);
      return el('td', { 'data-label': head, class: kind }, typeof content === 'number' ? String(content) : content ?? '');
    }))));
    table.hidden = !rows.length;
    more.hidden = !hasMore;
    nothing.hidden = rows.length > 0;
    if (!rows.length) {
      nothing.replaceChildren(hasMore ? `No ${noun} fits among the latest.` : asked ? `No ${noun} fits what you look for.` : empty);
      more.textContent = 'Search further back';
    } else more.textContent = 'Show more';
    say(shown, rows.length ? `${count(rows.length, noun)}${hasMore ? ' so far' : ''}` : '');
    drawn?.(rows);
  };

  /** From the first page to as many as were asked for. */
  const load = async () => {
    latest += 1;
    const turn = latest;
    /** @type {any[]} */
    const rows = [];
    let cursor = '';
    try {
      for (let read = 0, without = 0; read < pages && without < MOST_EMPTY;) {
        const answer = await page(path, { ...always, ...wanted(), limit, cursor });
        // Something else is looked for by now.
        if (turn !== latest) return;
        rows.push(...answer.rows);
        cursor = answer.next;
        if (!cursor) break;
        if (answer.rows.length) read += 1;
        else without += 1;
      }
      draw(rows, Boolean(cursor));
    } catch (error) {
      if (turn !== latest || isOfKey(error)) return;
      // An id that is still being typed.
      if (error instanceof ApiError && error.code === 'unknown_hit_type') return draw([], false);
      trouble.replaceChildren(failure(error, () => void load()));
      if (!(error instanceof ApiError)) throw error;
    } finally {
      if (turn === latest) say(loading, '');
    }
  };
  const changed = () => {
    pages = 1;
    site.keep(new URLSearchParams(wanted()));
    void load();
  };
  for (const input of fields.values()) {
    input.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(changed, input instanceof HTMLSelectElement ? 0 : TYPING_MS);
    });
  }
  more.addEventListener('click', () => {
    const before = body.childElementCount;
    pages += 1;
    void load().then(() => {
      // The button may be gone: the keyboard goes on where the new rows begin.
      const next = body.children[before];
      if (next instanceof HTMLElement) {
        next.tabIndex = -1;
        next.focus();
      }
    });
  });
  const loading = el('p', { class: 'soft loading', role: 'status' }, 'Loading …');
  const box = el('div', { class: 'stack paged' },
    fields.size ? el('form', {
      class: 'filters', role: 'search',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        clearTimeout(typing);
        changed();
      },
    }, ...filters.map(({ name, label }) => el('div', { class: 'field' },
      el('label', { for: `filter-${name}` }, label), fields.get(name) ?? null))) : null,
    loading, trouble, el('div', { class: 'scroll' }, table), nothing, el('div', { class: 'row' }, more, shown));
  const stopLooking = everyMs ? whileVisible(load, everyMs) : () => {};
  if (!everyMs) void load();
  return {
    box,
    reload: load,
    stop: () => {
      latest += 1;
      clearTimeout(typing);
      stopLooking();
    },
  };
}

/** @param {Filter} filter @param {string} value */
function field({ name, isDay = false, options }, value) {
  if (isDay) return el('input', { type: 'date', id: `filter-${name}`, value });
  if (!options) return el('input', { type: 'search', id: `filter-${name}`, maxLength: 200, value, autocomplete: 'off', spellcheck: false });
  const select = el('select', { id: `filter-${name}` },
    ...options.map(([option, text]) => el('option', { value: option }, text)));
  select.value = options.some(([option]) => option === value) ? value : options[0]?.[0] ?? '';
  return select;
}
