// Short words about what has just happened, in a corner, for a while.
/** @import { Speaker, Toast } from "./types" */
import { html } from "../vendor/preact.js";
import { fencedRows } from "./fence.js";
import { Close } from "./icons.js";
import { Store, useStore } from "./store.js";

const LASTS = 7_000;
const MOST = 3;

export class Toasts extends Store {
  /** @type {Toast[]} */
  shown = [];
  #next = 1;

  // act: what can be done about it, by a button, as long as it is shown.
  /** @param {string} text @param {{ label: string, does: () => unknown, lasts?: number }} [act] */
  say(text, kind = "plain", act) {
    const toast = { id: `${this.#next++}`, text, kind, act };
    const others = this.shown.filter((one) => one.text !== text);
    this.shown = [...others, toast].slice(-MOST);
    setTimeout(() => this.drop(toast.id), act?.lasts ?? LASTS);
    this.notify();
  }

  /** @param {string} id */
  drop(id) {
    this.shown = this.shown.filter((one) => one.id !== id);
    this.notify();
  }
}

/** @param {{ toasts: Toasts, t: Speaker }} props */
export function ToastCorner({ toasts, t }) {
  useStore(toasts);
  /** @param {Toast} one */
  const onAct = (one) => {
    toasts.drop(one.id);
    one.act?.does();
  };
  /** @param {Toast} one */
  const row = (one) => html`<p class="toast ${one.kind}"><span>${one.text}</span>
    ${one.act && html`<button class="act" onClick=${() => onAct(one)}>${one.act.label}</button>`}
    <button class="quiet" aria-label=${t("dismiss")} onClick=${() => toasts.drop(one.id)}><${Close} /></button></p>`;
  return html`<div class="toasts" role="status">${fencedRows(toasts.shown, "id", row, t, "p")}</div>`;
}
