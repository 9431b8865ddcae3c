// @ts-check
/*
 * Which tab of a browser has an accepted HIT's page loaded: one at a time, since a second copy of a
 * waiting page would take the first one's place in the pool. Where the browser has no locks (a site
 * without https), each tab loads all.
 */

// A page that is reloaded frees its locks a moment after the new one asks.
const PATIENCE_MS = 1000;

export class Tabs {
  /** @type {Map<string, () => void>} */
  #held = new Map();
  #lost;

  /** @param {(assignmentId: string) => void} lost another tab has taken it over */
  constructor(lost) {
    this.#lost = lost;
  }

  /** Those of a list that this tab may load. @template {{assignmentId: string}} T @param {T[]} queue @returns {Promise<T[]>} */
  async mine(queue) {
    const held = await Promise.all(queue.map(({ assignmentId }) => this.take(assignmentId)));
    return queue.filter((_, i) => held[i]);
  }

  /** @param {string} assignmentId @param {boolean} [steal] take it over from another tab */
  take(assignmentId, steal = false) {
    if (!navigator.locks || this.#held.has(assignmentId)) return Promise.resolve(true);
    return new Promise((/** @type {(got: boolean) => void} */ answer) => {
      const options = steal ? { steal } : { signal: AbortSignal.timeout(PATIENCE_MS) };
      navigator.locks.request(`retainer-${assignmentId}`, options, () => {
        answer(true);
        return new Promise((/** @type {(_: void) => void} */ release) => { this.#held.set(assignmentId, release); });
      }).catch(() => {
        answer(false);
        if (this.#held.delete(assignmentId)) this.#lost(assignmentId);
      });
    });
  }

  /** @param {string} assignmentId */
  free(assignmentId) {
    const release = this.#held.get(assignmentId);
    this.#held.delete(assignmentId);
    release?.();
  }

  freeAll() {
    for (const id of [...this.#held.keys()]) this.free(id);
  }
}
