// Somebody with an account: their dialogs, the one that is open, and what is asked over the page.
/** @import { Shown, Speaker } from "../shared/types" @import { Kept } from "../shared/storage.js" */
import { dialogHere, dialogPath, HOME, inviteHere } from "../shared/base.js";
import { LATER, Refused } from "../shared/connection.js";
import { rememberFaces } from "../shared/faces.js";
import { asText, itemsOf } from "../shared/fence.js";
import { fetchAll } from "../shared/fetch-all.js";
import { connectPhone } from "../shared/phone.js";
import { refusal } from "../shared/refusals.js";
import { Talker } from "../shared/talker.js";
import { retitle } from "../shared/title.js";
import { Unseen } from "../shared/unseen.js";
import { putOn } from "./avatar.js";
import { Companions } from "./companions.js";
import { Dialogs, titleOf } from "./dialogs.js";

export class Person extends Talker {
  /** @override @type {Companions | null} */
  dialog = null;
  list = new Dialogs(this);
  // The id of the dialog that is open, and the message in it that an address leads to.
  open = "";
  name = "";
  // Rooms are opened here as well; they are in no list.
  #unseen = new Unseen();
  #roomTitle = "";
  // What stands in the place of a dialog that one was put out of.
  farewell = "";
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
    /** @type {(method: "news" | "update" | "receipt" | "voices") => (told: any) => void} */
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
        "voice:update": toList("voices"),
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
      this.join();
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
    Object.assign(this, { open: id, locked: false, farewell: "" });
    this.#roomTitle = "";
    // What is asked about a dialog goes with it.
    if (this.asking?.what === "about") this.asking = null;
    this.acts.leave(true);
    this.dialog?.leave();
    this.dialog = null;
    if (this.connection.online) this.join();
    return this.notify();
  }

  /** @param {{ dialog_id: string, seq: number }} hit */
  goTo({ dialog_id, seq }) {
    this.go(dialog_id);
    this.sought = seq;
    this.notify();
  }

  /** @override */
  async join() {
    if (!this.open) return;
    const dialog = this.#here();
    const known = this.list.rows.get(this.open);
    try {
      await dialog.join();
      if (dialog !== this.dialog) return;
      this.locked = false;
      this.markSeen();
    } catch (error) {
      if (!(error instanceof Refused) || dialog !== this.dialog) return;
      if (this.asksPassword(error)) this.#nameRoom();
      else {
        const gone = known ? this.t("dialogGone", { name: titleOf(known, this.me) }) : this.t("noDialog");
        this.toasts.say(error.code === "not_found" ? gone : refusal(this.t, error), "alert");
        this.go("");
      }
    }
    this.notify();
  }

  // What the room is called that asks for its password.
  async #nameRoom() {
    const { open } = this;
    const { rooms } = await fetchAll(this.connection, "room:list", "rooms").catch(() => ({}));
    const room = itemsOf(rooms).find(({ id }) => id === open);
    if (open === this.open) this.#roomTitle = asText(room?.title);
    this.notify();
  }

  // What is open is called; nothing where nothing is, or it is not known yet.
  get openTitle() {
    const row = this.list.rows.get(this.open);
    const view = this.locked ? null : this.view;
    if (row || view?.members) return titleOf(row ?? view ?? {}, this.me);
    return asText(view?.title) || this.#roomTitle || (view || this.locked ? this.open : "");
  }

  // Where something was said, as the list has it.
  /** @param {{ dialog_id: string }} hit */
  titleAt({ dialog_id }) {
    const row = this.list.rows.get(dialog_id);
    return row ? titleOf(row, this.me) : dialog_id;
  }

  #here() {
    if (this.dialog?.id === this.open && this.dialog.me === this.me) return this.dialog;
    this.dialog?.leave();
    const dialog = new Companions(this.connection, this.open, this.me);
    this.dialog = dialog;
    this.#unseen.begin();
    dialog.follow(() => {
      this.#unseen.look(dialog);
      this.notify();
    });
    return dialog;
  }

  // A dialog has come, has changed or is gone.
  /** @param {any} told */
  #onDialogUpdate(told) {
    const gone = this.list.rows.get(told.dialog_id);
    this.list.update(told);
    if (told.dialog !== null) return;
    const here = told.dialog_id === this.open;
    if (!gone) {
      // A room that is gone, or has another password.
      if (here) this.join();
      return;
    }
    const [name, by] = [titleOf(gone, this.me), asText(told.by)];
    if (by && here) {
      this.go("");
      this.farewell = this.t("putOutBy", { name, by });
    } else if (by) this.toasts.say(this.t("putOutBy", { name, by }));
    else if (here) {
      this.toasts.say(this.t(gone.kind === "direct" ? "dialogHidden" : "dialogLeft", { name }));
      this.go("");
    }
    this.notify();
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
    this.#unseen.see(this.dialog);
    this.list.receipt({ dialog_id, participant_id: this.me, read: newest });
    return true;
  }

  // The address of a message, for the clipboard.
  /** @param {Shown} message */
  linkTo(message) {
    return new URL(`${dialogPath(this.open)}#${message.seq}`, location.href).href;
  }

  title() {
    const own = this.list.rows.has(this.open) ? 0 : this.#unseen.count;
    retitle(this.openTitle || this.t("dialogs"), this.list.fresh + own);
  }
}
