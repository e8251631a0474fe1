// Keys that belong to an input method, in whatever field: what ends a composition sends, picks, opens
// and closes nothing. Safari has ended it already when the key comes, which only its code tells.
/** @param {Document | ShadowRoot} root */
export function leaveComposition(root) {
  /** @param {any} event */
  const keep = (event) => (event.isComposing || event.keyCode === 229) && event.stopPropagation();
  root.addEventListener("keydown", keep, true);
}
