// @ts-check
/* Addresses of the console's own pages. */

import { el } from '../dom.js';

/** The address of a section or a part of it: `address('protohits', 'a b')`. @param {...string} parts */
export const address = (...parts) => parts.map(encodeURIComponent).join('/');

/** A link to a section or a part of it. @param {string} text @param {...string} parts */
export const linkTo = (text, ...parts) =>
  el('a', { href: `#/${address(...parts)}`, 'data-key': `link-${address(...parts)}` }, text);
