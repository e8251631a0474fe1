// Somebody in the rooms: their name, the room they are in, the other rooms, what waits to be sent.
/** @import { Act, Shown, Speaker } from "../shared/types" */
import { Acts } from "../shared/acts.js";
import { SOCKET, roomHere, roomPath } from "../shared/base.js";
import { client } from "../shared/client.js";
import { Refused } from "../shared/connection.js";
import { itemsOf } from "../shared/fence.js";
import { refusal } from "../shared/refusals.js";
import { rowsOf } from "../shared/rows.js";
import { Kept } from "../shared/storage.js";
import { Store } from "../shared/store.js";
import { retitle } from "../shared/title.js";
import { Toasts } from "../shared/toasts.js";
import { fetchAll } from "../shared/fetch-all.js";
import { Room } from "./room.js";

const AWAY_AFTER = 60_000;
const REFRESH = 20_000;
/** @type {Record<string, string>} */
const NO_ENTRY = {
  not_found: "noRoom",
  forbidden: "noRoom",
  invalid: "noRoom",
  malformed: "noRoom",
  conflict: "roomFull",
};

export class Visitor extends Store {
  id = null;
  me = "";
  /** @type {Room | null} */
  dialog = null;
  /** @type {any[]} */
  rooms = [];
  /** @type {string | null} */
  barred = null;
  // What came while nobody looked.
  unread = 0;
  // Up to which message somebody looked; null: they have yet to come in.
  /** @type {number | null} */
  #known = null;
  toasts = new Toasts();
  #away = 0;
  #absent = false;

  /** @param {{ t: Speaker, room: string, showNameForm: (said: string) => void }} made */
  constructor({ t, room, showNameForm }) {
    super();
    this.t = t;
    this.room = room;
    this.showNameForm = showNameForm;
    const { connection, unsent, kept } = client(this, {
      name: "chatd:rooms",
      url: SOCKET,
      greeting: () => this.#greeting(),
      headers: () => ({ Authorization: `Bearer ${this.kept.get().token}` }),
      heard: {
        welcome: (told) => this.#welcome(told),
        refused: (error) => this.#onRefused(error),
        "dialog:update": (told) => this.#onDialogUpdate(told),
      },
    });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
    this.tab = new Kept("chatd:rooms:tab", { texts: {} }, { tab: true });
    this.acts = new Acts(this, this.tab);
    this.name = kept.get().name ?? "";
    setInterval(() => this.connection.online && !document.hidden && this.#listRooms(), REFRESH);
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    addEventListener("popstate", () => this.go(roomHere(), false));
  }

  #greeting() {
    const { token } = this.kept.get();
    return { name: this.name, ...(token && { token }) };
  }

  /** @param {string} name */
  enter(name) {
    const anew = this.name !== name;
    this.name = name;
    this.kept.set({ name });
    if (this.connection.state === "idle" || this.connection.state === "ended") this.connection.start();
    else if (anew) this.connection.restart();
    this.notify();
  }

  /** @param {any} told */
  #welcome({ participant, token, files }) {
    this.unsent.files.limits = files;
    this.me = participant.id;
    this.kept.set({ token, name: participant.name });
    this.name = participant.name;
    queueMicrotask(() => this.join());
  }

  /** @param {Refused} error */
  #onRefused(error) {
    if (error.code === "unauthenticated") this.kept.set({ token: undefined });
    else if (error.code === "invalid") this.showNameForm(this.t("badName"));
    else if (error.code === "forbidden") this.#showBarred("noRooms");
  }

  /** @param {string} key */
  #showBarred(key) {
    this.barred = key;
    this.notify();
  }

  async join() {
    this.#listRooms();
    try {
      await this.#openRoom().join();
      this.barred = null;
      this.title();
      this.unsent.flush();
    } catch (error) {
      if (error instanceof Refused) this.#showBarred(NO_ENTRY[error.code] ?? "noRoom");
    }
    this.notify();
  }

  // The room that one is in, as who one is.
  #openRoom() {
    if (this.dialog?.id === this.room && this.dialog.me === this.me) return this.dialog;
    this.dialog?.leave();
    const dialog = new Room(this.connection, this.room, this.me);
    dialog.follow(() => {
      this.#count();
      this.notify();
    });
    this.dialog = dialog;
    this.#known = null;
    return dialog;
  }

  // A reload has changed a room, or taken it away; or it is a crowd, or none any more.
  /** @param {import("../shared/protocol").DialogUpdate} update */
  #onDialogUpdate({ dialog_id, change, crowd }) {
    if (crowd != null) {
      if (this.dialog?.id === dialog_id) this.dialog.setCrowd(crowd);
      return;
    }
    this.#listRooms();
    if (dialog_id !== this.room) return;
    if (change === "retired") this.#showBarred("roomGone");
    else this.title();
  }

  #listRooms() {
    fetchAll(this.connection, "room:list", "rooms").then(
      ({ rooms }) => {
        this.rooms = itemsOf(rooms);
        this.notify();
      },
      () => {},
    );
  }

  /** @param {string} room */
  go(room, pushed = true) {
    if (pushed) history.pushState(null, "", roomPath(room) + location.search);
    Object.assign(this, { room, unread: 0, barred: null });
    this.acts.leave(true);
    if (this.connection.online) this.join();
    this.notify();
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

  /** @param {Act} what @param {Shown} message @param {boolean} own */
  may(what, message, own) {
    if (what === "remove") return own;
    return (what === "reply" || (own && message.type !== "voice")) && !this.view?.read_only;
  }

  get text() {
    return this.tab.get().texts[this.room] ?? "";
  }

  /** @param {string} text */
  #draft(text) {
    const { [this.room]: _, ...texts } = this.tab.get().texts;
    this.tab.set({ texts: text ? { ...texts, [this.room]: text } : texts });
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
    try {
      const told = await this.connection.request("message:react", { message_id: message.id, emoji, remove });
      if (told.message?.dialog_id === this.dialog?.id) this.dialog?.replace(told.message);
    } catch (error) {
      this.toasts.say(refusal(this.t, error), "alert");
    }
  }

  // At the end of the list: everything has been seen, if anybody looks.
  markSeen() {
    if (document.hidden || !this.dialog?.joined) return;
    this.dialog.read(this.dialog.newest);
    this.#known = this.dialog.newest;
    if (this.unread) this.#count();
  }

  // By what is known of the room, whichever way it came.
  #count() {
    const { dialog, me, unread } = this;
    if (!dialog?.joined) return;
    const looks = !document.hidden && !unread;
    this.#known = looks || this.#known === null ? dialog.newest : Math.min(this.#known, dialog.newest);
    this.unread = 0;
    for (let i = dialog.messages.length - 1; i >= 0 && dialog.messages[i].seq > this.#known; i -= 1) {
      const { sender_id, deleted_at } = dialog.messages[i];
      if (sender_id !== me && !deleted_at) this.unread += 1;
    }
    if (this.unread !== unread) this.title();
  }

  title() {
    retitle(this.dialog?.view?.title ?? this.room, this.unread);
  }

  // A page out of sight for a while is an absence; back in sight it is none.
  #onVisibility() {
    clearTimeout(this.#away);
    if (document.hidden) {
      this.#away = setTimeout(() => this.#tell("away"), AWAY_AFTER);
      return;
    }
    if (this.#absent || this.dialog?.people.get(this.me)?.status === "away") this.#tell("online");
    this.markSeen();
  }

  /** @param {string} status */
  #tell(status) {
    this.#absent = status === "away";
    this.connection.request("presence:set", { status }).catch(() => {});
  }
}
