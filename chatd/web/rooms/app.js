// The room as a page: the rooms, the conversation, who is here.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { EmojiPanel } from "../shared/emoji.js";
import { part } from "../shared/part.js";
import { Announcer, Messages } from "../shared/list.js";
import { Modal } from "../shared/modal.js";
import { useStore } from "../shared/store.js";
import { ToastCorner } from "../shared/toasts.js";
import { Drafts } from "../shared/writing.js";
import { NoRoom } from "./door.js";
import { Header, Line, People, Rooms } from "./panes.js";
import { Said, Tools } from "./tools.js";
import { Write } from "./write.js";

const FLASH = 2_000;

export function App({ t, visitor }) {
  useStore(visitor);
  const [pane, setPane] = useState("");
  useEffect(() => {
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
    ${part(visitor, t, () => html`<${Rooms} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    ${pane && html`<div class="scrim" onClick=${() => setPane("")}></div>`}
    <main class="talk">
      ${part(visitor, t, () => html`<${Header} t=${t} visitor=${visitor} pane=${pane} setPane=${setPane} />`)}
      <${Line} t=${t} visitor=${visitor} />
      ${visitor.dialog?.view ? html`<${Talk} key=${visitor.dialog.id} t=${t} visitor=${visitor} />`
        : html`<div class="list"></div>`}
    </main>
    ${part(visitor, t, () => html`<${People} t=${t} visitor=${visitor} close=${() => setPane("")} />`)}
    <${ToastCorner} toasts=${visitor.toasts} t=${t} />
  </div>`;
}

function Talk({ t, visitor }) {
  const { dialog } = visitor;
  const list = useRef();
  const area = useRef();
  const [marked, setMarked] = useState(null);
  const [current, setCurrent] = useState(null);
  const [removing, setRemoving] = useState(null);
  const [choosing, setChoosing] = useState(null);
  const rows = visitor.rows;

  useEffect(() => {
    if (!marked) return undefined;
    const row = rows.find((one) => one.message.seq === marked);
    if (row) list.current.toKey(row.key);
    const over = setTimeout(() => setMarked(null), FLASH);
    return () => clearTimeout(over);
  }, [marked]);

  const jump = async (seq) => {
    if (await visitor.around(Number(seq))) setMarked(Number(seq));
    else visitor.toasts.say(t("noOriginal"));
  };
  const acts = {
    reply: (message) => visitor.set({ replying: message, editing: null }),
    edit: (message) => visitor.set({ editing: message, replying: null }),
    remove: setRemoving,
    choose: setChoosing,
    react: (message, emoji) => visitor.react(message, emoji),
    current,
    setCurrent,
    newest: dialog.newest,
  };
  const about = ({ message: { id, seq } }, row) => html`<div class="line-of ${seq && seq === marked ? "marked" : ""}"
      onClick=${() => setCurrent(id)}>${row}</div>`;
  const tools = (message, { own }) => message.seq && html`
    <${Said} message=${message} visitor=${visitor} t=${t} acts=${acts} />
    <${Tools} message=${message} own=${own} t=${t} acts=${acts} />`;
  const footer = html`${!rows.length && html`<p class="quiet-room">${t("noHistory")}</p>`}
    <${Drafts} dialog=${dialog} t=${t} />`;
  return html`
    <${Messages} ...${{ dialog, unsent: visitor.unsent, rows, t, list, about, tools, jump, footer }}
      atEnd=${() => visitor.seen()} />
    ${part(visitor, t, () => html`<${Write} t=${t} visitor=${visitor} area=${area} sent=${() => list.current.toEnd()}
      />`)}
    <${Announcer} messages=${dialog.messages} me=${visitor.me} t=${t} />
    ${removing && html`<${Remove} t=${t} message=${removing} close=${() => setRemoving(null)}
      remove=${() => visitor.remove(removing)} />`}
    ${choosing && html`<${Choose} t=${t} close=${() => setChoosing(null)}
      pick=${(emoji) => visitor.react(choosing, emoji)} />`}`;
}

function Choose({ t, close, pick }) {
  const chosen = (emoji) => {
    close();
    pick(emoji);
  };
  return html`<${Modal} t=${t} title=${t("react")} close=${close}>
    <${EmojiPanel} t=${t} pick=${chosen} close=${close} /></${Modal}>`;
}

function Remove({ t, message, close, remove }) {
  const sure = () => {
    remove();
    close();
  };
  return html`<${Modal} t=${t} title=${t("removeSure")} close=${close}><div class="body">
    <p class="excerpt">${message.content}</p>
    <div class="choices"><button class="plain" onClick=${close}>${t("cancel")}</button>
      <button class="primary danger" onClick=${sure}>${t("remove")}</button></div>
  </div></${Modal}>`;
}
