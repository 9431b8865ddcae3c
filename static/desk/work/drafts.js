// @ts-check
/* Answers that were not sent yet: kept as long as the tab, so that a reload loses nothing. */

const PREFIX = 'retainer-draft:';

/** @param {string} key @returns {[string, string][] | null} */
export function readDraft(key) {
  try {
    const pairs = JSON.parse(sessionStorage.getItem(PREFIX + key) ?? 'null');
    const valid = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2
      && pair.every((part) => typeof part === 'string'));
    return valid ? pairs : null;
  } catch {
    return null;
  }
}

/** @param {string} key @param {[string, string][]} pairs */
export function keepDraft(key, pairs) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(pairs));
  } catch {
    // No room left: the answers are on the page still.
  }
}

/** @param {string} key */
export function dropDraft(key) {
  sessionStorage.removeItem(PREFIX + key);
}

/** Somebody signs out: the next one at this machine must not find what they wrote. */
export function dropAllDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}
