// The room as a page: the rooms, the conversation, who is here.
/** @import { Shown, Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { fencedPart } from "../shared/fence.js";
import { FindMessages } from "../shared/find.js";
import { RoomPassword } from "../shared/room-password.js";
import { useStore } from "../shared/store.js";
import { Line, Talk } from "../shared/talk.js";
import { ToastCorner } from "../shared/toasts.js";
import { VoiceBar } from "../shared/voice-bar.js";
import { MindWriter, Moderate } from "./moderate.js";
import { NoRoom } from "./name-form.js";
import { Header, People, Rooms } from "./panes.js";

/** @param {{ t: Speaker, visitor: Visitor }} props */
export function App({ t, visitor }) {
  useStore(visitor);
  const [pane, setPane] = useState("");
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const key = (event) => {
      if (event.key === "Escape") setPane("");
      else if (event.altKey && event.code === "KeyF" && !visitor.barred && !visitor.minding) {
        event.preventDefault();
        visitor.find(true);
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const opener = useRef();
  useLayoutEffect(() => {
    if (pane) opener.current = document.activeElement;
    const shut = pane && document.querySelector(`.${pane} .shut`);
    (shut || opener.current)?.focus();
  }, [pane]);
  if (visitor.barred) {
    return html`<${NoRoom} t=${t} visitor=${visitor} rooms=${visitor.rooms} why=${visitor.barred}
      room=${visitor.session ? "" : visitor.room} />`;
  }
  /** @param {Shown} message @param {number} tab */
  const more = (message, tab) => html`<${MindWriter} ...${{ t, visitor, message, tab }} />`;
  const corner = html`<${ToastCorner} toasts=${visitor.toasts} t=${t} />`;
  return html`<div class="rooms ${pane && `show-${pane}`}">
    ${fencedPart(visitor, t, () => html`<${Rooms} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    ${pane && html`<div class="scrim" onClick=${() => setPane("")}></div>`}
    <main class="talk">
      ${fencedPart(visitor, t, () => html`<${Header} t=${t} visitor=${visitor} pane=${pane} setPane=${setPane} />`)}
      ${visitor.dialog?.view && !visitor.locked && fencedPart(visitor, t, () => html`
        <${VoiceBar} key=${visitor.dialog?.id} t=${t} page=${visitor} />`)}
      <${Line} t=${t} page=${visitor} />
      ${visitor.locked ? html`<${RoomPassword} key=${visitor.room} t=${t} page=${visitor} />`
        : visitor.dialog?.view ? html`<${Talk} key=${visitor.dialog.id} t=${t} page=${visitor}
        more=${visitor.operates ? more : undefined} />`
        : html`<div class="list"></div>`}
    </main>
    ${fencedPart(visitor, t, () => html`<${People} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    ${visitor.finding && html`<${FindMessages} ...${{ t, toasts: visitor.toasts, close: () => visitor.find(false) }}
      ask=${(/** @type {string} */ event, /** @type {object} */ data) => visitor.connection.request(event, data)}
      open=${visitor.dialog?.id} shows=${(/** @type {any} */ { kind }) => kind === "room"}
      place=${(/** @type {any} */ hit) => visitor.titleOf(hit.dialog_id)}
      go=${(/** @type {any} */ hit) => visitor.goTo(hit)} />`}
    ${visitor.minding ? html`<${Moderate} ...${{ t, visitor, corner }} />` : corner}
  </div>`;
}
