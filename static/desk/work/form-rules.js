// @ts-check
/*
 * When a form's answers are complete: the server's rules (`mturk/form_submission.py`), said before
 * anything is sent. The server decides; what this file lets through it may still refuse. Pure.
 */

/**
 * @typedef {{regex: string, flags: string, errorText: string}} Pattern
 * @typedef {{kind: 'text', field: string, required: boolean, lines: number, default: string,
 *   numeric: {min: number | null, max: number | null} | null,
 *   length: {min: number, max: number | null}, patterns: Pattern[]}} TextInput
 * @typedef {{value: string, content: any, label: string}} Choice
 * @typedef {{kind: 'selection', field: string, style: string, min: number, max: number,
 *   choices: Choice[], other: TextInput | null}} SelectionInput
 * @typedef {{kind: 'question', identifier: string, heading: string | null, required: boolean,
 *   content: any[], input: TextInput | SelectionInput}} Question
 * @typedef {{kind: 'overview', content: any[]}} Overview
 * @typedef {{parts: (Overview | Question)[]}} FormView
 * @typedef {Record<string, string[]>} Problems what is wrong, by question
 * @typedef {{regex: string, flags: string, text: string}} Trial a pattern and what it is tried on
 */

const REQUIRED = 'This question needs an answer.';
const DEFAULT_ERROR_TEXT = 'Invalid input supplied.';
const NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/;

/** @param {FormView} view @returns {Question[]} */
export const questionsOf = (view) => view.parts.flatMap((part) => (part.kind === 'question' ? [part] : []));

/** @param {[string, string][]} pairs @returns {Map<string, string[]>} */
export function grouped(pairs) {
  /** @type {Map<string, string[]>} */
  const values = new Map();
  for (const [name, value] of pairs) values.set(name, [...values.get(name) ?? [], value]);
  return values;
}

/**
 * What keeps these answers from being taken, in the form's order; nothing: they may be sent.
 * @param {Question[]} questions @param {[string, string][]} pairs
 * @param {(trials: Trial[]) => Promise<boolean[]>} match which of the trials match
 * @returns {Promise<Problems>}
 */
export async function check(questions, pairs, match) {
  const values = grouped(pairs);
  const texts = questions.flatMap(({ input }) => textsOf(input, values));
  const matched = await match(texts.flatMap(({ input, text }) => input.patterns.map(({ regex, flags }) => ({ regex, flags, text }))));
  /** @type {Map<string, string[]>} */
  const failed = new Map();
  for (const { input } of texts) {
    const results = matched.splice(0, input.patterns.length);
    failed.set(input.field, input.patterns.filter((_, at) => results[at] === false).map(({ errorText }) => errorText));
  }
  /** A question may bear any name, `__proto__` too. @type {Problems} */
  const found = Object.create(null);
  for (const { identifier, required, input } of questions) {
    const said = input.kind === 'text' ? ofText(input, values, failed) : ofSelection(input, required, values, failed);
    if (said.length) found[identifier] = [...new Set(said)];
  }
  return found;
}

/** Whether a text matches; what no browser understands is left to the server. @param {Trial} trial */
export function matches({ regex, flags, text }) {
  try {
    return new RegExp(regex, flags).test(text);
  } catch {
    return true;
  }
}

/** What a worker should know before they type or choose; '' if nothing. @param {TextInput | SelectionInput} input */
export function hint(input) {
  if (input.kind === 'selection') return ofCount(input);
  const { numeric, length: { min, max } } = input;
  const parts = [];
  if (numeric) parts.push(`A number${range(numeric.min, numeric.max)}.`);
  if (min > 1 && max !== null) parts.push(min === max ? `Exactly ${min} characters.` : `${min} to ${max} characters.`);
  else if (min > 1) parts.push(`At least ${min} characters.`);
  else if (max !== null) parts.push(`At most ${max} characters.`);
  return parts.join(' ');
}

/** Characters as the server counts them. @param {string} text */
export const lengthOf = (text) => [...text].length;

/** @param {number | null} min @param {number | null} max */
function range(min, max) {
  if (min !== null && max !== null) return ` from ${min} to ${max}`;
  if (min !== null) return `, at least ${min}`;
  return max !== null ? `, at most ${max}` : '';
}

/** @param {SelectionInput} input */
function ofCount({ min, max, choices }) {
  if (max === 1) return '';
  if (min > 1) return min === max ? `Choose ${min}.` : `Choose ${min} to ${max}.`;
  return max < choices.length ? `Choose up to ${max}.` : 'Choose all that apply.';
}

/** The texts that patterns are asked about. @param {TextInput | SelectionInput} input @param {Map<string, string[]>} values */
function textsOf(input, values) {
  const asked = input.kind === 'text' ? input : input.other;
  if (!asked) return [];
  const text = values.get(asked.field)?.at(-1) ?? '';
  // "(^$|…)" is how a requester says that a text may be left empty; a text beside choices always may.
  return text || input.kind === 'text' ? [{ input: asked, text }] : [];
}

/** @param {TextInput} input @param {Map<string, string[]>} values @param {Map<string, string[]>} failed */
function ofText(input, values, failed) {
  const text = values.get(input.field)?.at(-1) ?? '';
  const wrong = textProblems(input, text, failed);
  if (text || !(input.required || input.length.min > 0)) return wrong;
  // The requester's own words say more than ours.
  const said = wrong.filter((one) => one !== DEFAULT_ERROR_TEXT);
  return said.length ? said : [REQUIRED];
}

/** @param {SelectionInput} input @param {boolean} required @param {Map<string, string[]>} values @param {Map<string, string[]>} failed */
function ofSelection({ field, min, max, other }, required, values, failed) {
  const count = values.get(field)?.length ?? 0;
  const text = other ? values.get(other.field)?.at(-1) ?? '' : '';
  const wrong = [];
  if (!count && !text) {
    if (required) wrong.push(REQUIRED);
  } else if (count + (text ? 1 : 0) < min) wrong.push(`Choose at least ${min}; there are ${count}.`);
  else if (count > max) wrong.push(`Choose at most ${max}; there are ${count}.`);
  return other && text ? [...wrong, ...textProblems(other, text, failed)] : wrong;
}

/** @param {TextInput} input @param {string} text @param {Map<string, string[]>} failed */
function textProblems({ field, numeric, length: { min, max } }, text, failed) {
  const wrong = [];
  const count = lengthOf(text);
  if (text && count < min) wrong.push(`Write at least ${min} characters; there are ${count}.`);
  else if (text && max !== null && count > max) wrong.push(`Write at most ${max} characters; there are ${count}.`);
  if (text && numeric) {
    const number = Number(text.trim());
    if (!NUMBER.test(text.trim())) wrong.push('The answer must be a number.');
    else if (numeric.min !== null && number < numeric.min) wrong.push(`The answer must be at least ${numeric.min}.`);
    else if (numeric.max !== null && number > numeric.max) wrong.push(`The answer must be at most ${numeric.max}.`);
  }
  return [...wrong, ...failed.get(field) ?? []];
}
