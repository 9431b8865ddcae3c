// @ts-check
/*
 * A requester's text as elements: paragraphs, `# headings`, `- ` and `1. ` lists, **strong**, *emphasis*
 * and [links](https://…). Everything else, markup above all, shows as itself.
 */

import { el } from './dom.js';

// Each part excludes what would begin it anew, so that no text takes long to read.
const INLINE = /\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[([^\][\n]+)\]\((https?:\/\/[^\s()<>]+)\)/g;
const ITEM = /^(?:[-*]|(\d{1,3})\.) +(.*)$/;

/** @typedef {{kind: 'heading' | 'paragraph' | 'bullets' | 'numbers', lines: string[]}} Block */

/** @param {string} text @returns {Block[]} */
export function blocks(text) {
  /** @type {Block[]} */
  const found = [];
  let isOpen = false;
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const heading = /^#{1,3} +(.+)$/.exec(line);
    const item = ITEM.exec(line);
    const kind = heading ? 'heading' : item ? (item[1] ? 'numbers' : 'bullets') : 'paragraph';
    const content = heading ? heading[1] : item ? item[2] : line.trim();
    const last = found.at(-1);
    if (!line.trim()) isOpen = false;
    else if (isOpen && last?.kind === kind && kind !== 'heading') last.lines.push(content);
    else isOpen = Boolean(found.push({ kind, lines: [content] }));
  }
  return found;
}

/** @param {string} text @returns {Node[]} */
export function rendered(text) {
  return blocks(text).map(({ kind, lines }) => {
    if (kind === 'heading') return el('h3', {}, ...inline(lines[0]));
    if (kind === 'paragraph') {
      return el('p', {}, ...lines.flatMap((line, i) => (i ? [el('br'), ...inline(line)] : inline(line))));
    }
    const items = lines.map((line) => el('li', {}, ...inline(line)));
    return kind === 'bullets' ? el('ul', {}, ...items) : el('ol', {}, ...items);
  });
}

/** @param {string} line @returns {(Node | string)[]} */
function inline(line) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  for (const match of line.matchAll(INLINE)) {
    const [whole, strong, emphasis, label, href] = match;
    parts.push(line.slice(at, match.index));
    parts.push(strong ? el('strong', {}, strong) : emphasis ? el('em', {}, emphasis)
      // In a tab of its own: a link must not take the worker out of the pool.
      : el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, label));
    at = match.index + whole.length;
  }
  return [...parts, line.slice(at)];
}
