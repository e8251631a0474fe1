// What a message said before it was edited: asked for when somebody wants to see it.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";
import { itemsOf, fencedRows } from "../shared/fence.js";
import { Text } from "../shared/message.js";
import { clock, dayName } from "../shared/times.js";
import { fetchAll } from "../shared/fetch-all.js";

/** @param {{ message: any, model: any, t: Speaker }} props */
export function EditHistory({ message, model, t }) {
  const [texts, setTexts] = useState(/** @type {any[]} */ ([]));
  if (!message.edited_at || message.deleted_at) return null;
  /** @param {{ currentTarget: any }} props */
  const onToggle = async ({ currentTarget }) => {
    if (!currentTarget.open) return;
    const asked = { data: { message_id: message.id } };
    const read = fetchAll(model.connection, "message:earlier", "earlier", asked);
    const told = await read.catch(() => ({ earlier: [] }));
    setTexts(itemsOf(told.earlier, "at"));
  };
  /** @param {any} one */
  const row = (one) => html`<li>
      <time dateTime=${one.at}>${dayName(t, one.at)}, ${clock(t, one.at)}</time>
      <${Text} text=${one.content} id=${`${message.id} ${one.at}`} t=${t} /></li>`;
  return html`<details class="before" key=${message.edited_at} onToggle=${onToggle}>
    <summary>${t("earlierTexts")}</summary>
    <ol>${fencedRows(texts, "at", row, t)}</ol>
  </details>`;
}
