// @ts-check
/* Elements. Text is only ever put in as text. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] `class`, `role`, `for`, `data-…` and `aria-…` as attributes;
 *   functions named `on…` as listeners; the rest as properties
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (/^(class|role|for|sandbox|scope|data-.*|aria-.*)$/.test(name)) node.setAttribute(name, value);
    else Object.assign(node, { [name]: value });
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** The element with this id, which the page's HTML has. @param {string} id */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element #${id}`);
  return node;
}

/** Change text only where it differs: a live region announces every change. @param {Node} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Replace what is in `box`, keeping the keyboard where it was: focus returns to the element with
 * the same `data-key`.
 * @param {Element} box @param {Node[]} children
 */
export function refill(box, children) {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && box.contains(active) ? active.dataset.key : undefined;
  box.replaceChildren(...children);
  if (!key) return;
  for (const node of box.querySelectorAll('[data-key]')) {
    if (node instanceof HTMLElement && node.dataset.key === key) node.focus({ preventScroll: true });
  }
}

/**
 * Call `task` after `firstMs`, then `everyMs` after each end of it, while somebody looks at the page.
 * @param {() => Promise<void>} task @param {number} everyMs
 * @returns {() => void} what ends it
 */
export function whileVisible(task, everyMs, firstMs = 0) {
  let running = false;
  let ended = false;
  const run = async () => {
    clearTimeout(timer);
    if (running || ended || document.hidden) return;
    running = true;
    await task().finally(() => { running = false; });
    if (!ended) timer = setTimeout(run, everyMs);
  };
  document.addEventListener('visibilitychange', run);
  let timer = setTimeout(run, firstMs);
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', run);
  };
}
