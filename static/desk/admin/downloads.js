// @ts-check
/* Lists that are larger than one answer, kept as one file. */


/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */

/**
 * All pages of a list, one after another.
 * @param {(query: Query) => Promise<{rows: any, next: string}>} read @param {(page: any, read: number) => void} each
 */
export async function everyPage(read, each) {
  let cursor = '';
  let pages = 0;
  do {
    const { rows, next } = await read(cursor ? { cursor } : {});
    pages += 1;
    each(rows, pages);
    cursor = next;
  } while (cursor);
}

/** Have the browser keep a text as a file; CSV with the mark by which Excel knows UTF-8. @param {string[]} parts @param {string} type @param {string} name */
export function keepFile(parts, type, name) {
  const link = document.createElement('a');
  // Read as text it has lost the mark that it came with.
  const mark = type.startsWith('text/csv') ? ['\ufeff'] : [];
  link.href = URL.createObjectURL(new Blob([...mark, ...parts], { type }));
  link.download = name;
  link.click();
  // The browser has begun to read it by the next turn, but not before.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

