// Looks that come with a part: once for a page, or for a shadow root in one.
/** @param {any} root @param {CSSStyleSheet} look */
export function adoptSheet(root, look) {
  if (!root.adoptedStyleSheets.includes(look)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, look];
}
