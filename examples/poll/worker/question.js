// @ts-check
/* What a poll's payload says, and which key means which option. Pure. */

const NO_OPTIONS = ['Yes', 'No'];

/**
 * The payload is JSON, `{"question": "…", "options": ["…", {"text": "…", "image": "https://…"}, …]}`.
 * A poll that is not is asked as far as it can be: a worker who was called must always find
 * something to answer.
 * @param {string | null} payload
 * @returns {{question: string, options: string[], images: string[]}} of an option without a picture: ''
 */
export function readQuestion(payload) {
  /** @type {any} */
  let poll = null;
  try {
    poll = JSON.parse(payload ?? '');
  } catch {
    // Asked below as it stands.
  }
  const given = Array.isArray(poll?.options) && poll.options.length ? poll.options : NO_OPTIONS;
  const options = given.map((/** @type {any} */ option, /** @type {number} */ index) =>
    String(typeof option === 'object' ? option?.text || `Option ${index + 1}` : option));
  const question = typeof poll?.question === 'string' ? poll.question : payload;
  return { question: question || 'Yes or no?', options, images: given.map(pictureOf) };
}

/** @param {any} option */
const pictureOf = (option) => {
  const image = String(option?.image ?? '');
  return /^(https:|data:image\/)/i.test(image) ? image : '';
};

/**
 * The option that a key chooses, or null. Keys held down or with a modifier choose nothing.
 * @param {{key: string, repeat?: boolean, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} event
 * @param {string[]} options
 */
export function shortcut(event, options) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return null;
  return /^[1-9]$/.test(event.key) ? options[Number(event.key) - 1] ?? null : null;
}
