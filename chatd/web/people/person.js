// Somebody with an account: their dialogs, the one that is open, and what is asked over the page.
/** @import { Shown, Speaker } from "../shared/types" @import { Kept } from "../shared/storage.js" */
import { dialogHere, dialogPath, HOME, inviteHere } from "../shared/base.js";
import { LATER, Refused } from "../shared/connection.js";
import { rememberFaces } from "../shared/faces.js";
import { asText, itemsOf } from "../shared/fence.js";
import { connectPhone } from "../shared/phone.js";
import { refusal } from "../shared/refusals.js";
import { Talker } from "../shared/talker.js";
import { retitle } from "../shared/title.js";
import { putOn } from "./avatar.js";
import { Companions } from "./companions.js";
import { Dialogs, titleOf } from "./dialogs.js";

export class Person extends Talker {
  /** @override @type {Companions | null} */
  dialog = null;
  list = new Dialogs(this);
  // The id of the dialog that is open, and the message in it that an address leads to.
  open = "";
  sought = 0;
  name = "";
  // What is asked over the page.
  /** @type {{ what: string, [more: string]: any } | null} */
  asking = null;
  #deaf = new AbortController();
  /** @type {Promise<boolean> | null} */
  #entering = null;

  // kept: who is logged in; over(said): they are not any more, and why. What they write is kept under
  // their own name: nobody who logs in here later finds it, or sends it.
  /** @param {{ t: Speaker, kept: Kept, over: (said?: string) => void }} made */
  constructor({ t, kept, over }) {
    const { token, person } = kept.get();
    /** @type {(method: "news" | "update" | "receipt") => (told: any) => void} */
    const toList = (method) => (told) => this.list[method](told);
    super(t, {
      name: `${kept.name}:${asText(person?.id)}`,
      headers: () => ({ Authorization: `Bearer ${token}` }),
      greeting: () => ({ token: this.token }),
      heard: {
        welcome: (told) => this.#welcome(told),
        refused: (error) => error.code === "unauthenticated" && this.end("sessionOver"),
        dismissed: (why) => this.end(why?.banned ? "dismissed" : "dismissedDesk"),
        "dialog:news": toList("news"),
        "dialog:update": (told) => this.#onDialogUpdate(told),
        "receipt:update": toList("receipt"),
        "typing:start": (told) => this.list.types(told, true),
        "typing:stop": (told) => this.list.types(told, false),
      },
    });
    this.over = over;
    this.kept = kept;
    this.token = token;
    const { signal } = this.#deaf;
    addEventListener("popstate", () => this.#follow(), { signal });
    signal.addEventListener("abort", this.follow(() => this.title()));
    this.#follow();
    const { connection } = this;
    this.phone = connectPhone({ connection, t, root: document, quiet: () => false, me: () => this.me });
    connection.start();
  }

  // They are gone from this page.
  close() {
    this.#deaf.abort();
    this.phone.end();
    this.connection.stop();
  }

  // Their session has ended; another may have begun in another tab.
  /** @param {string} [said] */
  end(said) {
    this.close();
    if (this.kept.get().token === this.token) this.kept.set({ token: undefined, person: undefined });
    this.over(said);
  }

  /** @param {boolean} everywhere */
  async logOut(everywhere) {
    if (await this.ask("person:logout", { everywhere })) this.end();
  }

  get account() {
    return asText(this.kept.get().person?.username);
  }

  /** @param {any} told */
  #welcome({ participant, files }) {
    this.unsent.files.limits = files;
    this.me = participant.id;
    this.name = asText(participant.name);
    rememberFaces([participant]);
    queueMicrotask(() => {
      this.#watch();
      this.#join();
      this.unsent.flush();
    });
  }

  // The list, and from then on what happens in it; a cut line asks again.
  async #watch() {
    const { line } = this.connection;
    this.list.begin();
    let cursor;
    try {
      do {
        const told = await this.connection.request("dialog:watch", cursor ? { cursor } : {});
        this.list.take(told.dialogs);
        cursor = told.cursor;
      } while (cursor && line === this.connection.line);
      if (line === this.connection.line) this.list.settle();
    } catch (error) {
      if (error instanceof Refused) this.toasts.say(refusal(this.t, error), "alert");
    }
  }

  // Where the address leads.
  #follow() {
    const { hash } = location;
    this.sought = Number(/^#(\d+)$/.exec(hash)?.[1] ?? 0);
    this.go(dialogHere(), false);
  }

  /** @param {string} id */
  go(id, pushed = true) {
    // Nobody comes back to an invitation that has done its work.
    const how = inviteHere() ? "replaceState" : "pushState";
    if (pushed && id !== dialogHere()) history[how](null, "", id ? dialogPath(id) : HOME);
    if (pushed) this.sought = 0;
    if (id === this.open) return this.notify();
    this.open = id;
    // What is asked about a dialog goes with it.
    if (this.asking?.what === "about") this.asking = null;
    this.acts.leave(true);
    this.dialog?.leave();
    this.dialog = null;
    if (this.connection.online) this.#join();
    return this.notify();
  }

  async #join() {
    if (!this.open) return;
    const dialog = this.#here();
    try {
      await dialog.join();
      if (dialog === this.dialog) this.markSeen();
    } catch (error) {
      if (!(error instanceof Refused) || dialog !== this.dialog) return;
      this.toasts.say(error.code === "not_found" ? this.t("noDialog") : refusal(this.t, error), "alert");
      this.go("");
    }
    this.notify();
  }

  #here() {
    if (this.dialog?.id === this.open && this.dialog.me === this.me) return this.dialog;
    this.dialog?.leave();
    this.dialog = new Companions(this.connection, this.open, this.me);
    this.dialog.follow(() => this.notify());
    return this.dialog;
  }

  // A dialog has come, has changed or is gone.
  /** @param {any} told */
  #onDialogUpdate(told) {
    const gone = this.list.rows.get(told.dialog_id);
    this.list.update(told);
    if (told.dialog !== null || told.dialog_id !== this.open) return;
    const key = gone?.kind === "direct" ? "dialogHidden" : "dialogGone";
    this.toasts.say(this.t(key, { name: gone ? titleOf(gone, this.me) : "" }));
    this.go("");
  }

  // Something is asked over the page; nothing: no more.
  /** @param {{ what: string, [more: string]: any } | null} asking */
  prompt(asking) {
    this.asking = asking;
    this.notify();
  }

  // A dialog that was made or come into is opened, one at a time. False where to ask again is of no use.
  /** @param {string} event @param {object} data @returns {Promise<boolean>} */
  enter(event, data) {
    this.#entering ??= this.#enter(event, data).finally(() => (this.#entering = null));
    return this.#entering;
  }

  /** @param {string} event @param {object} data */
  async #enter(event, data) {
    try {
      const { dialog } = await this.connection.request(event, data);
      this.list.update({ dialog_id: dialog.id, dialog });
      this.asking = null;
      this.go(dialog.id);
      return true;
    } catch (error) {
      const spent = event === "dialog:enter" && error.code === "forbidden";
      this.toasts.say(spent ? this.t("notInvited") : refusal(this.t, error), "alert");
      return !(error instanceof Refused) || LATER.has(error.code);
    }
  }

  // What one is seen as: a picture, or nothing; what is wrong with it.
  /** @param {File | null} picture @returns {Promise<string>} */
  async wear(picture) {
    try {
      const { person } = await putOn(this.connection, this.token, picture);
      rememberFaces([person]);
    } catch (error) {
      return error.type ? this.t("noPicture") : refusal(this.t, error);
    }
    this.notify();
    return "";
  }

  // People whose user names begin like that.
  /** @param {string} query @returns {Promise<any[]>} */
  async find(query) {
    const told = await this.connection.request("person:find", { query }).catch(() => ({}));
    rememberFaces(told.people);
    return itemsOf(told.people).filter((one) => one.id !== this.me);
  }

  /** @override @param {string} id */
  nameOf(id) {
    return this.dialog?.members.find((one) => one.id === id)?.name ?? super.nameOf(id);
  }

  // In a group its owner deletes what others wrote.
  /** @override @type {Talker["may"]} */
  may(what, message, own) {
    if (what === "remove" && this.view?.kind === "group" && this.dialog?.owner === this.me) return true;
    return super.may(what, message, own);
  }

  /** @override */
  markSeen() {
    if (!this.dialog || !super.markSeen()) return false;
    const { id: dialog_id, newest } = this.dialog;
    this.list.receipt({ dialog_id, participant_id: this.me, read: newest });
    return true;
  }

  // The address of a message, for the clipboard.
  /** @param {Shown} message */
  linkTo(message) {
    return new URL(`${dialogPath(this.open)}#${message.seq}`, location.href).href;
  }

  title() {
    const row = this.list.rows.get(this.open);
    retitle(row ? titleOf(row, this.me) : this.t("dialogs"), this.list.fresh);
  }
}
