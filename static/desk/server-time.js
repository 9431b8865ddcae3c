// @ts-check
/*
 * The server's time, by which deadlines run: a computer's own clock may be wrong by minutes, and jumps
 * when somebody sets it. So it is carried on by the browser's monotonic clock, which no setting moves;
 * but that one may stand still while a computer sleeps.
 */

const DRIFT_MS = 5000;

const apart = () => Date.now() - performance.now();
/** How far the server's time is ahead of the monotonic clock; until it was heard, the computer's word counts. */
let ahead = apart();
/** How far the two clocks were apart when that was last sure. */
let agreed = ahead;

/** An answer has told the server's time. @param {unknown} now */
export function heard(now) {
  if (typeof now !== 'number') return;
  agreed = apart();
  ahead = now - performance.now();
}

export const serverNow = () => performance.now() + ahead;

/** Whether one of the two clocks has jumped or stood still since the last call that said so: the server is to be asked. */
export function hasJumped() {
  if (Math.abs(apart() - agreed) < DRIFT_MS) return false;
  agreed = apart();
  return true;
}
