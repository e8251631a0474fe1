// Which ticket is open: the one that the address names.
import { Talk } from "./talk.js";

export class Opened {
  /** @type {Talk | null} */
  talk = null;
  // Where in a ticket somebody wants to read on.
  /** @type {{ id: string, dialog_id: string, seq: number } | null} */
  sought = null;

  /** @param {import("./model.js").ConsoleModel} model */
  constructor(model) {
    this.model = model;
    this.hash = () => this.follow(location.hash.slice(1));
    addEventListener("hashchange", this.hash);
  }

  end() {
    removeEventListener("hashchange", this.hash);
    this.talk?.leave();
  }

  /** @param {string} id */
  open(id) {
    if (location.hash.slice(1) === id) this.follow(id);
    else location.hash = id;
  }

  // Where a message was said; hit: of what dialog, and its seq.
  /** @param {string} id @param {any} hit */
  openAt(id, { dialog_id, seq }) {
    this.sought = { id, dialog_id, seq };
    if (this.talk?.id === id) this.model.notify();
    else this.open(id);
  }

  close() {
    history.replaceState(null, "", location.pathname + location.search);
    this.follow("");
  }

  /** @param {string} id */
  follow(id) {
    const { model } = this;
    if (!model.id || id === (this.talk?.id ?? "")) return;
    this.talk?.leave();
    model.panel = false;
    this.talk = id ? new Talk(model, decodeURIComponent(id)) : null;
    if (this.talk) {
      model.alerts.onOpen(this.talk.id);
      this.talk.open();
    }
    model.notify();
  }

  /** @param {number} by */
  step(by) {
    const ids = this.model.visible.map((one) => one.id);
    const at = ids.indexOf(this.talk?.id);
    const next = ids[at < 0 ? 0 : at + by];
    if (next) this.open(next);
  }
}
