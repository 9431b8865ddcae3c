// @ts-check
/* The server's time, by which deadlines run: a worker's clock may be wrong by minutes. */

let ahead = 0;

/** An answer has told the server's time. @param {unknown} now */
export function heard(now) {
  if (typeof now === 'number') ahead = now - Date.now();
}

export const serverNow = () => Date.now() + ahead;
