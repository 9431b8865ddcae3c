import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { GROUPS, groupsWith, specOf } from '../../static/desk/admin/protohit-fields.js';

const API = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const FIELDS = new Map(GROUPS.flatMap((group) => group.fields).map((field) => [field.name, field]));

/** Name and default of each row of the page's tables on ProtoHITs. */
function documented() {
  const [own, ofPage] = API.split('### ProtoHITs')[1].split('## For the admin console')[0].split('| in `page` |');
  const rows = (text, prefix) => text.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => {
    const [, names, normal] = line.split('|').map((cell) => cell.trim());
    const all = [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => prefix + name);
    const normals = normal.split(', ');
    return all.map((name, i) => [name, normals.length === all.length ? normals[i] : normal]);
  });
  return [...rows(own, ''), ...rows(ofPage, 'page.')];
}

test('the form has every documented field but the market, which is switched, and says its default', () => {
  for (const [name, normal] of documented()) {
    if (name === 'page' || name === 'sandbox') continue;
    const field = FIELDS.get(name);
    assert.ok(field, `${name} is not in the form`);
    const shown = field.kind === 'check' ? String(field.value) : field.placeholder ?? field.options?.[0][0] ?? '';
    if (/^[0-9.]+$/.test(normal) || normal === 'true' || normal === 'false') assert.equal(shown, normal, name);
    if (field.options) assert.equal(shown, normal.match(/[a-zA-Z]+/)[0], name);
  }
  assert.ok(documented().length > 35);
});

test('a spec goes through the form unchanged, also what the form knows nothing of', () => {
  const spec = { hit_type_id: 'A', title: 'T', wait_pay: 0.02, compensate: false, later: { a: 1 },
    page: { title: 'P', accent: '', unheard: 5 } };
  const values = Object.fromEntries(groupsWith(spec).flatMap((group) => group.fields)
    .filter(({ value, kind }) => kind === 'check' || (value !== undefined && value !== '')).map(({ name, value }) => [name, value]));

  const { standing, page, ...rest } = specOf(values, spec);

  assert.equal(standing, false);
  assert.deepEqual(rest, { hit_type_id: 'A', title: 'T', wait_pay: 0.02, compensate: false, later: { a: 1 } });
  assert.deepEqual(page, { title: 'P', unheard: 5 });
});

test('a field that is emptied goes back to its default', () => {
  const { title, max_wait: wait } = specOf({ title: 'T' }, { title: 'S', max_wait: 200 });

  assert.deepEqual([title, wait], ['T', undefined]);
});
