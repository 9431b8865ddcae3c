// @ts-check
/* A number that takes a moment to find: nothing for a person, much for who makes accounts by the thousand. */

const AT_ONCE = 256;

/**
 * Find a number with which the hash of day, nonce and number begins with so many zero bits.
 * @param {string} nonce @param {number} bits @returns {Promise<string>}
 */
export async function findWork(nonce, bits) {
  const day = new Date().toISOString().slice(0, 10);
  const encoder = new TextEncoder();
  for (let from = 0; ; from += AT_ONCE) {
    const tried = Array.from({ length: AT_ONCE }, (_, more) => crypto.subtle.digest(
      'SHA-256', encoder.encode(`${day}:${nonce}:${from + more}`)));
    const found = (await Promise.all(tried)).findIndex((digest) => zeros(new DataView(digest)) >= bits);
    if (found >= 0) return String(from + found);
  }
}

/** @param {DataView} digest how many zero bits it begins with, up to 64 */
function zeros(digest) {
  const high = Math.clz32(digest.getUint32(0));
  return high < 32 ? high : 32 + Math.clz32(digest.getUint32(4));
}
