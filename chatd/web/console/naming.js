// Whom a note may name: what stands behind its last @ offers colleagues, as the daemon reads it.
import { serves } from "./alerts.js";
import { byPresence, nameOf } from "./people.js";

// An address of mail names nobody (chatd/domain/mention.py).
const NAMING = /(?:^|[^\p{L}\p{N}_.@-])@([\p{L}\p{N}_.-]*)$/u;
const MOST = 8;

/** @typedef {{ name: string, shown: string, text: string }} Offer */

// Those whose user name, or a word of whose name, begins so; nobody once a user name stands there whole.
/** @param {any} model @param {any} ticket @param {string} text @returns {Offer[]} */
export function colleaguesFor({ me, operators }, { site }, text) {
  const said = NAMING.exec(text);
  if (!said) return [];
  const word = said[1].toLowerCase();
  const begins = (/** @type {string} */ one) => one.toLowerCase().startsWith(word);
  const fits = (/** @type {any} */ one) => begins(one.username) || nameOf(one).split(/\s+/u).some(begins);
  const there = operators.filter((/** @type {any} */ one) =>
    !one.disabled && one.username !== me.username && serves(one, site) && fits(one));
  if (there.some((/** @type {any} */ one) => one.username === word)) return [];
  return there.sort(byPresence).slice(0, MOST).map((/** @type {any} */ one) => ({
    name: one.username,
    shown: nameOf(one),
    text: `${text.slice(0, text.length - said[1].length)}${one.username} `,
  }));
}
