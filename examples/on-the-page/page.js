// @ts-check
/* The worker stays on this page for the task: the waiting room makes way for it. */

const { mountWaiting } = await import(new URL('waiting.js', `${RETAINER_CONFIG?.wait}/`).href);

mountWaiting(document.body, {
  title: 'Name the picture',
  instructions: 'Somebody shows you a picture in words. Say what it is, in **one word**.',
  pastime: 'game',
  onTask(/** @type {RetainerTask} */ task, /** @type {HTMLElement} */ box) {
    const heading = document.createElement('h2');
    heading.textContent = 'What is this?';
    const picture = document.createElement('p');
    picture.textContent = task.payload;
    const label = document.createElement('label');
    label.textContent = 'In one word ';
    const word = document.createElement('input');
    word.required = true;
    label.append(word);
    const button = document.createElement('button');
    button.textContent = 'Submit';
    const form = document.createElement('form');
    form.append(label, ' ', button);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      Retainer.submit({ word: word.value });
    });
    box.append(heading, picture, form);
    word.focus();
  },
});

export {};
