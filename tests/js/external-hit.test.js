import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const SCRIPT = readFileSync(new URL('../../chalicelib/marketplace/api/external_hit.js', import.meta.url), 'utf8');

class HTMLElement {
  attributes = {};
  children = [];
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(child) { this.children.push(child); }
}
class HTMLFormElement extends HTMLElement {}
class HTMLInputElement extends HTMLElement {}

/** Call the script on a page with these elements. */
function page(search, { form, field = null, button } = {}) {
  const elements = { mturk_form: form, submitButton: button };
  const document = {
    getElementById: (id) => elements[id] ?? null,
    querySelector: () => field,
    createElement: () => new HTMLInputElement(),
  };
  const context = { document, location: { search }, URLSearchParams, HTMLElement, HTMLFormElement, HTMLInputElement };
  runInNewContext(`${SCRIPT}; this.param = turkGetParam; turkSetAssignmentID();`, context);
  return context.param;
}

test('turkSetAssignmentID: fills the hidden field in', () => {
  const field = new HTMLInputElement();
  const button = new HTMLInputElement();
  const form = new HTMLFormElement();
  form.attributes.action = 'http://api/mturk/externalSubmit';

  page('?assignmentId=3ABC&turkSubmitTo=http%3A%2F%2Fother', { form, field, button });

  assert.equal(field.value, '3ABC');
  assert.equal(form.action, undefined);
  assert.equal(button.getAttribute('disabled'), null);
});

test('turkSetAssignmentID: adds what the page left out', () => {
  const form = new HTMLFormElement();

  page('?assignmentId=3ABC&turkSubmitTo=http%3A%2F%2Fapi%2F', { form });

  assert.deepEqual(form.children.map(({ type, name, value }) => [type, name, value]), [['hidden', 'assignmentId', '3ABC']]);
  assert.equal(form.action, 'http://api/mturk/externalSubmit');
  assert.equal(form.method, 'post');
});

test('turkSetAssignmentID: lets nobody submit a preview, whatever the button is', () => {
  const label = 'You must ACCEPT the HIT before you can submit the results.';
  const input = new HTMLInputElement();
  const button = new HTMLElement();

  page('?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE', { button: input });
  page('?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE', { button });

  assert.equal(input.value, label);
  assert.equal(button.textContent, label);
  assert.ok([input, button].every((one) => one.getAttribute('disabled') === ''));
});

test('turkSetAssignmentID: hands nothing in where the address says twice what for, or where to', () => {
  for (const again of ['assignmentId=3DEF', 'turkSubmitTo=http%3A%2F%2Fevil']) {
    const [form, field, button] = [new HTMLFormElement(), new HTMLInputElement(), new HTMLInputElement()];

    page(`?assignmentId=3ABC&turkSubmitTo=http%3A%2F%2Fapi&${again}`, { form, field, button });

    assert.equal(field.value, undefined);
    assert.equal(form.action, undefined);
    assert.equal(button.value, 'This page was opened wrongly. Return the HIT.');
    assert.equal(button.getAttribute('disabled'), '');
  }
});

test('turkGetParam: decoded, or the preset', () => {
  const param = page('?name=a%26b+c&empty=');

  assert.deepEqual([param('name'), param('empty', 'x'), param('none', 'x'), param('none')], ['a&b c', '', 'x', '']);
});
