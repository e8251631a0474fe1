// Where one writes in a room: with what is replied to, or the message that is being changed.
import { html, useLayoutEffect } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";
import { Close, Reply } from "../shared/icons.js";
import { Pencil } from "../shared/icons-pages.js";

export function Write({ t, visitor, area, sent }) {
  const { replying, editing, dialog } = visitor;
  useLayoutEffect(() => area.current?.focus({ preventScroll: true }), [replying, editing, dialog.id]);
  if (dialog.view.read_only) return html`<p class="hint bottom">${t("readOnly")}</p>`;
  const cancel = () => visitor.set({ replying: null, editing: null });
  const keys = (event, text) => {
    if (event.key === "Escape" && (replying || editing)) {
      event.preventDefault();
      event.stopPropagation();
      cancel();
      return true;
    }
    const last = event.key === "ArrowUp" && !text && !editing && visitor.lastOwn();
    if (!last) return false;
    event.preventDefault();
    visitor.set({ editing: last, replying: null });
    return true;
  };
  const above = (editing || replying) && html`<div class="over"><span class="which">
    ${editing ? html`<${Pencil} />` : html`<${Reply} />`}</span>
    <p><b>${editing ? t("editing") : t("replyTo", { name: replying.sender_name })}</b><span>
      ${(editing ?? replying).content}</span></p>
    <button class="quiet" aria-label=${t(editing ? "cancelEdit" : "cancelReply")} onClick=${cancel}>
      <${Close} /></button></div>`;
  const send = (text) => {
    const edits = Boolean(editing);
    visitor.send(text);
    if (!edits) sent();
  };
  return html`<${Composer} key=${editing?.id ?? "new"} t=${t} label=${t(editing ? "editing" : "write")}
    initial=${editing?.content ?? ""} area=${area}
      typed=${(text, caret) => visitor.typed(text, caret)} send=${send} above=${above} keys=${keys} />
    <p class="hint bottom">${dialog.view.live_typing === "full" ? t("liveFull") : ""}</p>`;
}
