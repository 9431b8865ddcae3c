// @ts-check
/*
 * What a form shows: titles, texts, lists, media, formatted blocks.
 *
 * Everything is a requester's, so elements are made one by one from the tree that the server has
 * checked, and names and addresses are checked here once more.
 */

import { el } from '../dom.js';

const ELEMENTS = new Set(('a area b big blockquote br center cite code col colgroup dd del dl dt em font h1 h2 h3 h4 h5 '
  + 'h6 hr i img ins li map ol p pre q s small strike strong sub sup table tbody td tfoot th thead tr u ul').split(' '));
const ATTRIBUTES = new Set(('abbr align alt bgcolor border cellpadding cellspacing clear color colspan compact coords dir '
  + 'face frame height hspace lang noshade nowrap rel rowspan rules scope shape size span start summary target title '
  + 'type valign value vspace width').split(' '));
const COLOURED = new Set(['bgcolor', 'color']);

/**
 * @param {any} item one of a view's contents
 * @param {{level: number, scope: string}} place how deep headings stand, and what keeps names apart
 * @returns {HTMLElement}
 */
export function content(item, { level, scope }) {
  if (item.kind === 'title') return el(heading(level), { dir: 'auto' }, item.text);
  if (item.kind === 'list') return el('ul', {}, ...item.items.map((/** @type {string} */ one) => el('li', { dir: 'auto' }, one)));
  if (item.kind === 'media') return media(item);
  if (item.kind === 'formatted') {
    // Colours were chosen for a white page, so they get one.
    const box = el('div', { class: coloured(item.nodes) ? 'formatted paper' : 'formatted' });
    box.append(...item.nodes.map((/** @type {any} */ node) => formatted(node, level, scope)));
    return box;
  }
  return el('p', { class: 'plain', dir: 'auto' }, item.text);
}

/** Whether what stands for a choice is something to hear or watch, with buttons of its own. @param {any} item */
export const plays = (item) => item.kind === 'media' && item.media !== 'image';

/** @param {any} item */
function media(item) {
  const { url, alt, width, height } = item;
  if (!webAddress(url)) return el('p', {}, alt);
  const link = el('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, alt || url);
  if (item.media === 'link') return el('p', {}, link);
  /** @type {HTMLElement} */
  let shown;
  if (item.media === 'image') {
    shown = el('img', { alt, referrerPolicy: 'no-referrer' });
  } else {
    shown = item.media === 'audio' ? el('audio', { controls: true, preload: 'metadata' })
      : el('video', { controls: true, preload: 'metadata', playsInline: true });
    shown.setAttribute('aria-label', alt);
    shown.append(link);
  }
  if (width) shown.setAttribute('width', width);
  if (height) shown.setAttribute('height', height);
  shown.setAttribute('src', url);
  return shown;
}

/** @param {any} node @param {number} level @param {string} scope @returns {Node} */
function formatted(node, level, scope) {
  if (typeof node === 'string') return document.createTextNode(node);
  const [name, attributes, children] = node;
  if (!ELEMENTS.has(name)) return document.createTextNode('');
  // The page has headings above these.
  const deeper = /^h[1-6]$/.test(name) ? heading(Number(name[1]) - 1 + level) : name;
  const made = document.createElement(deeper);
  for (const [key, value] of Object.entries(attributes)) {
    const checked = attribute(key, String(value), scope);
    if (checked !== null) made.setAttribute(key, checked);
  }
  if (name === 'img') made.setAttribute('referrerpolicy', 'no-referrer');
  made.append(...children.map((/** @type {any} */ child) => formatted(child, level, scope)));
  return made;
}

/** @param {string} key @param {string} value @param {string} scope @returns {string | null} null: left out */
function attribute(key, value, scope) {
  if (key === 'href') return webAddress(value) || (/^mailto:/i.test(value) ? value : null);
  if (key === 'src') return webAddress(value) || null;
  // Image maps are found by name, which another block on this page may have too.
  if (key === 'usemap') return `#${scope}-${value.slice(1)}`;
  if (key === 'name') return `${scope}-${value}`;
  return ATTRIBUTES.has(key) ? value : null;
}

/** @param {any[]} nodes @returns {boolean} */
function coloured(nodes) {
  return nodes.some((node) => typeof node !== 'string'
    && (Object.keys(node[1]).some((key) => COLOURED.has(key)) || coloured(node[2])));
}

/** The address if it is one of the web, else ''. @param {string} url */
function webAddress(url) {
  try {
    return /^https?:$/.test(new URL(url).protocol) ? url : '';
  } catch {
    return '';
  }
}

/** @param {number} level @returns {'h2'} any of the headings, as far as types go */
const heading = (level) => /** @type {'h2'} */ (`h${Math.min(6, level)}`);
