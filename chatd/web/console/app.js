// The console as a page: the bar on top, the list, the conversation, what is known of it.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect } from "../vendor/preact.js";
import { part } from "../shared/part.js";
import { useStore } from "../shared/store.js";
import { ToastCorner } from "../shared/toasts.js";
import { Bar, Line } from "./bar.js";
import { Customer } from "./customer.js";
import { pressed } from "./keys.js";
import { Questions } from "./questions.js";
import { Sidebar } from "./sidebar.js";
import { Conversation, Nothing } from "./conversation.js";

/** @param {{ desk: any, t: Speaker }} props */
export function App({ desk, t }) {
  useStore(desk);
  useEffect(() => {
    /** @param {any} event */
    const key = (event) => pressed(event, desk);
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [desk]);
  const { talk } = desk;
  return html`<div class="console ${talk ? "reading" : ""} ${desk.panel ? "detailed" : ""}">
    ${part(desk, t, () => html`<${Bar} desk=${desk} t=${t} />`)}
    <${Line} desk=${desk} t=${t} />
    ${part(desk, t, () => html`<${Sidebar} desk=${desk} t=${t} />`)}
    ${talk ? html`<${Conversation} key=${talk.id} desk=${desk} talk=${talk} t=${t} />` : html`<${Nothing} t=${t} />`}
    ${talk && part(desk, t, () => html`<${Customer} desk=${desk} talk=${talk} t=${t} />`)}
    ${part(desk, t, () => html`<${Questions} desk=${desk} t=${t} />`)}
    <${ToastCorner} toasts=${desk.toasts} t=${t} />
  </div>`;
}
