// @ts-check
/* Arriving at a view by a link: the keyboard and the tab's name go to its heading. */

/**
 * Once the view has its heading, at once or after it has loaded: tell its name, and go there with the
 * keyboard, unless the keyboard is busy in it already.
 * @param {Element} view @param {boolean} moved by a link, and not by loading the page
 * @param {(heading: string) => void} name @returns {() => void} what ends the wait for it
 */
export function arrive(view, moved, name) {
  const look = () => {
    const title = view.querySelector('h1');
    if (!title) return false;
    name(title.textContent ?? '');
    if (moved && !view.contains(document.activeElement)) title.focus({ preventScroll: true });
    return true;
  };
  if (look()) return () => {};
  const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
  watch.observe(view, { childList: true, subtree: true });
  return () => watch.disconnect();
}
