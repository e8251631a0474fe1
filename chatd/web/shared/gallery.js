// The pictures of a conversation, one after another over the whole page.
/** @import { Drawable, Shown, Speaker } from "./types" @import { Files } from "./files.js" */
import { html, render, useState } from "../vendor/preact.js";
import { Download, freshLinks } from "./message-files.js";
import { BASE } from "./base.js";
import { Down } from "./icons-chat.js";
import { isPicture } from "./file-common.js";
import { Modal } from "./modal.js";

/** @typedef {{ file: Drawable, files: Files, message: Shown, t: Speaker, root: any }} Opened */

// Those of the conversation that are known here, in their order.
/** @param {Opened} opened @returns {Drawable[]} */
function picturesAround({ file, files, message }) {
  const dialogs = [...files.made.connection.dialogs];
  const messages = dialogs.find(({ id }) => id === message.dialog_id)?.messages ?? [];
  const found = messages.flatMap((one) => (one.deleted_at ? [] : (one.files ?? []).filter(isPicture)));
  return found.some(({ id }) => id === file.id) ? found : [file];
}

/** @param {Opened} opened */
export function open(opened) {
  const place = document.createElement("div");
  (opened.root.body ?? opened.root).append(place);
  const close = () => {
    render(null, place);
    place.remove();
  };
  render(html`<${Gallery} ...${{ ...opened, all: picturesAround(opened), close }} />`, place);
}

/** @param {Opened & { all: Drawable[], close: () => void }} props */
function Gallery({ file, files, all, t, close }) {
  const [at, setAt] = useState(all.findIndex(({ id }) => id === file.id));
  const [fresh, setFresh] = useState(/** @type {Record<string, string>} */ ({}));
  const [gone, setGone] = useState(/** @type {Record<string, boolean>} */ ({}));
  const shown = all[at];
  /** @param {number} to */
  const go = (to) => setAt(Math.max(0, Math.min(all.length - 1, to)));
  /** @type {Record<string, () => void>} */
  const KEYS = {
    ArrowLeft: () => go(at - 1),
    ArrowRight: () => go(at + 1),
    Home: () => go(0),
    End: () => go(all.length - 1),
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.altKey || event.ctrlKey || !KEYS[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key]();
  };
  const refetch = () => {
    if (fresh[shown.id]) return setGone({ ...gone, [shown.id]: true });
    return freshLinks(shown, files).then(
      ({ url }) => setFresh({ ...fresh, [shown.id]: BASE + url }),
      () => setGone({ ...gone, [shown.id]: true }),
    );
  };
  return html`<${Modal} t=${t} title=${shown.name} close=${close} kind="gallery" keys=${key}>
    <div class="gallery-box">
      ${gone[shown.id] ? html`<p>${t("fileGone")}</p>`
        : html`<img key=${shown.id} src=${fresh[shown.id] ?? BASE + shown.url} alt=${shown.name} onError=${refetch} />`}
      ${all.length > 1 && html`
        <button class="turn before" aria-label=${t("previousPicture")} title=${t("previousPicture")}
          aria-disabled=${at === 0}
          onClick=${() => go(at - 1)}><${Down} /></button>
        <button class="turn after" aria-label=${t("nextPicture")} title=${t("nextPicture")}
          aria-disabled=${at === all.length - 1} onClick=${() => go(at + 1)}><${Down} /></button>`}
    </div>
    <footer><span role="status">${all.length > 1 && t("pictureOf", { n: at + 1, all: all.length })}</span>
      <${Download} ...${{ file: shown, files, t }} /></footer>
  </${Modal}>`;
}
