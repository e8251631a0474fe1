// Style sheets that come with a part: adopted once by a page, or by a shadow root in one.
/** @param {any} root @param {CSSStyleSheet} look */
export function adoptSheet(root, look) {
  if (!root.adoptedStyleSheets.includes(look)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, look];
}
