// Messages as rows of a list: days, groups of one sender, own ones with how far they got.
import { dayKey } from "./times.js";

const TOGETHER = 5 * 60_000;

export function rowsOf(messages, pending, me, reach) {
  const rows = [];
  let before = null;
  for (const message of messages) {
    const row = { key: message.client_id ?? message.id, message, ...place(message, before) };
    row.own = message.sender_id === me;
    if (row.own) row.state = stateOf(message.seq, reach);
    rows.push(row);
    before = message;
  }
  for (const entry of pending) {
    const message = asMessage(entry, me);
    const state = entry.failed ? "Failed" : "Queued";
    rows.push({ key: entry.client_id, message, own: true, state, ...place(message, before) });
    before = message;
  }
  return rows;
}

function place(message, before) {
  const at = Date.parse(message.created_at);
  const day = !before || dayKey(before.created_at) !== dayKey(message.created_at);
  const first =
    day ||
    before.sender_id !== message.sender_id ||
    before.sender_type !== message.sender_type ||
    at - Date.parse(before.created_at) > TOGETHER;
  return { day, first };
}

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
