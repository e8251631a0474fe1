// Messages by their words, in all conversations or the open one; each opens where it was said.
/** @import { Speaker } from "./types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { arrows } from "./arrows.js";
import { asText, fencedRows } from "./fence.js";
import { Modal } from "./modal.js";
import { refusal } from "./refusals.js";
import { clock, dayName } from "./times.js";

const PAGE = 20;
const PAUSE_MS = 200;
/** @param {any} told @returns {any[]} */
const readable = ({ found }) =>
  Array.isArray(found) ? found.filter((/** @type {any} */ hit) => typeof hit?.message_id === "string") : [];
const NOTHING = { found: /** @type {any[]} */ ([]), cursor: null, complete: true };

// query: what is asked first; open: the conversation that one may keep to; here: whether one does;
// shows: whether a message is one of the page's; place: where it was said, in words; go: opens it there.
/** @typedef {{ t: Speaker, close: () => void, ask: (event: string, data: object) => Promise<any>, query?: string,
  open?: string, here?: boolean, shows: (hit: any) => boolean, place: (hit: any) => unknown,
  go: (hit: any) => void }} Finding */

/** @param {Finding} props */
export function FoundMessages({ t, close, ask: request, query: given = "", open, here: kept = false, ...page }) {
  const [query, setQuery] = useState(given);
  const [here, setHere] = useState(kept);
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState("");
  const list = useRef(/** @type {any} */ (null));
  const asked = useRef({});
  // An answer to what is not asked any more is let go.
  const ask = async (/** @type {any} */ before) => {
    const mine = (asked.current = {});
    const among = here ? { dialog_id: open } : {};
    const more = before && { cursor: before.cursor };
    const answer = await request("search:messages", { query, limit: PAGE, ...among, ...more }).catch(
      (/** @type {any} */ error) => error,
    );
    if (mine !== asked.current) return;
    const failed = answer instanceof Error;
    setSaid(failed ? refusal(t, answer) : "");
    if (failed) setTold(before);
    else setTold({ ...answer, found: [...(before?.found ?? []), ...readable(answer).filter(page.shows)] });
  };
  useEffect(() => {
    asked.current = {};
    setTold(null);
    setSaid("");
    const later = query.trim() ? setTimeout(ask, PAUSE_MS, null) : 0;
    return () => clearTimeout(later);
  }, [query, here]);
  const take = (/** @type {any} */ hit) => {
    close();
    setTimeout(() => page.go(hit));
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const first = list.current?.querySelector("button");
    if (event.isComposing || !first || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "Enter") first.click();
    else first.focus();
  };
  const { found, cursor, complete } = told ?? NOTHING;
  const row = (/** @type {any} */ hit) => html`<li><button onClick=${() => take(hit)}>
    <span class="name">${asText(hit.sender_name)}<small>${page.place(hit)}
      ${" · "}${dayName(t, hit.created_at)} ${clock(t, hit.created_at)}</small>
      <span class="excerpt"><${Excerpt} hit=${hit} /></span></span></button></li>`;
  return html`<${Modal} t=${t} title=${t("findMessages")} kind="wide" close=${close}><div class="found">
    <input class="input" type="search" autofocus maxlength="256" aria-label=${t("findMessages")}
      placeholder=${t("findHint")} value=${query} onKeyDown=${onKeyDown}
      onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} />
    ${open && html`<label class="here"><input type="checkbox" checked=${here}
      onChange=${(/** @type {any} */ event) => setHere(event.target.checked)} /> ${t("findHere")}</label>`}
    <p class="outcome" role="status">${said || (told && (found.length ? t("foundMessages", { n: found.length })
      : t("paletteNone")))}${told && !complete && ` ${t("findIncomplete")}`}</p>
    <div class="body"><ul class="choose" ref=${list} onKeyDown=${arrows}>
      ${fencedRows(found, "message_id", row, t)}</ul>
      ${cursor && html`<button class="plain more" onClick=${() => ask(told)}>${t("more")}</button>`}</div>
  </div></${Modal}>`;
}

// What was found is marked; its places are told in characters, not in halves of them.
/** @param {{ hit: any }} props */
function Excerpt({ hit: { excerpt, marks } }) {
  const letters = Array.from(asText(excerpt));
  const parts = [];
  let at = 0;
  for (const [since, until] of marks) {
    parts.push(letters.slice(at, since).join(""), html`<mark>${letters.slice(since, until).join("")}</mark>`);
    at = until;
  }
  return html`${parts}${letters.slice(at).join("")}`;
}
