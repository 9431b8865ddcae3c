// @ts-check
/* Elements and words for the waiting page. Text is only ever put in as text. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] `class`, `data-…`, `aria-…`, `role` and `for` as attributes;
 *   functions named `on…` as listeners; the rest as properties
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (/^(class|role|for|data-.*|aria-.*)$/.test(name)) node.setAttribute(name, value);
    else Object.assign(node, { [name]: value });
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Change text only where it differs: a live region announces every change. @param {Node} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** `4:07`; `1:04:07`. @param {number} ms */
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes}:${two(s % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** A length of time in words: `45 seconds`, `5 minutes`. @param {number} ms */
export function words(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const [n, unit] = s < 90 ? [s, 'second'] : [Math.round(s / 60), 'minute'];
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

/** Dollars for reading: `$0.05`. @param {string | null} amount */
export function dollars(amount) {
  return amount === null ? '' : `$${amount}`;
}

/** An amount that is exact to a millionth, to a tenth of a cent: `$0.05`, `$0.166`. @param {string} amount */
export function short(amount) {
  return /\.\d{4}/.test(amount) ? mills(Number(amount)) : dollars(amount);
}

/** Dollars to a tenth of a cent, rounded down: `$0.034`. @param {number} amount */
export function mills(amount) {
  return `$${(Math.floor(amount * 1000 + 1e-6) / 1000).toFixed(3)}`;
}
