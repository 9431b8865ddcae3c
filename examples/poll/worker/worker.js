// @ts-check
/*
 * The worker's page of the instant poll: Retainer's waiting room, and a question when called.
 *
 * The waiting room comes from Retainer's own site, whose address is in `/config.js`.
 */

import { readQuestion, shortcut } from './question.js';

const main = /** @type {HTMLElement} */ (document.querySelector('main'));

/** @param {ReturnType<typeof readQuestion>} poll @param {HTMLElement} box */
function ask({ question, options, images }, box) {
  const heading = document.createElement('h2');
  heading.textContent = question;
  const list = document.createElement('div');
  list.className = 'poll-options';
  const buttons = options.map((option, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    const key = document.createElement('kbd');
    key.textContent = index < 9 ? String(index + 1) : '';
    key.setAttribute('aria-hidden', 'true');
    button.append(key, option);
    if (images[index]) {
      const picture = document.createElement('img');
      picture.src = images[index];
      picture.alt = '';
      button.append(picture);
    }
    button.addEventListener('click', () => choose(option));
    return button;
  });
  list.append(...buttons);
  const hint = document.createElement('p');
  hint.className = 'poll-hint';
  // Of keys only where there are some: on a phone the number would mean nothing.
  const keys = document.createElement('span');
  keys.className = 'poll-keys';
  keys.textContent = ', or press its number';
  hint.append('Choose one', keys, '. That submits your answer.');
  box.append(heading, list, hint);
  buttons[0]?.focus();

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const option = shortcut(event, options);
    if (option !== null) choose(option);
  };
  const choose = (/** @type {string} */ answer) => {
    if (!Retainer.submit({ answer })) return;
    document.removeEventListener('keydown', onKey);
    for (const button of buttons) button.disabled = true;
  };
  document.addEventListener('keydown', onKey);
  // Called away by "somebody else was quicker": the keys must not answer any more.
  document.addEventListener('retainer:tooLate',
    () => document.removeEventListener('keydown', onKey), { once: true });
}

try {
  const { mountWaiting } = await import(new URL('waiting.js', `${RETAINER_CONFIG?.wait}/`).href);
  mountWaiting(main, {
    title: 'Instant poll',
    instructions: 'Somebody cannot decide and asks you. You wait a few minutes at most; when the '
      + 'question comes, choose the answer that you like best.',
    onTask(/** @type {RetainerTask} */ task, /** @type {HTMLElement} */ box) {
      ask(readQuestion(task.payload), box);
    },
  });
} catch (error) {
  main.textContent = 'The waiting page did not load. Reload this page; if that does not help, return the HIT.';
  throw error;
}
