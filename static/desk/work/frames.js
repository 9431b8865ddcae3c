// @ts-check
/*
 * The HITs that this worker has accepted, each in its own frame.
 *
 * All of them stay loaded while the worker looks elsewhere on this site: a waiting page that is
 * unloaded is no longer waiting. The frame's content is a stranger's: it is sandboxed, and never of
 * this site's origin, since `allow-same-origin` would then let it read the session.
 */

import { apiUrl } from '../api.js';
import { el, say } from '../dom.js';
import { SOON_MS, timeLeft } from './deadlines.js';
import { serverNow } from './server-time.js';
import { workBar } from './work-bar.js';

const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-modals';

/**
 * @typedef {{assignmentId: string, hitId: string, groupId: string, title: string, requester: string,
 *   reward: string, deadline: number,
 *   frameUrl: string, frameHeight: number}} Assignment
 * @typedef {{assignment: Assignment, section: HTMLElement, left: HTMLElement, called: boolean,
 *   missed: number, iframe: HTMLIFrameElement | null}} Frame
 */

/** A sandboxed frame, or null for an address that may not be framed. @param {string} url @param {number} height @param {string} title */
export function sandboxed(url, height, title) {
  try {
    const { origin, protocol } = new URL(url);
    if (origin === location.origin || !/^https?:$/.test(protocol)) return null;
  } catch {
    return null;
  }
  // `autoplay`: the waiting page calls by sound.
  const iframe = el('iframe', { sandbox: SANDBOX, allow: 'autoplay', src: url, title });
  if (height > 0) iframe.style.height = `${height}px`;
  else iframe.classList.add('fill');
  return iframe;
}

export class Frames {
  /** @type {Map<string, Frame>} */
  #frames = new Map();
  #box;
  #hooks;
  #shown = '';

  /**
   * @param {Element} box
   * @param {{submitted: (assignment: Assignment) => void, returned: (assignment: Assignment, skip: boolean) => void,
   *   report: (assignment: Assignment) => void, called: (assignments: Assignment[]) => void}} hooks
   */
  constructor(box, hooks) {
    this.#box = box;
    this.#hooks = hooks;
    addEventListener('message', (event) => this.#listen(event));
    setInterval(() => this.#showDeadlines(), 1000);
  }

  /**
   * Load what is new, drop what is gone; answers what is gone. Gone is what two lists in a row do
   * not have: one may be older than an acceptance just made.
   * @param {Assignment[]} queue
   */
  sync(queue) {
    const ids = new Set(queue.map(({ assignmentId }) => assignmentId));
    for (const assignment of queue) {
      if (!this.#frames.has(assignment.assignmentId)) this.#add(assignment);
    }
    for (const [id, frame] of this.#frames) frame.missed = ids.has(id) ? 0 : frame.missed + 1;
    const gone = [...this.#frames.keys()].filter((id) => (this.#frames.get(id)?.missed ?? 0) > 1);
    for (const id of gone) this.drop(id);
    return gone;
  }

  /** Show one frame and hide the others; '' hides all. @param {string} assignmentId */
  show(assignmentId) {
    this.#shown = assignmentId;
    for (const [id, { section }] of this.#frames) section.hidden = id !== assignmentId;
    const shown = this.#frames.get(assignmentId);
    // The keyboard goes where the work is.
    shown?.iframe?.focus();
    return shown !== undefined;
  }

  /** It has ended. @param {string} assignmentId */
  drop(assignmentId) {
    this.unload(assignmentId);
  }

  /** It goes on in another tab. @param {string} assignmentId */
  unload(assignmentId) {
    this.#frames.get(assignmentId)?.section.remove();
    this.#frames.delete(assignmentId);
    this.#tellCalled();
  }

  clear() {
    for (const id of [...this.#frames.keys()]) this.drop(id);
  }

  /** @param {Assignment} assignment */
  #add(assignment) {
    const { assignmentId, title, frameUrl, frameHeight } = assignment;
    const left = el('span', { class: 'left num' });
    const bar = workBar(assignment, left, this.#hooks);
    const iframe = sandboxed(frameUrl, frameHeight, title);
    const section = el('section', { class: 'frame', 'data-assignment': assignmentId, 'aria-label': title },
      bar, iframe ?? el('p', { class: 'note bad' }, 'This HIT’s page may not be shown here. Return the HIT.'));
    section.hidden = assignmentId !== this.#shown;
    this.#box.append(section);
    this.#frames.set(assignmentId, { assignment, section, left, iframe, called: false, missed: 0 });
    this.#showDeadlines();
  }

  #showDeadlines() {
    for (const { assignment, left } of this.#frames.values()) {
      const ms = assignment.deadline - serverNow();
      say(left, timeLeft(ms));
      left.classList.toggle('late', ms < SOON_MS);
    }
  }

  /** @param {MessageEvent} event */
  #listen(event) {
    const frame = [...this.#frames.values()].find(
      ({ iframe }) => iframe !== null && iframe.contentWindow === event.source);
    if (!frame || typeof event.data !== 'object' || event.data === null) return;
    const { type, called, assignmentId } = event.data;
    // What counts as paid work only the market's own page may say.
    if (type === 'retainer-market:submitted' && event.origin === new URL(apiUrl()).origin
      && assignmentId === frame.assignment.assignmentId) {
      this.#hooks.submitted(frame.assignment);
    } else if (type === 'retainer-wait') {
      frame.called = called === true;
      this.#tellCalled();
    }
  }

  #tellCalled() {
    this.#hooks.called([...this.#frames.values()].filter(({ called }) => called)
      .map(({ assignment }) => assignment));
  }
}
