// @ts-check
/*
 * The fields of a form: free text, and choices in all their styles.
 *
 * A style is a suggestion: what shows words only gives way to buttons where a choice is a picture,
 * and a list is one of buttons in a box, which can be let go of and need no key held down.
 */

import { el } from '../dom.js';
import { content, plays } from './form-content.js';
import { hint, lengthOf } from './form-rules.js';

/**
 * @typedef {import('./form-rules.js').TextInput} TextInput
 * @typedef {import('./form-rules.js').SelectionInput} SelectionInput
 * @typedef {import('./form-rules.js').Choice} Choice
 * @typedef {{id: string, label: string, level: number}} Place `label` is the id of what names the field
 * @typedef {{nodes: Node[], read: () => [string, string][], write: (values: Map<string, string[]>) => void,
 *   first: HTMLElement, marked: HTMLElement}} Control `marked` bears what is said of the field
 */

/** From so many choices on, a list of them can be searched. */
const MANY = 8;
const MOST_LINES = 20;

/** @param {TextInput | SelectionInput} input @param {boolean} required @param {Place} place @returns {Control} */
export function control(input, required, place) {
  if (input.kind === 'text') return text(input, place);
  const made = chosen(input, required, place);
  if (!input.other || made.marked.getAttribute('list')) return made;
  const { id, level } = place;
  const other = text(input.other, { id: `${id}-other`, label: `${id}-other-label`, level });
  const told = hint(input.other);
  if (told) other.marked.setAttribute('aria-describedby', `${id}-other-hint`);
  return {
    ...made,
    nodes: [...made.nodes, el('div', { class: 'other' },
      el('label', { for: `${id}-other`, id: `${id}-other-label` }, 'Something else:'), ...other.nodes,
      ...(told ? [el('p', { class: 'soft small', id: `${id}-other-hint` }, told)] : []))],
    read: () => [...made.read(), ...other.read()],
    write: (values) => {
      made.write(values);
      other.write(values);
    },
  };
}

/** @param {TextInput} input @param {Place} place @returns {Control} */
function text({ field, lines, default: preset, numeric, length: { max } }, { id, label }) {
  const named = { id, 'aria-labelledby': label, value: preset, dir: 'auto', autocomplete: 'off' };
  const box = lines > 1 ? el('textarea', { ...named, rows: Math.min(lines, MOST_LINES) })
    : el('input', { ...named, type: 'text', inputMode: numeric ? 'decimal' : 'text' });
  const nodes = [/** @type {HTMLElement} */ (box)];
  const left = el('span', { class: 'soft small num count', 'aria-hidden': 'true' });
  const showCount = () => { left.textContent = `${lengthOf(box.value)} / ${max}`; };
  if (max !== null) {
    nodes.push(left);
    box.addEventListener('input', showCount);
    showCount();
  }
  return {
    nodes,
    first: box,
    marked: box,
    read: () => [[field, box.value]],
    write: (values) => {
      const given = values.get(field);
      if (given) box.value = given.at(-1) ?? '';
      if (max !== null) showCount();
    },
  };
}

/** @param {SelectionInput} input @param {boolean} required @param {Place} place @returns {Control} */
function chosen(input, required, place) {
  const { style, max, choices, other } = input;
  const wordy = choices.every(({ content: { kind } }) => kind === 'text');
  if (wordy && max === 1) {
    if (style === 'combobox' && other && distinct(choices)) return combobox(input, other, place);
    if (['dropdown', 'combobox'].includes(style)) return select(input, place);
  }
  const searched = ['multichooser', 'combobox'].includes(style) && choices.length >= MANY;
  return buttons(input, required, place, { searched, boxed: searched || ['list', 'multichooser'].includes(style) });
}

/** @param {Choice[]} choices */
const distinct = (choices) => new Set(choices.map(({ label }) => label.trim())).size === choices.length;

/** @param {SelectionInput} input @param {Place} place @returns {Control} */
function select({ field, choices }, { id, label }) {
  const box = el('select', { id, 'aria-labelledby': label },
    el('option', { value: '' }, 'Choose one'),
    ...choices.map((choice, at) => el('option', { value: String(at) }, choice.label)));
  return {
    nodes: [box],
    first: box,
    marked: box,
    read: () => {
      const choice = box.value === '' ? undefined : choices[Number(box.value)];
      return choice ? [[field, choice.value]] : [];
    },
    write: (values) => {
      const at = choices.findIndex(({ value }) => values.get(field)?.includes(value));
      box.value = at < 0 ? '' : String(at);
    },
  };
}

/**
 * One of the choices, or whatever else is typed.
 * @param {SelectionInput} input @param {TextInput} other @param {Place} place @returns {Control}
 */
function combobox({ field, choices }, other, { id, label }) {
  const box = el('input', { id, type: 'text', 'aria-labelledby': label, autocomplete: 'off', dir: 'auto', value: other.default });
  box.setAttribute('list', `${id}-choices`);
  const list = el('datalist', { id: `${id}-choices` }, ...choices.map((choice) => el('option', { value: choice.label.trim() })));
  return {
    nodes: [box, list, el('p', { class: 'soft small' }, 'Choose from the list, or type something else.')],
    first: box,
    marked: box,
    read: () => {
      const typed = box.value.trim();
      const choice = typed ? choices.find((one) => one.label.trim() === typed) : undefined;
      return choice ? [[field, choice.value], [other.field, '']] : [[other.field, box.value]];
    },
    write: (values) => {
      const choice = choices.find(({ value }) => values.get(field)?.includes(value));
      box.value = choice?.label.trim() ?? values.get(other.field)?.at(-1) ?? box.value;
    },
  };
}

/**
 * Radio buttons, or checkboxes where several may be chosen.
 * @param {SelectionInput} input @param {boolean} required @param {Place} place
 * @param {{searched: boolean, boxed: boolean}} look @returns {Control}
 */
function buttons({ field, max, choices }, required, { id, label, level }, { searched, boxed }) {
  const single = max === 1;
  const made = choices.map((choice, at) => {
    const button = el('input', { type: single ? 'radio' : 'checkbox', id: `${id}-${at}`, name: `${id}-choice`, value: String(at) });
    const shown = content(choice.content, { level, scope: `${id}-${at}` });
    // What has buttons of its own cannot stand inside a label.
    const parts = plays(choice.content) ? [el('label', { for: button.id }, choice.label || `Choice ${at + 1}`), shown]
      : [el('label', { for: button.id }, shown)];
    return { choice, button, row: el('div', { class: 'choice' }, button, ...parts) };
  });
  const group = el('div', {
    class: boxed ? 'choices boxed' : 'choices', role: single ? 'radiogroup' : 'group', 'aria-labelledby': label,
  }, ...made.map(({ row }) => row));
  const picked = () => made.filter(({ button }) => button.checked);
  /** @type {Node[]} */
  const nodes = [group];
  let told = () => {};
  if (searched) {
    const count = el('p', { class: 'soft small', role: 'status' });
    told = () => { count.textContent = picked().length ? `Chosen: ${picked().map(({ choice }) => choice.label).join(', ')}` : 'Nothing chosen yet.'; };
    group.addEventListener('change', told);
    nodes.unshift(search(made, id));
    nodes.push(count);
    told();
  }
  if (single && !required) nodes.push(undo(made.map(({ button }) => button), group, told));
  return {
    nodes,
    first: made[0]?.button ?? group,
    marked: group,
    read: () => picked().map(({ choice }) => [field, choice.value]),
    write: (values) => {
      for (const { button, choice } of made) button.checked = values.get(field)?.includes(choice.value) ?? false;
      told();
      group.dispatchEvent(new Event('written'));
    },
  };
}

/** A field that narrows a long list down. @param {{choice: Choice, row: HTMLElement}[]} made @param {string} id */
function search(made, id) {
  const field = el('input', { type: 'search', id: `${id}-search`, autocomplete: 'off', placeholder: 'Search the choices', 'aria-label': 'Search the choices' });
  field.addEventListener('input', (event) => {
    // Not an answer.
    event.stopPropagation();
    const words = field.value.toLowerCase().split(/\s+/);
    for (const { choice, row } of made) row.hidden = !words.every((word) => choice.label.toLowerCase().includes(word));
  });
  return field;
}

/** Radio buttons cannot be let go of by themselves. @param {HTMLInputElement[]} radios @param {HTMLElement} group @param {() => void} told */
function undo(radios, group, told) {
  const clear = el('button', { type: 'button', class: 'quiet', hidden: true }, 'Clear this answer');
  const show = () => { clear.hidden = !radios.some((radio) => radio.checked); };
  clear.addEventListener('click', () => {
    for (const radio of radios) radio.checked = false;
    show();
    told();
    radios[0]?.focus();
    group.dispatchEvent(new Event('input', { bubbles: true }));
  });
  group.addEventListener('change', show);
  group.addEventListener('written', show);
  return clear;
}
