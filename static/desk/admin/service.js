// @ts-check
/*
 * The key of this tab, and calls with it.
 *
 * The key lies in session storage only: it is gone with the tab, and is never in an address. Where it
 * is refused, `key-refused` is an event of the window, and the console asks for another.
 */

import { ApiError, exchange } from '../api.js';
import { keepFile } from './downloads.js';

// The status page's too: one tab, one key.
const KEY = 'retainer-api-key';

export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const useKey = (/** @type {string} */ key) => sessionStorage.setItem(KEY, key.trim());
export const forgetKey = () => sessionStorage.removeItem(KEY);

/** Whether an error is about the key, and not about what was asked for. @param {unknown} error */
export const isOfKey = (error) =>
  error instanceof ApiError && (error.status === 401 || error.code === 'wrong_scope');

/** @param {string} path @param {object} [body] */
async function send(path, body) {
  const key = sessionStorage.getItem(KEY);
  try {
    // Without a key no header of our own either: the call then needs no preflight.
    return await exchange(path, { body, headers: key === null ? {} : { 'x-api-key': key } });
  } catch (error) {
    if (isOfKey(error)) dispatchEvent(new CustomEvent('key-refused', { detail: error }));
    throw error;
  }
}

/** One call; `body` makes it a POST. @param {string} path @param {object} [body] @returns {Promise<any>} */
export const ask = async (path, body) => (await send(path, body)).answer;

/**
 * A path with a query, without what is empty.
 * @param {string} path @param {Record<string, string | number | boolean | null | undefined>} query
 */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * One page of a list that answers a JSON array, and its next page's cursor in a header.
 * @param {string} path @param {Record<string, string | number | boolean | null | undefined>} query
 * @returns {Promise<{rows: any[], next: string}>} `next` is empty at the end
 */
export async function page(path, query) {
  const { answer, headers } = await send(withQuery(path, query));
  return { rows: answer, next: headers.get('x-next-cursor') ?? '' };
}

/**
 * Have the browser keep an answer as a file. A plain link could not bring the key along.
 * @param {string} path @param {string} name of the file
 */
export async function download(path, name) {
  const { answer, headers } = await send(path);
  const text = typeof answer === 'string' ? answer : `${JSON.stringify(answer, null, 1)}\n`;
  const type = headers.get('content-type') ?? 'application/octet-stream';
  keepFile([text], type, name);
}
