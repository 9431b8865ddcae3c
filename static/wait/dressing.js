// @ts-check
/* What the requester adds to the page: a colour, instructions, something to do meanwhile. */

import { shades } from './colour.js';
import { el } from './dom.js';
import { rendered } from './text.js';

/** @param {HTMLElement} root @param {string} [accent] */
export function paint(root, accent) {
  if (!accent) return;
  for (const [scheme, { main, on }] of Object.entries(shades(accent))) {
    root.style.setProperty(`--rt-${scheme}-main`, main);
    root.style.setProperty(`--rt-${scheme}-on-main`, on);
  }
}

/** @param {HTMLElement} box @param {string | Node} [text] */
export function instruct(box, text) {
  box.hidden = !text;
  if (text) box.replaceChildren(el('h2', {}, 'What it is about'), ...(typeof text === 'string' ? rendered(text) : [text]));
}

/** @param {HTMLElement} box @param {import('./waiting.js').WaitingOptions} page */
export async function amuse(box, { pastime, reading = '' }) {
  // A game that somebody plays is left to them.
  if (box.childElementCount) return;
  const content = el('div', {});
  const wants = pastime ?? (reading ? 'reading' : 'none');
  box.hidden = wants === 'none';
  if (box.hidden) return;
  if (typeof wants === 'function') wants(content);
  else if (wants === 'reading') content.append(...rendered(reading));
  else (await import('./game.js')).mountGame(content);
  box.replaceChildren(el('h2', {}, 'While you wait'), content);
}
