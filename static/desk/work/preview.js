// @ts-check
/* A HIT group before it is accepted. */

import { el } from '../dom.js';
import { dollars, span } from '../format.js';
import { previewed } from './question.js';
import { ask } from './session.js';

/** @typedef {import('./site.js').Site} Site */

/** @param {Site} site @param {string} groupId */
export function showPreview({ view, accept, fail }, groupId) {
  view.replaceChildren(el('p', { class: 'soft' }, 'Loading …'));
  ask(`market/hits/group/${encodeURIComponent(groupId)}`).then((group) => {
    const go = el('button', { type: 'button', class: 'main', onclick: () => void accept({ groupId }) }, 'Accept');
    view.replaceChildren(el('section', { class: 'frame' },
      el('div', { class: 'card frame-bar row' }, el('h1', { class: 'grow clip', tabIndex: -1 }, group.title),
        el('span', { class: 'num' }, dollars(group.reward)), go,
        el('a', { class: 'button', href: '#/' }, 'Back')),
      el('p', { class: 'soft' }, `A preview: nothing is recorded until you accept. ${group.requester} gives you `
        + `${span(group.durationS * 1000)}; ${group.available} left.`),
      previewed(group)));
    go.focus();
  }).catch((error) => {
    view.replaceChildren(el('p', {}, el('a', { href: '#/' }, 'Back to the list')));
    fail(error);
  });
}
