// @ts-check
/* The waiting page used as it is: `?title=…&instructions=…` in the ProtoHIT's URL. */

import { mountWaiting } from './waiting.js';

const query = new URLSearchParams(location.search);
const title = query.get('title') || 'Short tasks, as they come';
document.title = title;
mountWaiting(document.querySelector('main'), {
  title,
  instructions: query.get('instructions') ?? 'Somebody needs quick answers from people. You wait, you '
    + 'are called, you answer one short question.',
});
