// @ts-check
/* Calls to the HTTPS API: JSON both ways, a time-out, and errors that say what to do. */

import { heard } from './server-time.js';

const TIMEOUT_MS = 15000;

export class ApiError extends Error {
  /**
   * @param {number} status 0: no answer @param {string} code @param {string} message
   * @param {any} [details] what else the server said, such as `errors` by question
   */
  constructor(status, code, message, details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export const apiUrl = () => (globalThis.RETAINER_CONFIG?.api ?? '').replace(/\/+$/, '');

/** A signal that a time-out gives as well. @param {AbortSignal} [signal] */
function bounded(signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  // Before 2024 browsers did not have it: there an answer that nobody wants comes all the same.
  return signal && 'any' in AbortSignal ? AbortSignal.any([timeout, signal]) : timeout;
}

/**
 * One call; `body` makes it a POST. Text, as CSV or the `OK` of many routes, comes as text.
 * `signal` ends it when its answer is wanted no more.
 * @param {string} path @param {{body?: object, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export const call = async (path, options) => (await exchange(path, options)).answer;

/**
 * The same, with the answer's headers, of which one says where a list goes on.
 * @param {string} path @param {{body?: object, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<{answer: any, headers: Headers}>}
 */
export async function exchange(path, { body, headers = {}, signal } = {}) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`${apiUrl()}/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json', ...headers } : headers,
      body: body && JSON.stringify(body),
      credentials: 'omit', cache: 'no-store', signal: bounded(signal),
    });
  } catch {
    throw new ApiError(0, 'network', 'The server cannot be reached.');
  }
  const isText = response.ok && response.headers.get('content-type')?.startsWith('text/');
  const answer = await (isText ? response.text() : response.json()).catch(() => null);
  if (response.ok && answer !== null) {
    heard(answer.now);
    return { answer, headers: response.headers };
  }
  const { code = 'unexpected', message = `The server answered ${response.status}.`, ...details } = answer?.error ?? {};
  throw new ApiError(response.status, code, message, details);
}
