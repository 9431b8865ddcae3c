// @ts-check
/* Tries a requester's patterns away from the page, which a slow one would freeze. Answers one by one. */

import { matches } from './form-rules.js';

// Loaded: from now on it is the patterns that take their time.
postMessage(null);
addEventListener('message', ({ data }) => {
  for (const [at, trial] of data.entries()) postMessage([at, matches(trial)]);
});
