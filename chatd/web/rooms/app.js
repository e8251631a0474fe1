// The room as a page: the rooms, the conversation, who is here.
/** @import { Row, Shown, Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { EmojiPanel } from "../shared/emoji.js";
import { fencedPart } from "../shared/fence.js";
import { Announcer, Messages } from "../shared/list.js";
import { Modal } from "../shared/modal.js";
import { useStore } from "../shared/store.js";
import { ToastCorner } from "../shared/toasts.js";
import { Drafts } from "../shared/writing.js";
import { NoRoom } from "./name-form.js";
import { Header, Line, People, Rooms } from "./panes.js";
import { React, Said } from "./tools.js";
import { MessageField } from "./message-field.js";

/** @param {{ t: Speaker, visitor: Visitor }} props */
export function App({ t, visitor }) {
  useStore(visitor);
  const [pane, setPane] = useState("");
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const key = (event) => event.key === "Escape" && setPane("");
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const opener = useRef();
  useLayoutEffect(() => {
    if (pane) opener.current = document.activeElement;
    const shut = pane && document.querySelector(`.${pane} .shut`);
    (shut || opener.current)?.focus();
  }, [pane]);
  if (visitor.barred) return html`<${NoRoom} t=${t} rooms=${visitor.rooms} why=${visitor.barred} />`;
  return html`<div class="rooms ${pane && `show-${pane}`}">
    ${fencedPart(visitor, t, () => html`<${Rooms} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    ${pane && html`<div class="scrim" onClick=${() => setPane("")}></div>`}
    <main class="talk">
      ${fencedPart(visitor, t, () => html`<${Header} t=${t} visitor=${visitor} pane=${pane} setPane=${setPane} />`)}
      <${Line} t=${t} visitor=${visitor} />
      ${visitor.dialog?.view ? html`<${Talk} key=${visitor.dialog.id} t=${t} visitor=${visitor} />`
        : html`<div class="list"></div>`}
    </main>
    ${fencedPart(visitor, t, () => html`<${People} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    <${ToastCorner} toasts=${visitor.toasts} t=${t} />
  </div>`;
}

/** @param {{ t: Speaker, visitor: Visitor }} props */
function Talk({ t, visitor }) {
  const { acts } = visitor;
  const dialog = /** @type {import("./room.js").Room} */ (visitor.dialog);
  const list = useRef();
  const area = useRef();
  const [choosing, setChoosing] = useState(null);
  const rows = visitor.rows;

  /** @param {number} seq @param {Shown} from */
  const jump = (seq, from) => acts.jump(seq, from, list);
  const bar = acts.toolsOf(rows, (/** @type {Shown} */ message, /** @type {number} */ tab) =>
    html`<${React} ...${{ message, tab, t, visitor, choose: setChoosing }} />`);
  /** @param {Shown} message @param {Row} row */
  const tools = (message, row) => message.seq && html`
    <${Said} message=${message} visitor=${visitor} t=${t} />${bar(message, row)}`;
  const footer = html`${!rows.length && html`<p class="quiet-room">${t("noHistory")}</p>`}
    <${Drafts} dialog=${dialog} t=${t} />`;
  return html`
    <${Messages} ...${{ dialog, unsent: visitor.unsent, rows, t, list, tools, jump, footer }}
      onHold=${(/** @type {Row} */ { message }) => acts.set({ held: message.id })}
      atEnd=${() => visitor.markSeen()} />
    ${fencedPart(visitor, t, () => html`
      <${MessageField} ...${{ t, visitor, area, onSent: () => list.current.toEnd() }} />`)}
    <${Announcer} messages=${dialog.messages} me=${visitor.me} t=${t} />
    ${choosing && html`<${Choose} t=${t} close=${() => setChoosing(null)}
      pick=${(/** @type {string} */ emoji) => visitor.react(choosing, emoji)} />`}`;
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
