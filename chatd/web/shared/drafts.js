// Live drafts (docs/protocol.md): edits back into text. What tells one's own is in typist.js.
// Positions count Unicode code points, so texts are split into those first.
/** @import { Op } from "./types" */

/** @type {(at: any, text: string[]) => number} */
const clamp = (at, text) => Math.min(Math.max(0, at ?? text.length), text.length);

// Each edits the text in place and says where the caret is then.
/** @type {Record<string, (text: string[], op: any[]) => number>} */
const KINDS = {
  i: (text, [, more, at]) => {
    const [from, points] = [clamp(at, text), [...more]];
    text.splice(from, 0, ...points);
    return from + points.length;
  },
  e: (text, [, count = 1, at]) => {
    const end = clamp(at, text);
    const from = Math.max(0, end - count);
    text.splice(from, end - from);
    return from;
  },
  c: (text, [, at]) => clamp(at, text),
};

/** @param {string} text @param {Op[]} ops @param {number} [before] */
export function applyOps(text, ops, before) {
  const points = [...text];
  let caret = before;
  for (const op of ops) caret = KINDS[op[0]]?.(points, op) ?? caret;
  return { text: points.join(""), caret: clamp(caret, points) };
}

// Where the caret of a field is, in code points.
/** @param {HTMLTextAreaElement} field */
export const caretOf = (field) => [...field.value.slice(0, field.selectionStart)].length;
