// @ts-check
/* The task alone: the waiting page opens it in a frame (the ProtoHIT's `page.task`) and hands it in. */

const { called, started, submit } = await import(new URL('framed.js', `${RETAINER_CONFIG?.wait}/`).href);

const task = /** @type {RetainerTask} */ (await called);
const { about = task.payload, colours = ['Red', 'Green', 'Blue'] } = parsed(task.payload);
const what = document.querySelector('#for');
if (what) what.textContent = about;
const buttons = colours.map((/** @type {string} */ colour) => {
  const button = document.createElement('button');
  button.textContent = colour;
  button.addEventListener('click', () => submit({ colour }));
  return button;
});
document.querySelector('#choices')?.append(...buttons);
// Only now somebody is there to look at it.
await started;
buttons[0]?.focus();

/** A payload that is no JSON is the question itself. @param {string | null} payload */
function parsed(payload) {
  try {
    const value = JSON.parse(payload ?? '');
    return value && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}

export {};
