// @ts-check
/* Lists that change in place: what is there stays the same element, with its focus and what is open. */

/** @typedef {{node: Element, [more: string]: any}} Kept */
/** @type {WeakMap<Element, Map<string, Kept>>} */
const kept = new WeakMap();

/**
 * Make `box` hold one element for each item, in order: made once by `make`, brought up to date by `update`
 * each time. Only what is new, gone or in another place touches the page.
 * @template T @template {Kept} K
 * @param {Element} box @param {T[]} items @param {(item: T) => string} keyOf @param {(item: T) => K} make
 * @param {(part: K, item: T) => void} update
 */
export function keyed(box, items, keyOf, make, update) {
  const parts = /** @type {Map<string, K>} */ (kept.get(box) ?? new Map());
  kept.set(box, parts);
  const wanted = new Set(items.map(keyOf));
  for (const [key, part] of parts) {
    if (wanted.has(key)) continue;
    part.node.remove();
    parts.delete(key);
  }
  const focused = document.activeElement;
  let place = box.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let part = parts.get(key);
    if (!part) parts.set(key, part = make(item));
    if (part.node === place) place = place.nextElementSibling;
    else box.insertBefore(part.node, place);
    update(part, item);
  }
  // An element that was moved has lost the keyboard.
  if (focused instanceof HTMLElement && focused !== document.activeElement && box.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/** Set an attribute only where it differs. @param {Element} node @param {string} name @param {string} value */
export function mark(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
