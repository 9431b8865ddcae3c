// @ts-check
/*
 * What a page written for the service's `externalHIT_v1.js` calls. It fills in the hidden
 * `assignmentId` of the form `mturk_form`, and lets nobody submit a preview, nor a page whose address
 * says twice what it is for. With `data-complete`, as the market adds it to pages that it serves, it
 * completes what such a page lacks to be submitted.
 */

/**
 * A parameter of the page's address.
 * @param {string} name @param {string} [preset] where there is none
 */
function turkGetParam(name, preset = '') {
  const value = new URLSearchParams(location.search).get(name);
  return value === null ? preset : value;
}

function turkSetAssignmentID() {
  const assignmentId = turkGetParam('assignmentId');
  const submitTo = turkGetParam('turkSubmitTo');
  const found = document.getElementById('mturk_form');
  const form = found instanceof HTMLFormElement ? found : null;
  /** @type {HTMLInputElement | null} */
  let field = document.querySelector('input#assignmentId, #mturk_form input[name="assignmentId"]');
  if (!field && form) {
    field = document.createElement('input');
    field.type = 'hidden';
    field.name = 'assignmentId';
    form.append(field);
  }
  const query = new URLSearchParams(location.search);
  if (['assignmentId', 'turkSubmitTo'].some((name) => query.getAll(name).length > 1)) {
    refuse('This page was opened wrongly. Return the HIT.');
    return;
  }
  if (field) field.value = assignmentId;
  if (form && submitTo && !form.getAttribute('action')) {
    form.action = `${submitTo.replace(/\/+$/, '')}/mturk/externalSubmit`;
    form.method = 'post';
  }
  if (assignmentId === 'ASSIGNMENT_ID_NOT_AVAILABLE') {
    refuse('You must ACCEPT the HIT before you can submit the results.');
  }

  /** @param {string} label */
  function refuse(label) {
    const button = document.getElementById('submitButton');
    button?.setAttribute('disabled', '');
    if (button instanceof HTMLInputElement) button.value = label;
    else if (button) button.textContent = label;
  }
}

/* Complete the page that we are in: each form that goes to the market, or nowhere, gets where to go
   and the hidden `assignmentId`; a page without a script of its own gets the button that it lacks. */
(() => {
  const me = /** @type {HTMLScriptElement | null | undefined} */ (document.currentScript);
  const query = new URLSearchParams(location.search);
  const [id, submitTo] = [query.get('assignmentId') ?? '', query.get('turkSubmitTo') ?? ''];
  if (!me?.hasAttribute('data-complete') || !id) return;
  const ours = me.src;
  const isPreview = id === 'ASSIGNMENT_ID_NOT_AVAILABLE';
  const target = `${submitTo.replace(/\/+$/, '')}/mturk/externalSubmit`;

  // A form that a script makes only when it is done is met as it is submitted.
  document.addEventListener('submit', ({ target: form }) => {
    if (form instanceof HTMLFormElement) complete(form);
  }, true);
  if (document.readyState === 'complete') begin();
  else addEventListener('load', begin);

  function begin() {
    const isStatic = [...document.scripts].every(isOurs)
      && !document.querySelector('[onclick], [onsubmit], [onchange]');
    if (isStatic && !document.forms.length) wrap();
    for (const form of document.forms) {
      complete(form);
      if (isStatic && goesToMarket(form)) giveButton(form);
    }
  }

  /** Whether a script does no more than what this one is for. @param {HTMLScriptElement} script */
  function isOurs(script) {
    return script.src === ours
      || /^\s*((window\.)?onload\s*=\s*)?turkSetAssignmentID(\(\))?\s*;?\s*$/.test(script.text);
  }

  /** @param {HTMLFormElement} form */
  function goesToMarket(form) {
    const action = form.getAttribute('action');
    return !action || action === '#' || /\/mturk\/externalSubmit\/?$/.test(action);
  }

  /** @param {HTMLFormElement} form */
  function complete(form) {
    if (isPreview || !submitTo || !goesToMarket(form)) return;
    form.setAttribute('action', target);
    form.setAttribute('method', 'post');
    // By a query: a field named "elements" would hide the form's own.
    const fields = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[name="assignmentId"]')]);
    if (!fields.length) {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = 'assignmentId';
      form.append(field);
      fields.push(field);
    }
    for (const field of fields) field.value = id;
  }

  /** Put everything that can be filled in into a form. */
  function wrap() {
    const form = document.createElement('form');
    form.append(...document.body.childNodes);
    document.body.append(form);
  }

  /** @param {HTMLFormElement} form */
  function giveButton(form) {
    const buttons = document.querySelectorAll('button, input[type=submit], input[type=image]');
    if ([...buttons].some((one) => /** @type {HTMLButtonElement} */ (one).form === form
      && /^(submit|image)$/.test(/** @type {HTMLButtonElement} */ (one).type))) return;
    const button = document.createElement('button');
    button.type = 'submit';
    button.textContent = isPreview ? 'Accept the HIT to submit' : 'Submit';
    button.disabled = isPreview;
    form.append(button);
  }
})();
