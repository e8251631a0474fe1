// What was said last, on one line of a list.
/** @import { Speaker } from "./types" */
import { plainText } from "./markdown.js";
import { translateMessage } from "./translate.js";

/** @param {Speaker} t @param {any} last @returns {string} */
export function lastText(t, last) {
  if (last?.deleted === true) return t("deleted");
  /** @type {any} */
  const said = { sender_type: "system", content: last?.text, meta: { words: last?.words } };
  return plainText(translateMessage(t, said).content);
}
