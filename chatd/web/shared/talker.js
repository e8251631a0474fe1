// Somebody who talks: the conversation that is open, what they write and do in it, what waits to be sent.
/** @import { Act, Made, Shown, Speaker } from "./types" */
import { Acts } from "./acts.js";
import { SOCKET } from "./base.js";
import { client } from "./client.js";
import { Refused } from "./connection.js";
import { rememberFaces } from "./faces.js";
import { refusal } from "./refusals.js";
import { rowsOf } from "./rows.js";
import { Kept } from "./storage.js";
import { Store } from "./store.js";
import { Toasts } from "./toasts.js";

const AWAY_AFTER = 60_000;

export class Talker extends Store {
  id = null;
  me = "";
  /** @type {import("./dialog.js").Dialog | null} */
  dialog = null;
  toasts = new Toasts();
  // The number of the message that is to be shown.
  sought = 0;
  // Whether the room that one is at asks for its password.
  locked = false;
  #away = 0;
  #absent = false;

  /** @param {Speaker} t @param {Omit<Made, "url" | "headers"> & Partial<Made>} made */
  constructor(t, made) {
    super();
    this.t = t;
    const headers = () => ({ Authorization: `Bearer ${this.kept.get().token}` });
    const { connection, unsent, kept } = client(this, { url: SOCKET, headers, ...made });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
    connection.on("presence:update", (/** @type {any} */ { participant }) => rememberFaces([participant]));
    this.tab = new Kept(`${made.name}:tab`, { texts: {} }, { tab: true });
    this.acts = new Acts(this, this.tab);
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  // Where one is, or is about to be.
  get place() {
    return this.dialog?.id ?? "";
  }

  get rows() {
    const { dialog, me } = this;
    const unsent = this.unsent.entries.filter((one) => one.dialog_id === dialog?.id);
    return rowsOf(dialog?.messages ?? [], unsent, me, dialog?.reach);
  }

  get view() {
    return this.dialog?.view ?? null;
  }

  // Where what is written goes.
  get writing() {
    return this.dialog;
  }

  /** @param {string} id @returns {unknown} */
  nameOf(id) {
    return this.dialog?.people.get(id)?.name;
  }

  /** @param {Act} what @param {Shown} message @param {boolean} own */
  may(what, message, own) {
    if (what === "remove") return own;
    return (what === "reply" || (own && message.type !== "voice")) && !this.view?.read_only;
  }

  get text() {
    return this.tab.get().texts[this.place] ?? "";
  }

  /** @param {string} text */
  #draft(text) {
    const { [this.place]: _, ...texts } = this.tab.get().texts;
    this.tab.set({ texts: text ? { ...texts, [this.place]: text } : texts });
  }

  /** @param {string} text @param {number | null} caret */
  type = (text, caret) => {
    if (this.acts.type(text)) return;
    this.#draft(text);
    this.dialog?.type(text, caret);
  };

  // False when it is not taken, or a change: the text stays in the field.
  /** @param {string} content */
  send(content) {
    const { acts, dialog } = this;
    const { editing } = acts;
    if (!dialog || acts.takes(content)) return false;
    const { files } = this.unsent;
    const more = editing ? {} : files.attachmentsOf(dialog.id);
    const entry = this.unsent.add(dialog.id, content, { ...acts.quoting, ...more });
    if (!entry) return false;
    files.afterSend(dialog.id, entry);
    if (!editing) {
      this.#draft("");
      dialog.endDraft();
    }
    acts.finish();
    dialog.latest();
    return true;
  }

  /** @param {Shown} message @param {string} emoji */
  async react(message, emoji) {
    const remove = message.reactions?.[emoji]?.includes(this.me) ?? false;
    const told = await this.ask("message:react", { message_id: message.id, emoji, remove });
    if (told && told.message?.dialog_id === this.dialog?.id) this.dialog?.replace(told.message);
  }

  // What the daemon answers; null where it refuses, which is said.
  /** @param {string} event @param {object} data @returns {Promise<any>} */
  async ask(event, data) {
    try {
      return await this.connection.request(event, data);
    } catch (error) {
      this.toasts.say(refusal(this.t, error), "alert");
      return null;
    }
  }

  // Whether that is how a room asks for its password; it is asked for where the conversation would stand.
  /** @param {any} error */
  asksPassword(error) {
    this.locked = error instanceof Refused && "password" in error && error.password === true;
    return this.locked;
  }

  // Gives a room's password, which is kept for whoever gives it, and comes in; what is wrong with it.
  /** @param {string} password @returns {Promise<string>} */
  async unlock(password) {
    const dialog_id = this.place;
    try {
      await this.connection.request("room:enter", { dialog_id, password });
    } catch (error) {
      return error.password ? this.t("roomPasswordWrong") : refusal(this.t, error);
    }
    if (dialog_id === this.place) await this.join();
    return "";
  }

  // Comes into where one is.
  async join() {}

  // At the end of the list: everything has been seen, if anybody looks.
  markSeen() {
    if (document.hidden || !this.dialog?.joined) return false;
    this.dialog.read(this.dialog.newest);
    return true;
  }

  // A page out of sight for a while is an absence; back in sight it is none.
  #onVisibility() {
    clearTimeout(this.#away);
    if (document.hidden) {
      this.#away = setTimeout(() => this.tellStatus("away"), AWAY_AFTER);
      return;
    }
    if (this.#absent || this.dialog?.people.get(this.me)?.status === "away") this.tellStatus("online");
    this.markSeen();
  }

  /** @param {string} status */
  tellStatus(status) {
    this.#absent = status === "away";
    this.connection.request("presence:set", { status }).catch(() => {});
  }
}
