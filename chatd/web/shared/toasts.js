// Short words about what has just happened, in a corner, for a while.
/** @import { Speaker, Toast } from "./types" */
import { html } from "../vendor/preact.js";
import { fenced } from "./fence.js";
import { Close } from "./icons.js";
import { Store, useStore } from "./store.js";

const LASTS = 7_000;
const MOST = 3;

export class Toasts extends Store {
  /** @type {Toast[]} */
  shown = [];
  #next = 1;

  /** @param {string} text */
  say(text, kind = "plain") {
    const toast = { id: `${this.#next++}`, text, kind };
    const others = this.shown.filter((one) => one.text !== text);
    this.shown = [...others, toast].slice(-MOST);
    setTimeout(() => this.drop(toast.id), LASTS);
    this.changed();
  }

  /** @param {string} id */
  drop(id) {
    this.shown = this.shown.filter((one) => one.id !== id);
    this.changed();
  }
}

/** @param {{ toasts: Toasts, t: Speaker }} props */
export function ToastCorner({ toasts, t }) {
  useStore(toasts);
  /** @param {Toast} one */
  const row = (one) => html`<p class="toast ${one.kind}"><span>${one.text}</span>
    <button class="quiet" aria-label=${t("dismiss")} onClick=${() => toasts.drop(one.id)}><${Close} /></button></p>`;
  return html`<div class="toasts" role="status">${fenced(toasts.shown, "id", row, t, "p")}</div>`;
}
