// Messages as rows of a list: days, groups of one sender, own ones with how far they got.
import { dayKey } from "./times.js";

const TOGETHER = 5 * 60_000;

// A row stays the same object while nothing of it changes: long lists are drawn anew quickly.
const made = new WeakMap();

export function rowsOf(messages, pending, me, reach) {
  const rows = new Array(messages.length);
  let before = null;
  for (let i = 0; i < messages.length; i += 1) {
    rows[i] = kept(messages[i], before, me, reach);
    before = messages[i];
  }
  for (const entry of pending) {
    const message = asMessage(entry, me);
    const state = entry.failed ? "Failed" : "Queued";
    rows.push({ key: entry.client_id, message, own: true, state, ...place(message, before) });
    before = message;
  }
  return rows;
}

function kept(message, before, me, reach) {
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

function place(message, before) {
  const day = !before || dayKey(before.created_at) !== dayKey(message.created_at);
  const first =
    day ||
    before.sender_id !== message.sender_id ||
    isSystem(before) !== isSystem(message) ||
    Date.parse(message.created_at) - Date.parse(before.created_at) > TOGETHER;
  return { day, first };
}

const isSystem = (message) => message.sender_type === "system";

const stateOf = (seq, { read, delivered }) =>
  seq <= read ? "Read" : seq <= delivered ? "Delivered" : "Sent";

const asMessage = (entry, me) => ({
  id: entry.client_id,
  client_id: entry.client_id,
  sender_id: me,
  sender_type: "own",
  sender_name: "",
  content: entry.content,
  meta: entry.meta ?? {},
  created_at: new Date(entry.at).toISOString(),
});
