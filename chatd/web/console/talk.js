// The ticket that is open: its conversation, the notes about it, and both as one line of time.
import { Acts } from "../shared/acts.js";
import { Dialog } from "../shared/dialog.js";
import { itemsOf, flatObject } from "../shared/fence.js";
import { rowsOf } from "../shared/rows.js";
import { Store } from "../shared/store.js";

/** @type {Record<import("../shared/types").Act, string>} */
const ACTS = { reply: "message:send", edit: "message:edit", remove: "message:delete" };
/** @param {any} message */
const asNote = (message) => ({ ...message, sender_type: "note" });
/** @param {any} a @param {any} b */
const byTime = (a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0);

export class Talk extends Store {
  missing = false;
  mode = "reply";
  /** @type {any} */
  customer = null;
  /** @type {any[]} */
  others = [];
  moreOthers = false;
  /** @type {string | null} */
  othersCursor = null;
  // What a model was asked to write, or has written.
  /** @type {import("./assist.js").Assist | null} */
  assist = null;
  // Puts words into the field; as long as there is one.
  /** @type {((text: string) => void) | null} */
  put = null;

  /** @param {any} model @param {string} id */
  constructor(model, id) {
    super();
    this.model = model;
    this.id = id;
    this.dialog = new Dialog(model.connection, id, model.id);
    this.notes = new Dialog(model.connection, `${id}/notes`, model.id);
    for (const one of [this.dialog, this.notes]) one.follow(() => this.notify());
    this.acts = new Acts(this, model.kept);
    this.deaf = model.connection.on("customer:update", (/** @type {any} */ told) => this.#onCustomer(told));
  }

  // They went to another page.
  /** @param {any} told */
  #onCustomer({ ticket_id, customer }) {
    if (ticket_id === this.id) this.#take(customer);
  }

  /** @param {any} told */
  #take(told) {
    const customer = flatObject(told);
    if (!customer.id) return false;
    this.customer = { ...customer, visits: itemsOf(told.visits, "since"), pages: itemsOf(told.pages, "address") };
    this.notify();
    return true;
  }

  // Whose ticket it is, and a further page of what they asked before.
  async fetchCustomer() {
    const cursor = this.othersCursor ?? undefined;
    const told = await this.model.ask("ticket:customer", { ticket_id: this.id, cursor }).catch(() => null);
    if (!told || !this.#take(told.customer)) return;
    this.others = cursor ? [...this.others, ...itemsOf(told.tickets)] : itemsOf(told.tickets);
    this.othersCursor = told.cursor;
    this.moreOthers = told.more === true;
    this.notify();
  }

  get view() {
    return this.model.tickets.get(this.id) ?? this.dialog.view ?? {};
  }

  get mine() {
    const { status, operator } = this.view;
    return status === "active" && operator === this.model.me.username;
  }

  // Whose ticket it is has come to it; whoever else opens it only looks.
  async open() {
    this.dialog.asked = { connect: this.mine };
    try {
      await Promise.all([this.dialog.join(), this.notes.join()]);
      this.model.takeTicket(this.dialog.view);
      while (this.notes.more && this.notes.messages.length < 1000) await this.notes.earlier();
      if (this.mine && !this.dialog.asked.connect) await this.open();
      else if (!this.customer) this.fetchCustomer();
    } catch (error) {
      this.missing = error.code === "not_found" || error.code === "malformed" || error.code === "invalid";
      this.notify();
    }
  }

  leave() {
    this.deaf();
    this.dialog.leave();
    this.notes.leave();
  }

  // Whose it is has changed.
  openIfMine() {
    if (this.mine && !this.dialog.asked.connect) this.open();
  }

  markSeen() {
    if (!document.hidden && this.notes.joined) this.notes.read(this.notes.newest);
    if (!this.mine || document.hidden || !this.dialog.joined || this.dialog.later) return;
    this.dialog.read(this.dialog.newest);
    if (this.view.unread) this.model.takeTicket({ ...this.view, unread: 0 });
    this.model.alerts.markSeen(this.id);
  }

  // How far the customer has got: what colleagues have read says nothing about that.
  get reach() {
    return this.dialog.receipts[this.view.customer_id];
  }

  get rows() {
    const { dialog, notes, model } = this;
    const from = dialog.more ? (dialog.messages[0]?.created_at ?? "") : "";
    const to = dialog.later ? (dialog.messages.at(-1)?.created_at ?? "9") : "9";
    const among = notes.messages.filter((one) => one.created_at >= from && one.created_at <= to).map(asNote);
    const messages = among.length ? [...dialog.messages, ...among].sort(byTime) : dialog.messages;
    const isOfTicket = (/** @type {any} */ { dialog_id }) => dialog_id === this.id || dialog_id === notes.id;
    const unsent = model.unsent.entries.filter(isOfTicket);
    const waiting = unsent.map((/** @type {any} */ one) => (one.dialog_id === notes.id ? asNote(one) : one));
    return rowsOf(messages, waiting, model.id, this.reach);
  }

  // Where what is written goes.
  get writing() {
    return this.mode === "note" ? this.notes : this.dialog;
  }

  get t() {
    return this.model.t;
  }

  get me() {
    return this.model.id;
  }

  get connection() {
    return this.model.connection;
  }

  // Who looks after messages deletes what anybody has written.
  /** @param {import("../shared/types").Act} what @param {any} message @param {boolean} own */
  may(what, message, own) {
    const { status } = this.view;
    if (!this.model.may(ACTS[what])) return false;
    if (what === "reply") return status === "active" || message.dialog_id === this.notes.id;
    if (what === "remove" && this.model.may("message:moderate")) return true;
    return own && status !== "closed" && (what !== "edit" || message.type !== "voice");
  }

  /** @param {any} message */
  setModeOf({ dialog_id }) {
    this.mode = dialog_id === this.notes.id ? "note" : "reply";
  }

  // Notes stand among the messages of their time, so those are to be there, too.
  /** @param {Dialog} dialog */
  loadBeside(dialog) {
    return dialog === this.notes ? this.dialog.earlier() : null;
  }

  // What stands in the field: a change that was begun, or what is yet to be sent.
  get text() {
    const { editing } = this.acts;
    return editing ? this.acts.textOf(editing) : (this.model.kept.get().texts[`${this.id} ${this.mode}`] ?? "");
  }

  /** @param {string} text @param {number | null} caret */
  type(text, caret = null) {
    if (!this.acts.type(text)) this.#keepDraft(text, caret);
  }

  /** @param {string} text @param {number | null} [caret] */
  #keepDraft(text, caret) {
    const texts = { ...this.model.kept.get().texts, [`${this.id} ${this.mode}`]: text };
    if (!text) delete texts[`${this.id} ${this.mode}`];
    this.model.kept.set({ texts });
    this.writing.type(text, caret);
  }

  // Into the field, which has the focus then.
  /** @param {string} text */
  insert(text) {
    if (this.acts.editing) this.acts.leave(true);
    if (this.mode === "note") this.setMode("reply");
    setTimeout(() => this.put?.(text));
  }

  // False when it is not taken, or a change: the text stays in the field.
  /** @param {string} text */
  send(text) {
    const { acts, writing } = this;
    const { editing } = acts;
    if (acts.takes(text)) return false;
    const { files } = this.model.unsent;
    const more = editing ? {} : files.attachmentsOf(writing.id);
    const entry = this.model.unsent.add(writing.id, text, { ...acts.quoting, ...more });
    if (!entry) return false;
    files.afterSend(writing.id, entry);
    if (!editing) {
      this.#keepDraft("");
      writing.endDraft();
    }
    acts.finish();
    this.dialog.latest();
    return true;
  }

  /** @param {string} mode */
  setMode(mode) {
    if (mode !== this.mode) this.acts.leave(true);
    this.mode = mode;
    this.notify();
  }
}
