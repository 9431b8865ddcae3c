// @ts-check
/* Small parts that the dashboard is made of; each is made once and brought up to date. */

import { el, say } from '../dom.js';
import { mark } from '../keyed.js';
import { relative } from '../format.js';

// Made once: a format takes longer to make than a hundred times to use.
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** An absolute time, to the second. @param {number} at */
export const exact = (at) => EXACT.format(at);

/** The time of day, to the second. @param {number} at */
export const timeOfDay = (at) => TIME.format(at);

/** What `<time>` elements say. @type {WeakMap<Element, number | null>} */
const said = new WeakMap();

/** Say a time relatively in a `<time>` element, with the absolute one at hand. @param {HTMLTimeElement} node @param {number | null} at @param {number} now
 * @param {string} [before] */
export function sayTime(node, at, now, before = '') {
  say(node, at === null ? '–' : before + relative(at, now));
  if (said.get(node) === at) return;
  said.set(node, at);
  if (at === null) return node.removeAttribute('datetime');
  mark(node, 'datetime', new Date(at).toISOString());
  mark(node, 'title', exact(at));
}

/** A figure with its name, and a line under it. @param {string} name */
export function figure(name) {
  const value = el('span');
  const more = el('small');
  return { node: el('div', {}, el('dt', {}, name), el('dd', {}, value, more)), value, more };
}

/** @param {{value: Element, more: Element}} part @param {string} text @param {string} [under] */
export function sayFigure({ value, more }, text, under = '') {
  say(value, text);
  say(more, under);
}

/** A bar that shows a part of a whole. */
export function meter() {
  const bar = el('span');
  return { node: el('div', { class: 'meter', role: 'img' }, bar), bar };
}

/**
 * @param {{node: Element, bar: HTMLElement}} part @param {number} share 0 to 1 @param {'good' | 'warn' | 'bad'} tone
 * @param {string} about in words
 */
export function sayMeter({ node, bar }, share, tone, about) {
  const width = `${Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10}%`;
  if (bar.style.width !== width) bar.style.width = width;
  mark(node, 'data-tone', tone);
  mark(node, 'aria-label', about);
}

/** A cap with what is used of it. @param {string} name */
export function capLine(name) {
  const bar = meter();
  const value = el('span', { class: 'num' });
  return { node: el('div', { class: 'cap' }, el('span', { class: 'soft' }, name), value, bar.node), value, bar };
}

/** @param {ReturnType<typeof capLine>} part @param {number} used @param {number} cap @param {string} text */
export function sayCap(part, used, cap, text) {
  const share = cap ? used / cap : 0;
  say(part.value, text);
  sayMeter(part.bar, share, share >= 1 ? 'bad' : share > 0.8 ? 'warn' : 'good', text);
}
