// Somebody in the rooms: their name, the room they are in, the other rooms, what waits to be sent.
import { SOCKET, roomHere, roomPath } from "../shared/base.js";
import { client } from "../shared/client.js";
import { Refused } from "../shared/connection.js";
import { all } from "../shared/fence.js";
import { refusal } from "../shared/refusals.js";
import { rowsOf } from "../shared/rows.js";
import { Store } from "../shared/store.js";
import { retitle } from "../shared/title.js";
import { Toasts } from "../shared/toasts.js";
import { whole } from "../shared/whole.js";
import { Room } from "./room.js";

const AWAY_AFTER = 60_000;
const REFRESH = 20_000;
const QUOTED = 140;
const WINDOW = 100;
const NO_ENTRY = {
  not_found: "noRoom",
  forbidden: "noRoom",
  invalid: "noRoom",
  malformed: "noRoom",
  conflict: "roomFull",
};

export class Visitor extends Store {
  id = null;
  me = null;
  dialog = null;
  rooms = [];
  barred = null;
  replying = null;
  editing = null;
  unread = 0;
  toasts = new Toasts();
  #away = 0;
  #absent = false;

  constructor({ t, room, door }) {
    super();
    this.t = t;
    this.room = room;
    this.door = door;
    const { connection, unsent, kept } = client(this, {
      name: "chatd:rooms",
      url: SOCKET,
      greeting: () => this.#greeting(),
      deliver,
      heard: {
        welcome: (told) => this.#welcome(told),
        refused: (error) => this.#refused(error),
        "message:new": (message) => this.#heard(message),
        "dialog:update": (told) => this.#changed(told),
      },
    });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
    this.name = kept.get().name ?? "";
    setInterval(() => this.connection.online && !document.hidden && this.#listRooms(), REFRESH);
    document.addEventListener("visibilitychange", () => this.#looked());
    addEventListener("popstate", () => this.go(roomHere(), false));
  }

  #greeting() {
    const { token } = this.kept.get();
    return { name: this.name, ...(token && { token }) };
  }

  enter(name) {
    const anew = this.name !== name;
    this.name = name;
    this.kept.set({ name });
    if (this.connection.state === "idle" || this.connection.state === "ended") this.connection.start();
    else if (anew) this.connection.restart();
    this.changed();
  }

  #welcome({ participant, token }) {
    this.me = participant.id;
    this.kept.set({ token, name: participant.name });
    this.name = participant.name;
    queueMicrotask(() => this.join());
  }

  #refused(error) {
    if (error.code === "unauthenticated") this.kept.set({ token: undefined });
    else if (error.code === "invalid") this.door(this.t("badName"));
    else if (error.code === "forbidden") this.#bar("noRooms");
  }

  #bar(key) {
    this.barred = key;
    this.changed();
  }

  async join() {
    this.#listRooms();
    if (this.dialog?.id !== this.room || this.dialog.me !== this.me) {
      this.dialog?.leave();
      this.dialog = new Room(this.connection, this.room, this.me);
      this.dialog.follow(() => this.changed());
    }
    try {
      await this.dialog.join();
      this.barred = null;
      this.title();
      this.unsent.flush();
    } catch (error) {
      if (error instanceof Refused) this.#bar(NO_ENTRY[error.code] ?? "noRoom");
    }
    this.changed();
  }

  // A reload has changed a room, or taken it away; or it is a crowd, or none any more.
  /** @param {import("../shared/protocol").DialogUpdate} update */
  #changed({ dialog_id, change, crowd }) {
    if (crowd != null) {
      if (this.dialog?.id === dialog_id) this.dialog.gather(crowd);
      return;
    }
    this.#listRooms();
    if (dialog_id !== this.room) return;
    if (change === "retired") this.#bar("roomGone");
    else this.title();
  }

  #listRooms() {
    whole(this.connection, "room:list", "rooms").then(
      ({ rooms }) => {
        this.rooms = all(rooms);
        this.changed();
      },
      () => {},
    );
  }

  go(room, pushed = true) {
    if (pushed) history.pushState(null, "", roomPath(room) + location.search);
    Object.assign(this, { room, replying: null, editing: null, unread: 0, barred: null });
    if (this.connection.online) this.join();
    this.changed();
  }

  get rows() {
    const { dialog } = this;
    const unsent = this.unsent.entries.filter((one) => one.dialog_id === dialog.id);
    return rowsOf(dialog.messages, unsent, this.me, dialog.reach);
  }

  typed(text, caret) {
    if (!this.editing) this.dialog?.type(text, caret);
  }

  send(content) {
    const { replying, editing, dialog } = this;
    this.set({ replying: null, editing: null });
    if (editing) return this.#act("message:edit", { message_id: editing.id, content });
    dialog.sent();
    this.unsent.add(dialog.id, content, replying ? quoting(replying) : {});
    return dialog.latest();
  }

  remove(message) {
    return this.#act("message:delete", { message_id: message.id });
  }

  react(message, emoji) {
    const remove = message.reactions?.[emoji]?.includes(this.me) ?? false;
    return this.#act("message:react", { message_id: message.id, emoji, remove });
  }

  async #act(event, data) {
    try {
      const { message } = await this.connection.request(event, data);
      if (message && this.dialog.id === message.dialog_id) this.dialog.replace(message);
    } catch (error) {
      this.toasts.say(refusal(this.t, error), "alert");
    }
  }

  lastOwn() {
    return this.dialog?.messages.findLast((one) => one.sender_id === this.me && !one.deleted_at) ?? null;
  }

  set(changes) {
    Object.assign(this, changes);
    this.changed();
  }

  // A window around one message; false when it cannot be had.
  async around(seq) {
    const { dialog } = this;
    const held = () => dialog.messages.length > 0 && seq >= dialog.messages[0].seq && seq <= dialog.last;
    if (!held()) await dialog.show({ after_seq: Math.max(0, seq - 1 - WINDOW / 4), limit: WINDOW });
    return held();
  }

  // At the end of the list: everything has been seen, if anybody looks.
  seen() {
    if (document.hidden || !this.dialog?.joined) return;
    this.dialog.read(this.dialog.newest);
    if (!this.unread) return;
    this.unread = 0;
    this.title();
  }

  #heard(message) {
    if (message.dialog_id !== this.room || message.sender_id === this.me || !document.hidden) return;
    this.unread += 1;
    this.title();
  }

  title() {
    retitle(this.dialog?.view?.title ?? this.room, this.unread);
  }

  // A page out of sight for a while is an absence; back in sight it is none.
  #looked() {
    clearTimeout(this.#away);
    if (document.hidden) {
      this.#away = setTimeout(() => this.#tell("away"), AWAY_AFTER);
      return;
    }
    if (this.#absent || this.dialog?.people.get(this.me)?.status === "away") this.#tell("online");
    this.seen();
  }

  #tell(status) {
    this.#absent = status === "away";
    this.connection.request("presence:set", { status }).catch(() => {});
  }
}

// What it replies to may have gone meanwhile: then it goes alone.
async function deliver(entry, say) {
  try {
    await say(entry);
  } catch (error) {
    if (!entry.reply_to || error.code !== "not_found") throw error;
    await say({ ...entry, reply_to: undefined });
  }
}

const quoting = ({ seq, sender_name: name, content }) => {
  const text = [...content.replace(/\s+/g, " ")].slice(0, QUOTED).join("");
  return { reply_to: seq, meta: { reply_to: { seq, name, text } } };
};
