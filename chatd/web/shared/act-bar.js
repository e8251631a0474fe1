// Above the field: what is replied to, changed or about to be deleted, and what went wrong with it.
/** @import { Act } from "./types" @import { Acts } from "./acts.js" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { Pencil, Reply } from "./icons-acts.js";
import { Close } from "./icons-chat.js";
import { plainText } from "./markdown.js";
import { toField } from "./tools.js";

/** @param {{ acts: Acts }} props */
export function ActBar({ acts }) {
  const place = useRef();
  const { doing, removing, said } = acts;
  useLayoutEffect(() => {
    if (!acts.wanted) return;
    acts.wanted = false;
    toField(place.current);
  });
  /** @param {KeyboardEvent} event */
  const keys = (event) => event.key === "Escape" && acts.keys(event, "");
  return html`<div class="acting" ref=${place} onKeyDown=${keys}>
    ${removing ? html`<${ConfirmRemoval} acts=${acts} />` : doing && html`<${About} ...${{ acts, ...doing }} />`}
    ${said && html`<p class="went-wrong" role="alert">${said}</p>`}
  </div>`;
}

/** @param {{ acts: Acts, what: Act, message: any }} props */
function About({ acts, what, message }) {
  const { t } = acts;
  const now = acts.now(message);
  const news = what === "edit" && ((now.deleted_at && "goneMeanwhile")
    || (now.content !== message.content && "changedMeanwhile"));
  const title = what === "edit" ? t("editing") : t("replyTo", { name: message.sender_name });
  const text = now.deleted_at ? t("deleted") : plainText(now.content);
  return html`<div class="over"><span class="which"><${what === "edit" ? Pencil : Reply} /></span>
    <p><b>${title}</b><span>${text}</span><small role="status">${news && t(news)}</small></p>
    <button class="quiet" aria-label=${t(what === "edit" ? "cancelEdit" : "cancelReply")}
      onClick=${() => acts.leave()}><${Close} /></button></div>`;
}

/** @param {{ acts: Acts }} props */
function ConfirmRemoval({ acts }) {
  const { t } = acts;
  const cancel = useRef();
  useLayoutEffect(() => cancel.current.focus({ preventScroll: true }), [acts.removing]);
  return html`<div class="over sure" role="alertdialog" aria-labelledby="sure" aria-describedby="which">
    <p><b id="sure">${t("removeSure")}</b><span id="which">${plainText(acts.removing?.content)}</span></p>
    <div class="choices"><button class="plain" ref=${cancel} onClick=${() => acts.leave()}>${t("cancel")}</button>
      <button class="primary danger" onClick=${() => acts.remove()}>${t("remove")}</button></div></div>`;
}
