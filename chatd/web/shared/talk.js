// A conversation as a page: its messages with what one does with them, who is writing, where one writes.
/** @import { Row, Shown, Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { EmojiPanel } from "./emoji.js";
import { fencedPart } from "./fence.js";
import { Announcer, Messages } from "./list.js";
import { MessageField } from "./message-field.js";
import { Modal } from "./modal.js";
import { React, Said } from "./reactions.js";
import { Drafts } from "./writing.js";

// more: further tools of a message; list: a ref to the list.
/** @param {{ t: Speaker, page: Talker, list?: any,
  more?: (message: Shown, tab: number) => unknown }} props */
export function Talk({ t, page, list, more }) {
  const { acts } = page;
  const dialog = /** @type {import("./dialog.js").Dialog} */ (page.dialog);
  const own = useRef();
  const ref = list ?? own;
  const area = useRef();
  const [choosing, setChoosing] = useState(null);
  const rows = page.rows;
  // Where somebody is led: a link, what was found.
  useLayoutEffect(() => {
    const { sought } = page;
    if (!dialog.joined || !sought) return;
    page.sought = 0;
    acts.jump(sought, /** @type {Shown} */ ({ dialog_id: dialog.id }), ref);
  }, [dialog.joined, page.sought]);

  /** @param {number} seq @param {Shown} from */
  const jump = (seq, from) => acts.jump(seq, from, ref);
  const bar = acts.toolsOf(rows, (/** @type {Shown} */ message, /** @type {number} */ tab) => html`
    <${React} ...${{ message, tab, t, page, choose: setChoosing }} />${more?.(message, tab)}`);
  /** @param {Shown} message @param {Row} row */
  const tools = (message, row) => message.seq && html`
    <${Said} message=${message} page=${page} t=${t} />${bar(message, row)}`;
  const footer = html`${!rows.length && html`<p class="quiet-room">${t("noHistory")}</p>`}
    <${Drafts} dialog=${dialog} t=${t} />`;
  return html`
    <${Messages} ...${{ dialog, unsent: page.unsent, rows, t, list: ref, tools, jump, footer }}
      onHold=${(/** @type {Row} */ { message }) => acts.set({ held: message.id })}
      atEnd=${() => page.markSeen()} />
    ${fencedPart(page, t, () => html`
      <${MessageField} ...${{ t, page, area, onSent: () => ref.current.toEnd() }} />`)}
    <${Announcer} key=${dialog.id} messages=${dialog.messages} joined=${dialog.joined} me=${page.me} t=${t} />
    ${choosing && html`<${Choose} t=${t} close=${() => setChoosing(null)}
      pick=${(/** @type {string} */ emoji) => page.react(choosing, emoji)} />`}`;
}

/** @param {{ t: Speaker, close: () => void, pick: (emoji: string) => void }} props */
function Choose({ t, close, pick }) {
  /** @param {string} emoji */
  const onPick = (emoji) => {
    close();
    pick(emoji);
  };
  return html`<${Modal} t=${t} title=${t("react")} close=${close}>
    <${EmojiPanel} t=${t} pick=${onPick} close=${close} /></${Modal}>`;
}

/** @type {Record<string, string>} */
const KEYS = { waiting: "noConnection", ended: "dismissed" };

// What is the matter with the line to the daemon.
/** @param {{ t: Speaker, page: Talker }} props */
export function Line({ t, page }) {
  const { connection } = page;
  const key = KEYS[connection.state] ?? (page.me && connection.state === "connecting" ? "connecting" : null);
  return html`<div role="status">${key && html`<p class="status-line"><span>${t(key)}</span>
    ${connection.state === "waiting" && html`<button onClick=${() => connection.restart()}>
      ${t("retryNow")}</button>`}</p>`}</div>`;
}
