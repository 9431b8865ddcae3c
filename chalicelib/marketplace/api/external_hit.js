// @ts-check
/*
 * What a page written for the service's `externalHIT_v1.js` calls. It fills in the hidden
 * `assignmentId` of the form `mturk_form`, and lets nobody submit a preview, nor a page whose address
 * says twice what it is for.
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
