// Where one writes in a room.
/** @import { Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useLayoutEffect } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";

/** @param {{ t: Speaker, visitor: Visitor, area: any, onSent: () => void }} props */
export function MessageField({ t, visitor, area, onSent }) {
  const { acts, view } = visitor;
  const { editing } = acts;
  useLayoutEffect(() => area.current?.focus({ preventScroll: true }), [view?.id]);
  /** @param {string} text */
  const send = (text) => {
    const taken = visitor.send(text);
    if (taken) onSent();
    return taken;
  };
  return html`${acts.over()}
    ${view?.read_only ? html`<p class="hint bottom">${t("readOnly")}</p>` : html`
      <${Composer} key=${editing?.id ?? "new"} t=${t} label=${t(editing ? "editing" : "write")}
        initial=${editing ? acts.textOf(editing) : visitor.text} area=${area} send=${send}
        onType=${visitor.type} keys=${acts.keys} files=${!editing && visitor.unsent.files}
        at=${visitor.dialog?.id} />
      <p class="hint bottom">${view?.live_typing === "full" ? t("liveFull") : ""}</p>`}`;
}
