// The dialogs that one is in, as one's list has them: exact whichever way they are told.
import { rememberFaces } from "../shared/faces.js";
import { asText, flatObject, itemsOf } from "../shared/fence.js";
import { Writers } from "../shared/writers.js";

/** @typedef {Record<string, any>} Listed */

export class Dialogs {
  /** @type {Map<string, Listed>} */
  rows = new Map();
  whole = false;
  /** @type {Set<string>} */
  #told = new Set();
  /** @type {Map<string, Writers>} */
  #writers = new Map();

  // page: whose they are; it is told when they look different.
  /** @param {{ me: string, notify(): void }} page */
  constructor(page) {
    this.page = page;
  }

  // The list is told anew, page by page; what happens meanwhile comes in its order between these.
  begin() {
    this.#told = new Set();
    for (const one of this.#writers.values()) one.begin([]);
  }

  /** @param {unknown} list */
  take(list) {
    for (const one of readRows(list)) this.#put(one);
    this.page.notify();
  }

  // All pages have come: what none of them told of is not there any more.
  settle() {
    for (const id of this.rows.keys()) if (!this.#told.has(id)) this.rows.delete(id);
    this.whole = true;
    this.page.notify();
  }

  /** @param {Listed} row */
  #put(row) {
    rememberFaces(row.members);
    this.rows.set(row.id, row);
    this.#told.add(row.id);
  }

  /** @param {string} id @param {Listed} changes */
  #change(id, changes) {
    this.rows.set(id, { ...this.rows.get(id), ...changes });
    this.page.notify();
  }

  /** @param {any} told */
  news({ dialog_id, seq, sender_id, mentions, deleted, last_seq, rev, last_message }) {
    this.#writers.get(dialog_id)?.forget(sender_id);
    const row = this.rows.get(dialog_id);
    if (!row || rev <= row.rev) return;
    // Whoever writes has read what was before.
    const read = sender_id === this.page.me ? Math.max(row.read, seq) : row.read;
    const others = mentionsOf(row).filter((one) => one !== seq && one > read);
    const names = seq > read && mentions?.includes?.(this.page.me);
    const gone = deletedOf(row).filter((one) => one !== seq && one > read);
    const said = { ...flatObject(last_message), words: last_message?.words };
    const fresh = { last_seq: Math.max(row.last_seq, last_seq), rev, last_message: said };
    if (deleted === true && seq > read) gone.push(seq);
    this.#change(dialog_id, { ...fresh, read, mentions: names ? [...others, seq] : others, deleted: gone });
  }

  // How far one has read oneself, here or elsewhere.
  /** @param {any} told */
  receipt({ dialog_id, participant_id, read: until }) {
    const row = this.rows.get(dialog_id);
    if (!row || participant_id !== this.page.me || !(until > row.read)) return;
    this.#change(dialog_id, { read: until, mentions: mentionsOf(row).filter((one) => one > until) });
  }

  // Who is in a group's voice channel.
  /** @param {any} told */
  voices({ dialog_id, participants }) {
    if (this.rows.has(dialog_id)) this.#change(dialog_id, { voice: participants });
  }

  // As one's own list has it; what is told to all who have it open has nothing that is one's own.
  /** @param {any} told */
  update({ dialog_id, dialog }) {
    if (dialog === null) this.rows.delete(dialog_id);
    const [view] = readRows([dialog]);
    if (view && typeof view.read === "number") this.#put(view);
    this.page.notify();
  }

  /** @param {any} told @param {boolean} typing */
  types(told, typing) {
    const { dialog_id } = told;
    const known = this.#writers.get(dialog_id) ?? new Writers(/** @type {any} */ (this.page));
    this.#writers.set(dialog_id, known);
    known.types(told, typing);
  }

  /** @param {string} id @returns {string[]} */
  writing(id) {
    return [...(this.#writers.get(id)?.typing.values() ?? [])].map(({ name }) => asText(name));
  }

  // The latest first.
  get sorted() {
    return [...this.rows.values()].sort((a, b) => (at(a) < at(b) ? 1 : -1));
  }

  // How much is unread where one wants to hear of it.
  get fresh() {
    return [...this.rows.values()].reduce((sum, row) => sum + (isMuted(row) ? mentionsOf(row).length : unread(row)), 0);
  }
}

// Rows as they are told, with the numbers of those that are deleted.
/** @param {any} list @returns {Listed[]} */
const readRows = (list) =>
  [list ?? []].flat().flatMap((told) => itemsOf([told]).map((row) => ({ ...row, deleted: told.deleted })));

/** @param {Listed} row @returns {string} */
const at = (row) => asText(row.last_message?.at ?? row.created_at);
/** @param {Listed} row @returns {number[]} */
export const mentionsOf = ({ mentions }) => (Array.isArray(mentions) ? mentions : []);
/** @param {Listed} row @returns {number[]} */
const deletedOf = ({ deleted }) => (Array.isArray(deleted) ? deleted : []);
// Of the newest the daemon says which are deleted: these are not unread.
const LOOKED_AT = 100;
/** @param {Listed} row */
export function unread(row) {
  const { last_seq, read } = row;
  const counted = Math.max(read, last_seq - LOOKED_AT);
  return Math.max(0, last_seq - read - deletedOf(row).filter((seq) => seq > counted).length) || 0;
}
/** @param {Listed} row */
export const isMuted = ({ muted_until }) => Date.parse(muted_until) > Date.now();

/** @param {Listed} row @param {string} me @returns {any} */
export const otherIn = ({ members }, me) => itemsOf(members).find((one) => one.id !== me) ?? {};

// What a dialog is called by who is in it.
/** @param {Listed} row @param {string} me @returns {string} */
export const titleOf = (row, me) => asText(row.kind === "group" ? row.title : otherIn(row, me).name);

// Whether a dialog is what somebody looks for.
/** @param {Listed} row @param {string} me @param {string} sought */
export function fits(row, me, sought) {
  const text = `${titleOf(row, me)} ${row.kind === "group" ? "" : otherIn(row, me).username}`.toLowerCase();
  return sought.toLowerCase().split(/\s+/).every((word) => text.includes(word.replace(/^@/, "")));
}
