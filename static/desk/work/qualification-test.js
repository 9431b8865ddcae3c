// @ts-check
/* A qualification's test, taken in place: the form, its clock, and what comes of it. */

import { ApiError } from '../api.js';
import { el, say } from '../dom.js';
import { clock } from '../format.js';
import { serverNow } from '../server-time.js';
import { duration } from '../words.js';
import { renderForm } from './form.js';
import { ask } from './session.js';

/** @typedef {import('./qualification-words.js').Standing} Standing */

const TICK_MS = 500;
const SOON_MS = 60000;
/** Said aloud when so much is left; the clock itself would be said every second. */
const TOLD_MS = [600000, 300000, 60000, 30000, 10000];
/** A form handed in at the last moment is on its way; what the server says counts. */
const GRACE_MS = 1000;

/**
 * @param {HTMLElement} box @param {Standing} type
 * @param {{ready: (form: {focus: () => void}) => void, done: (after: Standing, now: number) => void,
 *   over: () => void}} tell `over`: its time has run out, or it was handed in elsewhere
 * @param {(error: unknown) => void} fail
 * @returns {() => void} what ends it
 */
export function showTest(box, type, { ready, done, over }, fail) {
  const { qualificationTypeId, name } = type;
  let stopped = false;
  let timer = 0;
  let sending = false;
  box.replaceChildren(el('p', { class: 'soft' }, 'Loading the test …'));

  const open = async () => {
    const { form, deadline } = await ask(`market/qualifications/test/${encodeURIComponent(qualificationTypeId)}`);
    if (stopped) return;
    // The server's clock decides, so it is the one shown.
    const leftMs = () => deadline - serverNow();
    const left = el('span', { class: 'left num', role: 'timer' });
    const told = el('p', { class: 'unseen', role: 'status' });
    const place = el('div');
    const bar = el('div', { class: 'card frame-bar row test-bar' }, el('h2', { class: 'grow clip', dir: 'auto' }, `Test: ${name}`), left);
    const shown = renderForm(place, form, {
      submitLabel: 'Hand in the test', draft: `test-${qualificationTypeId}-${deadline}`,
      submit: async (fields) => {
        sending = true;
        try {
          const after = await ask('market/qualifications/test', { qualificationTypeId, fields });
          stop();
          done(after, after.now);
        } catch (error) {
          if (error instanceof ApiError && error.code === 'no_open_test') close(error.message);
          else throw error;
        } finally {
          sending = false;
        }
      },
    });
    let next = TOLD_MS.findIndex((ms) => ms < leftMs());
    const tick = () => {
      const ms = leftMs();
      say(left, ms > 0 ? `${clock(ms)} left` : 'Time is over');
      left.classList.toggle('late', ms < SOON_MS);
      const due = TOLD_MS[next];
      if (next >= 0 && due !== undefined && ms <= due) {
        say(told, `${duration(due / 1000)} left for the test`);
        next += 1;
      }
      if (ms <= -GRACE_MS && !sending) close('The time for this test is over. What you filled in was not handed in.');
    };
    const close = (/** @type {string} */ why) => {
      stop();
      left.remove();
      for (const part of shown.form.querySelectorAll('fieldset, button')) {
        if (part instanceof HTMLFieldSetElement || part instanceof HTMLButtonElement) part.disabled = true;
      }
      box.dataset.over = 'yes';
      const said = el('p', { class: 'note bad', role: 'alert', tabIndex: -1 }, why);
      bar.replaceWith(said);
      said.focus();
      over();
    };
    box.replaceChildren(bar, told, place);
    tick();
    timer = setInterval(tick, TICK_MS);
    ready(shown);
  };
  const stop = () => {
    stopped = true;
    clearInterval(timer);
  };
  open().catch((error) => {
    if (stopped) return;
    box.replaceChildren();
    if (error instanceof ApiError && error.code === 'no_open_test') over();
    else fail(error);
  });
  return stop;
}
