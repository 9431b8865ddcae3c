// @ts-check
/* A requester's colour, made dark enough for a light page and light enough for a dark one. Pure. */

/** What it must be told apart from: the grounds of waiting.css, where they are nearest to it. */
const GROUNDS = { light: '#f5f7f9', dark: '#1b222b' };
const [WHITE, BLACK] = ['#ffffff', '#06182b'];
/** WCAG 2.2 AA for text. */
const LEAST = 4.5;

/**
 * The accent for each scheme, and what text on it is written in; contrast is 4.5 at least.
 * @param {string} accent `#rrggbb`
 * @returns {Record<'light' | 'dark', {main: string, on: string}>}
 */
export function shades(accent) {
  return { light: shade(accent, GROUNDS.light, '#000000'), dark: shade(accent, GROUNDS.dark, WHITE) };
}

/** @param {string} accent @param {string} ground @param {string} towards */
function shade(accent, ground, towards) {
  let main = accent.toLowerCase();
  for (let part = 0.05; contrast(main, ground) < LEAST; part += 0.05) main = mixed(accent, towards, part);
  return { main, on: contrast(main, WHITE) >= contrast(main, BLACK) ? WHITE : BLACK };
}

/** The ratio of WCAG 2.2, 1 to 21. @param {string} one @param {string} other */
export function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** @param {string} colour */
function luminance(colour) {
  const [r, g, b] = channels(colour).map((c) => {
    const part = c / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} from @param {string} to @param {number} part */
function mixed(from, to, part) {
  const [a, b] = [channels(from), channels(to)];
  return `#${a.map((c, i) => Math.round(c + (b[i] - c) * Math.min(1, part)).toString(16).padStart(2, '0')).join('')}`;
}

/** @param {string} colour */
function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
