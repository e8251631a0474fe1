// Where one writes.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useLayoutEffect } from "../vendor/preact.js";
import { Composer } from "./composer.js";
import { isSilenced, Muted } from "./muted.js";

/** @param {{ t: Speaker, page: Talker, area: any, onSent: () => void }} props */
export function MessageField({ t, page, area, onSent }) {
  const { acts, view } = page;
  const { editing } = acts;
  const here = page.dialog?.people.get(page.me);
  useLayoutEffect(() => area.current?.focus({ preventScroll: true }), [view?.id]);
  /** @param {string} text */
  const send = (text) => {
    const taken = page.send(text);
    if (taken) onSent();
    return taken;
  };
  return html`${acts.over()}
    ${here && isSilenced(here) ? html`<${Muted} ...${{ t, page }} until=${here.muted_until} />`
    : view?.read_only ? html`<p class="hint bottom">${t("readOnly")}</p>` : html`
      <${Composer} key=${editing?.id ?? "new"} t=${t} label=${t(editing ? "editing" : "write")}
        initial=${editing ? acts.textOf(editing) : page.text} area=${area} send=${send}
        onType=${page.type} keys=${acts.keys} files=${!editing && page.unsent.files}
        at=${page.dialog?.id} />
      <p class="hint bottom">${view?.live_typing === "full" ? t("liveFull") : ""}</p>`}`;
}
