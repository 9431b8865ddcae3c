// @ts-check
/*
 * These pages hold tokens, so they do not run in a frame. The site's own header forbids framing too,
 * but a bare bucket sends none. Imported first.
 */
if (window.top !== window.self) {
  document.body.replaceChildren('This page does not work inside another page.');
  throw new Error('framed');
}
