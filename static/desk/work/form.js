// @ts-check
/*
 * A QuestionForm, shown and answered on this site: a HIT's, or a qualification test's.
 *
 *   const shown = renderForm(box, view, { submit, submitLabel, problems, draft, preview });
 *
 * `view` is what the server describes (`mturk/form_view.py`). `submit` gets the fields as pairs of
 * name and value, as the routes take them, and resolves once they are taken; it may throw an
 * `ApiError` whose `details.errors` say what is wrong, by question. The answers stay on the page and,
 * with `draft`, a name that no other form has, in this tab's storage until they are taken.
 */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { count } from '../format.js';
import { dropDraft, keepDraft, readDraft } from './drafts.js';
import { content } from './form-content.js';
import { control } from './form-inputs.js';
import { check, grouped, hint, questionsOf } from './form-rules.js';
import { match } from './patterns.js';

/**
 * @typedef {import('./form-rules.js').FormView} FormView
 * @typedef {import('./form-rules.js').Question} Question
 * @typedef {import('./form-rules.js').Problems} Problems
 * @typedef {import('./form-inputs.js').Control} Control
 * @typedef {{question: Question, section: HTMLElement, control: Control, told: string[], problem: HTMLElement}} Shown
 */

const LEVEL = 2;
let forms = 0;

/** Settled while no button or finger is down: a page that moves under it makes the click miss. */
let released = Promise.resolve();
addEventListener('pointerdown', () => {
  released = new Promise((resolve) => {
    const over = () => void setTimeout(resolve);
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, over, { once: true });
  });
}, { capture: true });

/**
 * @param {HTMLElement} box what is in it is replaced
 * @param {FormView} view
 * @param {{submit?: (fields: [string, string][]) => Promise<unknown>, submitLabel?: string,
 *   problems?: Problems, draft?: string, preview?: boolean}} [options]
 *   `preview`: to look at only; `problems`: shown from the start
 */
export function renderForm(box, view, { submit, submitLabel = 'Submit', problems, draft = '', preview = false } = {}) {
  const scope = `form${++forms}`;
  const total = questionsOf(view).length;
  /** @type {Shown[]} */
  const shown = [];
  const summary = el('div', { class: 'note bad summary', tabIndex: -1, hidden: true });
  const fields = el('fieldset', { class: 'plain-set', disabled: preview });
  for (const part of view.parts) {
    if (part.kind === 'overview') {
      fields.append(el('section', { class: 'overview' },
        ...part.content.map((item, at) => content(item, { level: LEVEL, scope: `${scope}-o${fields.children.length}-${at}` }))));
    } else {
      const one = showQuestion(part, scope, shown.length + 1, total);
      shown.push(one);
      fields.append(one.section);
    }
  }
  const go = el('button', { type: 'submit', class: 'main' }, submitLabel);
  const status = el('span', { class: 'soft', role: 'status' });
  const form = el('form', { class: 'question-form stack', noValidate: true },
    summary, fields, ...(preview ? [] : [el('div', { class: 'row' }, go, status)]));
  const read = () => shown.flatMap(({ control: { read: own } }) => own());

  const kept = draft ? readDraft(draft) : null;
  if (kept) for (const { control: { write } } of shown) write(grouped(kept));

  /** Say what is wrong, and where. @param {Problems} found @param {string} [general] @param {boolean} [moving] */
  const tell = (found, general = '', moving = true) => {
    for (const one of shown) mark(one, (Object.hasOwn(found, one.question.identifier) && found[one.question.identifier]) || []);
    const wrong = shown.filter(({ told }) => told.length);
    summary.hidden = !wrong.length && !general;
    summary.replaceChildren(el('h2', {}, wrong.length ? `${count(wrong.length, 'answer')} to look at` : 'Not sent yet'),
      ...(general ? [el('p', {}, general)] : []),
      el('ul', {}, ...wrong.map((one) => el('li', {}, link(one), ` ${one.told.join(' ')}`))));
    if (moving && !summary.hidden) summary.focus();
  };

  /** Counts what was looked at: of two looks at once, the later one is right. */
  let looks = 0;
  const send = async () => {
    if (go.disabled || !submit) return;
    looks += 1;
    go.disabled = true;
    status.textContent = 'Checking …';
    try {
      const found = await check(questionsOf(view), read(), match);
      if (Object.keys(found).length) return tell(found);
      tell({}, '', false);
      status.textContent = 'Sending …';
      await submit(read());
      if (draft) dropDraft(draft);
    } catch (error) {
      const errors = error instanceof ApiError ? error.details.errors : null;
      tell(errors ?? {}, errors ? '' : `${error instanceof Error ? error.message : error} Your answers are still here.`);
      if (!(error instanceof ApiError)) throw error;
    } finally {
      go.disabled = false;
      status.textContent = '';
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  form.addEventListener('input', () => draft && keepDraft(draft, read()));
  // What was wrong is looked at again as soon as it is changed; what was not, only when it is sent.
  form.addEventListener('change', async () => {
    const wrong = shown.filter(({ told }) => told.length);
    if (!wrong.length) return;
    const look = ++looks;
    const found = await check(wrong.map(({ question }) => question), read(), match);
    await released;
    if (look === looks) tell(found, '', false);
  });
  form.addEventListener('keydown', (event) => {
    // Sending is for good: a stray Enter in one of many fields must not do it.
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement && total > 1) event.preventDefault();
  });
  if (problems) tell(problems, '', false);
  box.replaceChildren(form);
  return { form, fields: read, tell, focus: () => (preview ? undefined : shown[0]?.control.first.focus()) };
}

/** @param {Question} question @param {string} scope @param {number} number @param {number} total @returns {Shown} */
function showQuestion(question, scope, number, total) {
  const { heading, input, required } = question;
  const id = `${scope}-${number}`;
  const needed = required || (input.kind === 'text' && input.length.min > 0);
  const made = control(input, needed, { id, label: `${id}-label`, level: LEVEL + 1 });
  const told = hint(input);
  const problem = el('p', { class: 'bad problem', id: `${id}-problem`, hidden: true });
  if (needed && made.marked.getAttribute('role') !== 'group') made.marked.setAttribute('aria-required', 'true');
  if (told) made.marked.setAttribute('aria-describedby', `${id}-hint`);
  const section = el('section', { class: 'card question', 'data-question': question.identifier },
    el('p', { class: 'soft small row' }, el('span', { class: 'grow' }, total > 1 ? `Question ${number} of ${total}` : ''),
      needed ? el('span', { class: 'needed' }, 'Required') : el('span', {}, 'Optional')),
    el('div', { class: 'asked', id: `${id}-label` },
      ...(heading ? [el('h2', { dir: 'auto' }, heading)] : []),
      ...question.content.map((item, at) => content(item, { level: heading ? LEVEL + 1 : LEVEL, scope: `${id}-${at}` }))),
    ...(told ? [el('p', { class: 'soft small', id: `${id}-hint` }, told)] : []),
    problem, el('div', { class: 'answer' }, ...made.nodes));
  return { question, section, control: made, told: [], problem };
}

/** @param {Shown} one @param {string[]} said nothing: it is as it should be */
function mark(one, said) {
  const { problem, section, control: { marked } } = one;
  one.told = said;
  problem.hidden = !said.length;
  problem.textContent = said.join(' ');
  section.classList.toggle('wrong', said.length > 0);
  const others = (marked.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== problem.id);
  const described = [...(said.length ? [problem.id] : []), ...others].join(' ');
  if (described) marked.setAttribute('aria-describedby', described);
  else marked.removeAttribute('aria-describedby');
  if (said.length) marked.setAttribute('aria-invalid', 'true');
  else marked.removeAttribute('aria-invalid');
}

/** @param {Shown} one */
function link({ question, control: { first }, section }) {
  const number = section.querySelector('.row .grow')?.textContent;
  const words = question.heading || question.content.find(({ text }) => text)?.text || number || question.identifier;
  return el('a', {
    href: `#${first.id}`,
    // The address says which page of the site this is.
    onclick: (/** @type {Event} */ event) => {
      event.preventDefault();
      first.focus();
    },
  }, named(words));
}

/** Words to name a question by, before what is said of it. @param {string} words */
function named(words) {
  const short = words.length > 60 ? `${words.slice(0, 59)}…` : words.trim();
  return /[?.:!…]$/.test(short) ? short : `${short}:`;
}
