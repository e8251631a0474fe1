// A style sheet as a constructed one: those a page's own style-src cannot forbid. What is built has
// the text of each in it, in place of its address.
/** @param {URL} address */
export async function sheet(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return sheetOf(await answer.text());
}

/** @param {string} text */
export function sheetOf(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
