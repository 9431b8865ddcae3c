// @ts-check
/*
 * Which tab of a browser has an accepted HIT's page loaded: one at a time, since a second copy of a
 * waiting page would take the first one's place in the pool. Where the browser has no locks (a site
 * without https), each tab loads all.
 */

// A page that is reloaded frees its locks after the new one asks: a moment, or on a slow computer longer.
const RELOAD_MS = 10000;
// This tab's own note of what it has, which outlives a reload.
const HAD = 'retainer-tab-';

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

  /** Whether it is this tab's. @param {string} assignmentId */
  has(assignmentId) {
    return this.#held.has(assignmentId);
  }

  /** @param {string} assignmentId @param {boolean} [steal] take it over from another tab */
  take(assignmentId, steal = false) {
    if (!navigator.locks || this.#held.has(assignmentId)) return Promise.resolve(true);
    const note = HAD + assignmentId;
    return new Promise((/** @type {(got: boolean) => void} */ answer) => {
      const mine = sessionStorage.getItem(note) !== null;
      const options = steal ? { steal } : mine ? { signal: AbortSignal.timeout(RELOAD_MS) } : { ifAvailable: true };
      navigator.locks.request(`retainer-${assignmentId}`, options, (lock) => {
        answer(lock !== null);
        if (!lock) return;
        sessionStorage.setItem(note, '');
        return new Promise((/** @type {(_: void) => void} */ release) => { this.#held.set(assignmentId, release); });
      }).catch(() => {
        answer(false);
        sessionStorage.removeItem(note);
        if (this.#held.delete(assignmentId)) this.#lost(assignmentId);
      });
    });
  }

  /** @param {string} assignmentId */
  free(assignmentId) {
    const release = this.#held.get(assignmentId);
    this.#held.delete(assignmentId);
    sessionStorage.removeItem(HAD + assignmentId);
    release?.();
  }

  freeAll() {
    for (const id of [...this.#held.keys()]) this.free(id);
  }
}
