// @ts-check
/* Patterns tried in a time that is bounded, whoever wrote them. */

const PATIENCE_MS = 500;
// A slow network or computer loads the worker first.
const LOADING_MS = 10000;

/** @typedef {import('./form-rules.js').Trial} Trial */

/**
 * Which of the trials match. What takes too long counts as matching: the server will see.
 * @param {Trial[]} trials @returns {Promise<boolean[]>}
 */
export function match(trials) {
  const results = trials.map(() => true);
  if (!trials.length) return Promise.resolve(results);
  return new Promise((resolve) => {
    const worker = new Worker(new URL('pattern-worker.js', import.meta.url), { type: 'module' });
    let left = trials.length;
    const end = () => {
      clearTimeout(timer);
      worker.terminate();
      resolve(results);
    };
    let timer = setTimeout(end, LOADING_MS);
    worker.onerror = end;
    worker.onmessage = ({ data }) => {
      if (data === null) {
        clearTimeout(timer);
        timer = setTimeout(end, PATIENCE_MS);
        return;
      }
      const [at, matched] = data;
      results[at] = matched;
      if (!--left) end();
    };
    worker.postMessage(trials);
  });
}
