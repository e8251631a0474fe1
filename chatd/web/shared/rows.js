// Messages as rows of a list: days, groups of one sender, own ones with how far they got.
/** @import { Entry, Reach, Row, Shown, Stored } from "./types" */
import { dayKey } from "./times.js";

const TOGETHER = 5 * 60_000;
// Among so many a message is looked for that has just been stored.
const RECENT = 200;

// A row stays the same object while nothing of it changes: long lists are drawn anew quickly.
/** @type {WeakMap<Shown, { before: Shown | null, row: Row }>} */
const made = new WeakMap();

// unsent: what waits to be sent, shown after these until it is among them; reach: how far another got.
/** @param {Stored[]} messages @param {Entry[]} unsent @param {string} me @param {Reach} [reach] @returns {Row[]} */
export function rowsOf(messages, unsent, me, reach) {
  const rows = new Array(messages.length);
  /** @type {Shown | null} */
  let before = null;
  for (let i = 0; i < messages.length; i += 1) {
    rows[i] = rowOf(messages[i], before, me, reach);
    before = messages[i];
  }
  const recent = messages.slice(-RECENT);
  for (const entry of unsent) {
    if (recent.some((one) => one.client_id === entry.client_id)) continue;
    const message = asMessage(entry, me);
    const state = entry.failed ? "Failed" : "Queued";
    rows.push({ key: entry.client_id, message, own: true, state, ...place(message, before) });
    before = message;
  }
  return rows;
}

/** @param {Stored} message @param {Shown | null} before @param {string} me @param {Reach} [reach] @returns {Row} */
function rowOf(message, before, me, reach) {
  const own = message.sender_id === me;
  const state = own ? stateOf(message.seq, reach) : undefined;
  const known = made.get(message);
  if (known && known.before === before && known.row.own === own && known.row.state === state) {
    return known.row;
  }
  // Only our own client ids are known to be ours alone.
  const key = (own && message.client_id) || message.id;
  const row = { key, message, own, state, ...place(message, before) };
  made.set(message, { before, row });
  return row;
}

/** @param {Shown} message @param {Shown | null} before */
function place(message, before) {
  const day = !before || dayKey(before.created_at) !== dayKey(message.created_at);
  const first =
    day ||
    before.sender_id !== message.sender_id ||
    isSystem(before) !== isSystem(message) ||
    Date.parse(message.created_at) - Date.parse(before.created_at) > TOGETHER;
  return { day, first };
}

/** @param {Shown} message */
const isSystem = (message) => message.sender_type === "system";

/** @type {(seq: number, reach: any) => Row["state"]} */
const stateOf = (seq, reach) => (seq <= reach?.read ? "Read" : seq <= reach?.delivered ? "Delivered" : "Sent");

/** @type {(entry: Entry, me: string) => Shown} */
const asMessage = (entry, me) => ({
  id: entry.client_id,
  client_id: entry.client_id,
  sender_id: me,
  sender_type: entry.sender_type ?? "own",
  sender_name: "",
  content: entry.content || (entry.files ?? []).map(({ name }) => name).join(", "),
  meta: entry.meta ?? {},
  entry,
  created_at: new Date(entry.at).toISOString(),
});
