// The console as a page: the bar on top, the list, the conversation, what is known of it.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect } from "../vendor/preact.js";
import { fencedPart } from "../shared/fence.js";
import { useStore } from "../shared/store.js";
import { ToastCorner } from "../shared/toasts.js";
import { Bar, Line } from "./bar.js";
import { Customer } from "./customer.js";
import { onKey } from "./keys.js";
import { Modals } from "./modals.js";
import { Sidebar } from "./sidebar.js";
import { Conversation, Nothing } from "./conversation.js";

/** @param {{ model: any, t: Speaker }} props */
export function App({ model, t }) {
  useStore(model);
  useEffect(() => {
    /** @param {any} event */
    const key = (event) => onKey(event, model);
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [model]);
  const { talk } = model;
  return html`<div class="console ${talk ? "reading" : ""} ${model.panel ? "detailed" : ""}">
    ${fencedPart(model, t, () => html`<${Bar} model=${model} t=${t} />`)}
    <${Line} model=${model} t=${t} />
    ${fencedPart(model, t, () => html`<${Sidebar} model=${model} t=${t} />`)}
    ${talk ? html`<${Conversation} key=${talk.id} model=${model} talk=${talk} t=${t} />` : html`<${Nothing} t=${t} />`}
    ${talk && fencedPart(model, t, () => html`<${Customer} model=${model} talk=${talk} t=${t} />`)}
    ${fencedPart(model, t, () => html`<${Modals} model=${model} t=${t} />`)}
    <${ToastCorner} toasts=${model.toasts} t=${t} />
  </div>`;
}
