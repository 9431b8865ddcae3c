// @ts-check
/* Forms: fields with labels, help and the server's errors beside them. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';

/**
 * A field. `kind`: `text` (default), `area`, `number`, `money` (dollars), `date`, `check`, `choice` (with
 * `options`: `[value, text]`). `help` says what it means, `unit` stands behind it. What is left empty is
 * not sent; numbers are sent as they were typed, and the server says what is wrong with them.
 * @typedef {{name: string, label: string, kind?: 'text' | 'area' | 'number' | 'money' | 'date' | 'check' | 'choice',
 *   help?: string, unit?: string, options?: [string, string][], value?: string | number | boolean | null,
 *   placeholder?: string, required?: boolean, readOnly?: boolean, wide?: boolean, longest?: number}} Field
 *
 * Fields under a heading; `folded` ones are opened when wanted, or when there is an error in them.
 * @typedef {{title?: string, about?: string, folded?: boolean, fields: Field[]}} Group
 */

let made = 0;

/**
 * @param {{groups: Group[], doing: string, act: (values: Record<string, any>) => Promise<void>,
 *   beside?: Node[]}} what `doing` is the button's text, `act` what it does: an `ApiError` with a `field`
 *   or with `errors` by field is shown at the fields; `beside` are further buttons
 */
export function buildForm({ groups, doing, act, beside = [] }) {
  const form = `form-${(made += 1)}`;
  const fields = new Map(groups.flatMap((group) => group.fields).map((field) => [field.name, input(form, field)]));
  const summary = el('div', { class: 'note bad', role: 'alert', hidden: true, tabIndex: -1 });
  const go = el('button', { type: 'submit', class: 'main' }, doing);
  const first = JSON.stringify(values());

  /** @returns {Record<string, any>} by name, without what is empty */
  function values() {
    /** @type {Record<string, any>} */
    const given = {};
    for (const [name, { control }] of fields) {
      if (control instanceof HTMLInputElement && control.type === 'checkbox') given[name] = control.checked;
      else if (control.value !== '') given[name] = control instanceof HTMLTextAreaElement ? control.value : control.value.trim();
    }
    return given;
  }

  /**
   * Show errors at their fields, and all of them on top unless `quietly`, in the order of the form. What
   * was left empty is named as the form names it, and not as the server does.
   * @param {Record<string, string>} errors by field; under `''`, of none
   */
  function showErrors(errors, quietly = false) {
    /** @type {[string, string][]} */
    const wrong = [];
    for (const [name, { control, error, box, label, required }] of fields) {
      const message = errors[name] && required && !control.value ? `${label}: it is needed.` : errors[name] ?? '';
      if (message) wrong.push([name, message]);
      error.textContent = message;
      box.classList.toggle('wrong', Boolean(message));
      if (message) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
      const folded = message && box.closest('details');
      if (folded) folded.open = true;
    }
    wrong.push(...Object.entries(errors).filter(([name]) => !fields.has(name)));
    summary.hidden = quietly || !wrong.length;
    summary.replaceChildren(...(!summary.hidden ? [
      el('p', {}, el('strong', {}, wrong.length === 1 ? 'Something is not right yet:' : `${wrong.length} things are not right yet:`)),
      el('ul', {}, ...wrong.map(([name, message]) => {
        const there = fields.get(name);
        return el('li', {}, there ? el('button', {
          type: 'button', class: 'quiet', onclick: () => there.control.focus(),
        }, message) : message);
      }))] : []));
  }

  const node = el('form', {
    class: 'stack form', noValidate: true,
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (go.disabled) return;
      go.disabled = true;
      showErrors({});
      act(values()).catch((error) => {
        showErrors(errorsOf(error));
        summary.focus();
        if (!(error instanceof ApiError)) throw error;
      }).finally(() => { go.disabled = false; });
    },
  },
  summary, ...groups.map((group) => fieldset(group, fields)), el('div', { class: 'row form-end' }, go, ...beside));
  return { node, values, showErrors, isChanged: () => JSON.stringify(values()) !== first };
}

/** The errors that an answer brings, by field. @param {unknown} error @returns {Record<string, string>} */
function errorsOf(error) {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ApiError)) return { '': message };
  return error.details.errors ?? { [error.details.field ?? '']: message };
}

/** @typedef {{control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, error: HTMLElement, box: HTMLElement,
 *   label: string, required: boolean}} Built */

/** @param {string} form @param {Field} field @returns {Built} */
function input(form, field) {
  const { name, label, kind = 'text', help = '', unit = '', required = false, wide = false } = field;
  const id = `${form}-${name}`;
  const control = controlOf(id, field);
  const error = el('p', { class: 'bad small error', id: `${id}-error` });
  const described = [help ? `${id}-help` : '', `${id}-error`].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', described);
  if (required) control.setAttribute('aria-required', 'true');
  const about = help ? el('p', { class: 'soft small', id: `${id}-help` }, help) : null;
  if (kind === 'check') {
    return { control, error, label, required, box: el('div', { class: 'field check', 'data-field': name },
      el('label', {}, control, el('span', {}, label)), about, error) };
  }
  const box = el('div', { class: wide || kind === 'area' ? 'field wide' : 'field', 'data-field': name },
    el('label', { for: id }, label, required ? null : el('span', { class: 'unseen' }, ' (optional)')),
    unit || kind === 'money' ? el('div', { class: 'with-unit' }, kind === 'money' ? el('span', { class: 'soft' }, '$') : null,
      control, unit ? el('span', { class: 'soft' }, unit) : null) : control,
    about, error);
  return { control, error, box, label, required };
}

/** @param {string} id @param {Field} field */
function controlOf(id, { name, kind = 'text', options = [], value, placeholder = '', readOnly = false, longest = 2000 }) {
  const text = value === null || value === undefined ? '' : String(value);
  if (kind === 'check') return el('input', { type: 'checkbox', id, name, checked: value === true });
  if (kind === 'choice') {
    const select = el('select', { id, name }, ...options.map(([option, words]) => el('option', { value: option }, words)));
    select.value = text || (options[0]?.[0] ?? '');
    return select;
  }
  if (kind === 'area') return el('textarea', { id, name, rows: 4, value: text, placeholder, maxLength: longest });
  if (kind === 'date') return el('input', { type: 'date', id, name, value: text, readOnly });
  return el('input', {
    type: 'text', id, name, value: text, placeholder, readOnly, autocomplete: 'off', maxLength: longest,
    inputMode: kind === 'number' ? 'numeric' : kind === 'money' ? 'decimal' : 'text',
  });
}

/** @param {Group} group @param {Map<string, Built>} fields */
function fieldset({ title, about, folded = false, fields: own }, fields) {
  const inside = el('div', { class: 'fields' },
    ...own.map(({ name }) => fields.get(name)?.box ?? null));
  const intro = about ? el('p', { class: 'soft small' }, about) : null;
  if (folded) return el('details', { class: 'card group' }, el('summary', {}, el('span', {}, title ?? '')), intro, inside);
  if (!title) return inside;
  return el('fieldset', { class: 'card group' }, el('legend', {}, title), intro, inside);
}
