// @ts-check
/*
 * The HITs that this worker has accepted, each in its own frame, or as a form.
 *
 * All of them stay loaded while the worker looks elsewhere on this site: a waiting page that is
 * unloaded is no longer waiting. A form is asked for when it is first looked at.
 */

import { ApiError, apiUrl } from '../api.js';
import { el, say } from '../dom.js';
import { SOON_MS, timeLeft } from './deadlines.js';
import { dropDraft } from './drafts.js';
import { renderForm } from './form.js';
import { sandboxed } from './question.js';
import { serverNow } from '../server-time.js';
import { ask } from './session.js';
import { workBar } from './work-bar.js';

const CONFIRM_MS = 2000;
const CONFIRM_MOST_MS = 30000;
const SUBMITTED = new Set(['Submitted', 'Approved', 'Rejected']);

/**
 * @typedef {{assignmentId: string, hitId: string, groupId: string, title: string, requester: string,
 *   reward: string, deadline: number, terms: import('./group-facts.js').Terms | null,
 *   kind: import('./question.js').Kind, frameUrl?: string, frameHeight?: number}} Assignment
 * @typedef {{assignment: Assignment, section: HTMLElement, left: HTMLElement, called: boolean, earned: number | null,
 *   missed: number, iframe: HTMLIFrameElement | null, confirming: boolean, again: boolean, look: (() => void) | null}} Frame
 *   `again`: asked for meanwhile; `look` asks for the form, the first time that it is looked at
 */

/** The origin of the waiting pages that belong to this site; '' where there are none. */
function waitOrigin() {
  const { wait } = globalThis.RETAINER_CONFIG ?? {};
  return wait ? new URL(wait).origin : '';
}

export class Frames {
  /** @type {Map<string, Frame>} */
  #frames = new Map();
  #box;
  #hooks;
  #shown = '';

  /**
   * @param {Element} box
   * @param {{submitted: (assignment: Assignment, earned: number | null) => void, returned: (assignment: Assignment, skip: boolean) => void,
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
    (shown?.iframe ?? shown?.section.querySelector('h1'))?.focus({ preventScroll: true });
    shown?.look?.();
    return shown !== undefined;
  }

  /** It has ended. @param {string} assignmentId */
  drop(assignmentId) {
    dropDraft(assignmentId);
    this.unload(assignmentId);
  }

  /** It goes on in another tab. @param {string} assignmentId */
  unload(assignmentId) {
    this.#frames.get(assignmentId)?.section.remove();
    this.#frames.delete(assignmentId);
    this.#tellCalled();
  }

  /** Nobody is signed in: what they have written stays for when they are. */
  clear() {
    for (const { section } of this.#frames.values()) section.remove();
    this.#frames.clear();
    this.#tellCalled();
  }

  /** @param {Assignment} assignment */
  #add(assignment) {
    const { assignmentId, title, kind, frameUrl = '', frameHeight = 0 } = assignment;
    const left = el('span', { class: 'left num' });
    const bar = workBar(assignment, left, this.#hooks);
    const iframe = kind === 'form' ? null : sandboxed(kind, frameUrl, frameHeight, title);
    const box = el('div', { class: 'form-box' }, el('p', { class: 'note bad' }, 'This HIT’s page may not be shown here. Return the HIT.'));
    const section = el('section', { class: 'frame', 'data-assignment': assignmentId, 'aria-label': title }, bar, iframe ?? box);
    section.hidden = assignmentId !== this.#shown;
    this.#box.append(section);
    /** @type {Frame} */
    const frame = { assignment, section, left, iframe, called: false, earned: null, missed: 0, confirming: false, again: false, look: null };
    if (kind === 'form') frame.look = () => void this.#showForm(frame, box);
    this.#frames.set(assignmentId, frame);
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
    const { type, called, assignmentId, earned } = event.data;
    if (type === 'retainer-market:submitted' && assignmentId === frame.assignment.assignmentId) {
      // What counts as paid work only the market's own page may say. In a frame of an opaque origin
      // it has no name of its own: there the message is a hint to ask.
      if (event.origin === new URL(apiUrl()).origin) this.#hooks.submitted(frame.assignment, frame.earned);
      else if (frame.assignment.kind === 'html' && event.origin === 'null') void this.#confirm(frame);
    } else if (type === 'retainer-pay' && Number.isFinite(earned)) {
      // The requester's word, as the terms are, which it is held to.
      frame.earned = earned;
    } else if (type === 'retainer-wait' && event.origin === waitOrigin()) {
      // Any other page could call the worker away from what they are doing, or flash the tab.
      frame.called = called === true;
      this.#tellCalled();
    }
  }

  /** Believe the server that it was submitted, and no page; a page may say so time and again. @param {Frame} frame */
  async #confirm(frame) {
    frame.again = true;
    if (frame.confirming) return;
    frame.confirming = true;
    const { assignmentId } = frame.assignment;
    let pause = CONFIRM_MS;
    while (frame.again && this.#frames.get(assignmentId) === frame) {
      frame.again = false;
      const found = await ask(`market/assignments/${encodeURIComponent(assignmentId)}`).catch(() => null);
      if (SUBMITTED.has(found?.status)) return this.#hooks.submitted(frame.assignment, frame.earned);
      frame.again ||= found === null;
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      pause = Math.min(CONFIRM_MOST_MS, pause * 2);
    }
    frame.confirming = false;
  }

  /** @param {Frame} frame @param {HTMLElement} box */
  async #showForm(frame, box) {
    const { assignmentId } = frame.assignment;
    const again = frame.look;
    frame.look = null;
    box.replaceChildren(el('p', { class: 'soft', role: 'status' }, 'Loading …'));
    try {
      const { form } = await ask(`market/form/${encodeURIComponent(assignmentId)}`);
      renderForm(box, form, {
        submit: (fields) => this.#submitForm(frame, fields), submitLabel: 'Submit HIT', draft: assignmentId,
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      box.replaceChildren(el('p', { class: 'note bad', role: 'alert' }, `${error.message} `,
        el('button', { type: 'button', onclick: again }, 'Try again')));
    }
  }

  /** @param {Frame} frame @param {[string, string][]} fields */
  async #submitForm({ assignment }, fields) {
    try {
      await ask('market/form/submit', { assignmentId: assignment.assignmentId, fields });
    } catch (error) {
      // The answer to an earlier try may have been lost on its way.
      if (!(error instanceof ApiError) || error.code !== 'already_submitted') throw error;
    }
    this.#hooks.submitted(assignment, null);
  }

  #tellCalled() {
    this.#hooks.called([...this.#frames.values()].filter(({ called }) => called)
      .map(({ assignment }) => assignment));
  }
}
