// @ts-check
/*
 * For the page of a task that the waiting page opens in a frame:
 *
 *   import { called, started, submit } from 'https://pages.example.org/framed.js';
 *   const { payload } = await called;    // the page has the task; the worker may not be there yet
 *   await started;                       // the worker has said that they are
 *   submit({ answer: 'left' });          // hands the HIT in
 *
 * The page's height follows its content. It answers only the origin that gave it the task.
 */

let origin = '';
/** @type {(task: RetainerTask) => void} */
let give;
/** @type {() => void} */
let begin;

/** @type {Promise<RetainerTask>} */
export const called = new Promise((resolve) => { give = resolve; });
/** @type {Promise<void>} */
export const started = new Promise((resolve) => { begin = resolve; });

addEventListener('message', (event) => {
  if (event.source !== window.parent || (origin && event.origin !== origin)) return;
  if (event.data?.type === 'retainer:task') {
    origin = event.origin;
    give(event.data.task);
    new ResizeObserver(tellHeight).observe(document.documentElement);
  }
  if (event.data?.type === 'retainer:start' && origin) begin();
});
// Nothing is in this but that we are here, so that any page may hear it.
if (window.parent !== window) window.parent.postMessage({ type: 'retainer:ready' }, '*');

/** Hand the HIT in with these answers. @param {Record<string, unknown>} fields */
export function submit(fields) {
  tell({ type: 'retainer:submit', fields });
}

/** Keep what is entered, as JSON: loaded again, this page finds it as its task's `kept`. @param {unknown} value */
export function keep(value) {
  tell({ type: 'retainer:keep', value });
}

/** The worker has done something that shows that they are there: as good as the button. */
export function acknowledge() {
  tell({ type: 'retainer:acknowledge' });
}

function tellHeight() {
  tell({ type: 'retainer:height', height: document.documentElement.getBoundingClientRect().height });
}

/** @param {object} message */
function tell(message) {
  if (!origin) throw new Error('No waiting page has given this page a task yet.');
  window.parent.postMessage(message, origin);
}
