// @ts-check
/* Answers, as they came: text, whatever is in it. */

import { el } from '../dom.js';
import { count } from '../format.js';

const SHORT = 80;

/** @param {unknown} value */
const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1));

/**
 * One short answer as it is, more of them folded under how many there are.
 * @param {Record<string, unknown> | null} answers @param {string} [key] for the keyboard's place
 */
export function answersIn(answers, key = '') {
  const given = Object.entries(answers ?? {});
  if (!answers) return el('span', { class: 'soft' }, '–');
  if (!given.length) return el('span', { class: 'soft' }, 'none');
  const [[name, value] = ['', '']] = given;
  const text = asText(value);
  if (given.length === 1 && text.length <= SHORT && !text.includes('\n')) {
    return el('span', {}, el('span', { class: 'soft' }, `${name}: `), text);
  }
  return el('details', { class: 'answers' }, el('summary', { 'data-key': `answers-${key}` }, count(given.length, 'answer')), answerList(answers));
}

/** All of them, each under its name. @param {Record<string, unknown>} answers */
export const answerList = (answers) => el('dl', { class: 'facts' },
  ...Object.entries(answers).flatMap(([name, value]) => {
    const text = asText(value);
    const long = text.length > SHORT || text.includes('\n');
    return [el('dt', {}, name), el('dd', {}, long ? el('div', { class: 'pre', tabIndex: 0, role: 'group', 'aria-label': name }, text) : text)];
  }));
