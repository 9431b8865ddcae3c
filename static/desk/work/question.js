// @ts-check
/*
 * A HIT's question on this site. `external`: the requester's page in a frame. `html`: their page, served
 * by the API, in a frame of an opaque origin. `form`: fields, which this site shows itself.
 *
 * What a frame holds is a stranger's. It is sandboxed and never of this site's origin, since
 * `allow-same-origin` would then let it read the session.
 */

import { el } from '../dom.js';
import { renderForm } from './form.js';

/** @typedef {'external' | 'html' | 'form'} Kind */

// The server says the same of its pages (`mturk/html_question.py`), for whoever opens one by itself.
const OPAQUE = 'allow-forms allow-popups allow-popups-to-escape-sandbox allow-scripts';
const SANDBOX = {
  external: 'allow-scripts allow-same-origin allow-forms allow-popups',
  html: OPAQUE,
};

/**
 * A sandboxed frame, or null for an address that may not be framed.
 * @param {Kind} kind @param {string} url @param {number} height 0: as the window @param {string} title
 */
export function sandboxed(kind, url, height, title) {
  try {
    const { origin, protocol } = new URL(url);
    if (!/^https?:$/.test(protocol) || (kind !== 'html' && origin === location.origin)) return null;
  } catch {
    return null;
  }
  // `autoplay`: the waiting page calls by sound.
  const iframe = el('iframe', { sandbox: SANDBOX[kind === 'html' ? kind : 'external'], allow: 'autoplay', src: url, title });
  if (height > 0) iframe.style.height = `${height}px`;
  else iframe.classList.add('fill');
  return iframe;
}

/**
 * A group's question before it is accepted: to look at, not to answer.
 * @param {{kind: Kind, previewUrl?: string, frameHeight?: number, form?: import('./form-rules.js').FormView, title: string}} group
 * @returns {HTMLElement}
 */
export function previewed({ kind, previewUrl = '', frameHeight = 0, form, title }) {
  if (kind === 'form' && form) {
    const box = el('div', { class: 'previewed-form' });
    renderForm(box, form, { preview: true });
    return box;
  }
  return sandboxed(kind, previewUrl, frameHeight, `Preview of ${title}`)
    ?? el('p', { class: 'note bad' }, 'This HIT’s page may not be shown here.');
}
