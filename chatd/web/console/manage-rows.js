// What the parts of the window of management share: lists, words, refusals.
/** @import { Speaker } from "../shared/types" */
import { useEffect, useState } from "../vendor/preact.js";
import { refusal } from "../shared/refusals.js";

// In our words, and in the daemon's, which name what is wrong and what is allowed.
/** @param {Speaker} t @param {any} error */
export function explain(t, error) {
  const ours = refusal(t, error);
  return error.code && error.message && !ours.includes(error.message) ? `${ours}: ${error.message}` : ours;
}

// All pages of a list, anew whenever look() is called.
/** @param {any} act @param {string} event @param {string} member */
export function useRows(act, event, member) {
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  /** @param {string | null} cursor @returns {Promise<any[] | null>} */
  const page = async (cursor) => {
    const told = await act(event, cursor ? { cursor } : {});
    if (!told?.more) return told && told[member];
    const rest = await page(told.cursor);
    return rest && [...told[member], ...rest];
  };
  const look = async () => {
    const all = await page(null);
    if (all) setRows(all);
  };
  useEffect(() => void look(), []);
  return { rows, look };
}

/** @param {string} text */
export const words = (text) => text.split(/[\s,]+/).filter(Boolean);
