// @ts-check
/* Making and changing a ProtoHIT: checked by the server while it is typed, with preview and cost beside. */

import { ApiError } from '../api.js';
import { el, refill } from '../dom.js';
import { buildForm } from './form.js';
import { address, linkTo } from './links.js';
import { costFigures } from './protohit-cost.js';
import { groupsWith, MARKET, specOf } from './protohit-fields.js';
import { previewOf } from './protohit-preview.js';
import { ask } from './service.js';

const TYPING_MS = 500;
const MORE = new Set(['Time', 'The pool', 'Caps', 'Listing and frame']);

/**
 * @param {import('./sections.js').Console} site @param {Element} box
 * @param {{spec: Record<string, any>, id: string, note?: Node | null}} what `spec` is what the fields begin
 *   with, `id` the ProtoHIT that is changed; empty, a new one is made
 * @returns {() => void} what ends it
 */
export function protoHitForm(site, box, { spec: before, id, note = null }) {
  // What a new one needs comes first, the rest has defaults.
  const groups = groupsWith(before).map((group) => (!id && MORE.has(group.title ?? '') ? { ...group, folded: true } : group));
  const name = groups[0]?.fields[0];
  if (id && name) Object.assign(name, { readOnly: true, help: 'It cannot be changed: programs reserve workers by it. Copy it to have another.' });
  if (!id) groups.splice(groups.findIndex(({ folded }) => folded), 0, { ...MARKET, fields: MARKET.fields.map((field) => ({ ...field, value: String(before.sandbox !== false) })) });
  // What the form knows nothing of stays as it was; the market is switched elsewhere.
  const kept = id ? Object.fromEntries(Object.entries(before).filter(([field]) => field !== 'sandbox')) : {};
  const specNow = () => specOf(form.values(), kept);
  const seen = el('div', { class: 'stack' });
  const costs = el('div', { class: 'stack' });
  /** Fields that somebody has been in: the others are not complained of yet. @type {Set<string>} */
  const touched = new Set();
  let latest = 0;
  let typing = 0;

  const form = buildForm({
    groups, doing: id ? 'Save the changes' : 'Make the ProtoHIT',
    beside: [id ? el('a', { class: 'button', href: `#/${address('protohits', id)}` }, 'Cancel')
      : el('a', { class: 'button', href: '#/protohits' }, 'Cancel')],
    act: async () => {
      const spec = specNow();
      const { errors, taken } = await ask('retainer/protohit/check', { json: spec });
      if (!id && taken) errors.hit_type_id = 'There is a ProtoHIT of this id.';
      if (Object.keys(errors).length) throw new ApiError(400, 'out_of_range', 'Something is not right yet.', { errors });
      const saved = await ask('retainer/puttask', { json: spec, new: !id });
      site.go(address('protohits', saved), id ? 'Saved. HITs posted from now on are as it says now.' : 'Made. Nothing is posted until somebody is wanted.');
    },
  });

  const look = async () => {
    latest += 1;
    const turn = latest;
    const spec = specNow();
    refill(seen, previewOf(spec, null));
    const { errors, taken, cost } = await ask('retainer/protohit/check', { json: spec });
    // Something else has been typed since.
    if (turn !== latest) return;
    if (!id && taken) errors.hit_type_id = 'There is a ProtoHIT of this id.';
    form.showErrors(Object.fromEntries(Object.entries(errors).filter(([field]) => touched.has(field))), true);
    refill(costs, costFigures(cost));
    refill(seen, previewOf(spec, cost));
  };
  form.node.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => void look().catch(site.fail), TYPING_MS);
  });
  form.node.addEventListener('focusout', ({ target }) => {
    if (!(target instanceof HTMLElement) || !('name' in target)) return;
    const control = String(target.name);
    if (control in form.values() || touched.has(control)) touched.add(control);
  });
  box.replaceChildren(
    el('div', { class: 'head' }, el('h1', { class: 'grow', tabIndex: -1 }, id ? `Change ${id}` : 'New ProtoHIT'),
      id ? linkTo('Back to it', 'protohits', id) : null),
    ...(note ? [note] : []),
    el('div', { class: 'beside' }, form.node,
      el('aside', { class: 'stack', 'aria-label': 'Preview and cost' },
        el('section', { class: 'card stack', 'aria-labelledby': 'cost-title' }, el('h2', { id: 'cost-title' }, 'What it costs'), costs),
        el('section', { class: 'card stack', 'aria-labelledby': 'seen-title' }, el('h2', { id: 'seen-title' }, 'What workers see'), seen))));
  site.guard(() => form.isChanged());
  void look().catch(site.fail);
  return () => {
    latest += 1;
    clearTimeout(typing);
  };
}
