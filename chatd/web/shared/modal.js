// A dialog over the page: the platform's own, which keeps the focus in; we give it back.
/** @import { Speaker } from "./types" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { Close } from "./icons.js";

// kind: how it looks; keys: what other keys do in it; corner: what is told meanwhile, for whatever stands
// outside is behind it, and read out to nobody.
/** @param {{ t: Speaker, title: string, close: () => void, kind?: string, keys?: (event: KeyboardEvent) => void,
  corner?: unknown, children?: unknown }} props */
export function Modal({ t, title, close, kind = "", keys, corner, children }) {
  const box = useRef();
  const latest = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => {
    const dialog = box.current;
    /** @type {any} */
    const before = dialog.getRootNode().activeElement;
    dialog.showModal();
    /** @param {KeyboardEvent} event */
    const adrift = (event) => {
      const dialogs = dialog.getRootNode().querySelectorAll("dialog:modal");
      if (event.target === document.body && dialogs[dialogs.length - 1] === dialog) latest.current(event);
    };
    document.addEventListener("keydown", adrift);
    return () => {
      document.removeEventListener("keydown", adrift);
      dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  /** @param {MouseEvent} event */
  const outside = (event) => event.target === box.current && close();
  // Not left to the platform, which closes a moment later: the next key may be of use to somebody.
  /** @param {KeyboardEvent} event */
  const escape = (event) => {
    if (event.key !== "Escape") return void keys?.(event);
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  // Where the focus was on what is there no more, the page has it, and its keys belong to the uppermost.
  latest.current = escape;
  return html`<dialog ref=${box} class="modal ${kind}" aria-labelledby="modal-title" onKeyDown=${escape}
    onClose=${() => box.current && close()} onMouseDown=${outside}>
    <div class="modal-box">
      <header><h2 id="modal-title">${title}</h2>
        <button class="quiet" aria-label=${t("closeDialog")} title=${t("closeDialog")} onClick=${close}>
          <${Close} /></button></header>
      ${children}
    </div>
    ${corner}
  </dialog>`;
}
