// What the parts that ask for something look like alike: fetched with the first of them.
import { adoptSheet } from "../shared/adopt-sheet.js";
import { sheet } from "../shared/sheet.js";

/** @type {Promise<CSSStyleSheet> | null} */
let looks = null;

// The looks of fields, then those of the part.
/** @param {ShadowRoot} root @param {Promise<CSSStyleSheet>} own */
export async function adoptFields(root, own) {
  looks ??= sheet(new URL("../widget/fields.css", import.meta.url));
  for (const look of await Promise.all([looks, own])) adoptSheet(root, look);
}
