// Somebody in the rooms: their name, the room they are in, the other rooms, what waits to be sent.
/** @import { Speaker } from "../shared/types" */
import { roomHere, roomPath } from "../shared/base.js";
import { Refused } from "../shared/connection.js";
import { rememberFaces } from "../shared/faces.js";
import { asText, itemsOf } from "../shared/fence.js";
import { Kept } from "../shared/storage.js";
import { randomWord } from "../shared/store.js";
import { Talker } from "../shared/talker.js";
import { retitle } from "../shared/title.js";
import { Unseen } from "../shared/unseen.js";
import { fetchAll } from "../shared/fetch-all.js";
import { Room } from "./room.js";

const REFRESH = 20_000;
/** @type {Record<string, string>} */
const NO_ENTRY = {
  forbidden: "noRoom",
  invalid: "noRoom",
  malformed: "noRoom",
  conflict: "roomFull",
};

export class Visitor extends Talker {
  /** @override @type {Room | null} */
  dialog = null;
  /** @type {any[]} */
  rooms = [];
  /** @type {string | null} */
  barred = null;
  // Whom an operator is about to do something about.
  /** @type {{ id: string, name: unknown } | null} */
  minding = null;
  // Whether one looks for what was said.
  finding = false;
  /** @type {string | null} */
  role = null;
  // What came while nobody looked.
  unseen = new Unseen();
  // Of several tabs none takes the place of another.
  #device = `rooms-${randomWord()}`;

  /** @param {{ t: Speaker, room: string, showNameForm: (said: string) => void }} made */
  constructor({ t, room, showNameForm }) {
    // An operator who has chosen that, by the console's cookie; who is logged in as who they are; else
    // somebody with a name.
    const account = new Kept("chatd:people");
    const console = new Kept("chatd:operator");
    const { username, name, chosen } = console.get();
    const { token, person } = account.get();
    const operates = Boolean(username && chosen);
    super(t, {
      name: operates ? `chatd:rooms:@${username}` : token ? `chatd:rooms:${asText(person?.id)}` : "chatd:rooms",
      ...(operates && { headers: () => ({ "X-Chatd-Csrf": "1" }) }),
      ...(!operates && token && { headers: () => ({ Authorization: `Bearer ${token}` }) }),
      greeting: () => this.#greeting(),
      heard: {
        welcome: (told) => this.#welcome(told),
        refused: (error) => this.#onRefused(error),
        "dialog:update": (told) => this.#onDialogUpdate(told),
        "voice:update": (told) => this.#onVoice(told),
      },
    });
    this.account = account;
    this.console = console;
    this.operator = username ? { name: asText(name), operates } : null;
    this.session = operates || token;
    this.room = room;
    this.showNameForm = showNameForm;
    this.name = operates ? asText(name) : token ? asText(person?.display_name) : (this.kept.get().name ?? "");
    setInterval(() => this.connection.online && !document.hidden && this.#listRooms(), REFRESH);
    addEventListener("popstate", () => this.go(roomHere(), false));
  }

  #greeting() {
    if (this.operates) return { session: true, off_duty: true, device: this.#device };
    if (this.session) return { token: this.session };
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
    this.role = participant.role;
    this.unsent.files.limits = files;
    this.me = participant.id;
    if (!this.session) this.kept.set({ token, name: participant.name });
    rememberFaces([participant]);
    this.name = participant.name;
    queueMicrotask(() => this.join());
  }

  /** @param {Refused} error */
  #onRefused(error) {
    if (error.code === "unauthenticated" && this.session) this.#leaveAccount();
    else if (error.code === "unauthenticated") this.kept.set({ token: undefined });
    else if (error.code === "invalid") this.showNameForm(this.t("badName"));
    else if (error.code === "forbidden") this.#showBarred("noRooms");
  }

  // The session is over: from now on a guest is here.
  #leaveAccount() {
    if (this.operates) this.console.set({ username: undefined, name: undefined, chosen: undefined });
    else if (this.account.get().token === this.session) this.account.set({ token: undefined, person: undefined });
    location.reload();
  }

  // Whether one is here as the operator that one is at the console.
  get operates() {
    return this.operator?.operates === true;
  }

  // To be that from now on, or no longer.
  /** @param {boolean} chosen */
  operate(chosen) {
    this.console.set({ chosen });
    location.reload();
  }

  // Whether who is away here is away, that says an operator at the console.
  /** @override @param {string} status */
  tellStatus(status) {
    if (!this.operates) super.tellStatus(status);
  }

  // Administrators delete what others wrote.
  /** @override @type {Talker["may"]} */
  may(what, message, own) {
    return (what === "remove" && this.role === "admin") || super.may(what, message, own);
  }

  /** @param {string} [key] */
  #showBarred(key = "noRoom") {
    Object.assign(this, { barred: key, locked: false });
    this.notify();
  }

  /** @override */
  async join() {
    this.#listRooms();
    const { room } = this;
    const gone = this.dialog?.id === room && this.dialog.joined ? "roomGone" : "noRoom";
    try {
      await this.#openRoom().join();
      if (room !== this.room) return;
      Object.assign(this, { barred: null, locked: false });
      this.unsent.flush();
    } catch (error) {
      if (room !== this.room) return;
      if (this.asksPassword(error)) this.barred = null;
      else if (error.code === "not_found") this.#showBarred(gone);
      else if (error instanceof Refused) this.#showBarred(NO_ENTRY[error.code]);
    }
    this.title();
    this.notify();
  }

  // The room that one is in, as who one is.
  #openRoom() {
    if (this.dialog?.id === this.room && this.dialog.me === this.me) return this.dialog;
    this.dialog?.leave();
    const dialog = new Room(this.connection, this.room, this.me);
    dialog.follow(() => {
      this.unseen.look(dialog);
      this.title();
      this.notify();
    });
    this.dialog = dialog;
    this.unseen.begin();
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
    // Whether it is gone, or has another password, says it to who asks to come in.
    if (change === "retired") this.join();
    else this.title();
  }

  // Who is in the voice channel of a room of the list.
  /** @param {import("../shared/protocol").VoiceUpdate} update */
  #onVoice({ dialog_id, participants }) {
    this.rooms = this.rooms.map((one) => (one.id === dialog_id ? { ...one, voice: participants } : one));
    this.notify();
  }

  /** @param {{ id: string, name: unknown } | null} minding */
  mind(minding) {
    this.minding = minding;
    this.notify();
  }

  /** @param {boolean} finding */
  find(finding) {
    this.finding = finding;
    this.notify();
  }

  /** @param {{ dialog_id: string, seq: number }} hit */
  goTo({ dialog_id, seq }) {
    if (dialog_id !== this.room) this.go(dialog_id);
    this.sought = seq;
    this.notify();
  }

  /** @param {string} id */
  titleOf(id) {
    return this.rooms.find((one) => one.id === id)?.title ?? id;
  }

  #listRooms() {
    fetchAll(this.connection, "room:list", "rooms", { data: { watch: true } }).then(
      ({ rooms }) => {
        this.rooms = itemsOf(rooms);
        this.title();
        this.notify();
      },
      () => {},
    );
  }

  /** @param {string} room */
  go(room, pushed = true) {
    if (pushed) history.pushState(null, "", roomPath(room) + location.search);
    Object.assign(this, { room, barred: null, locked: false, sought: 0 });
    this.unseen.begin();
    this.acts.leave(true);
    if (this.connection.online) this.join();
    this.notify();
  }

  /** @override */
  get place() {
    return this.room;
  }

  /** @override */
  markSeen() {
    if (!this.dialog || !super.markSeen()) return false;
    this.unseen.see(this.dialog);
    this.title();
    return true;
  }

  // What the room is called, as far as one may know.
  get roomTitle() {
    const { dialog, room } = this;
    const named = dialog?.id === room && dialog.view?.title;
    return named || this.titleOf(room);
  }

  title() {
    retitle(this.roomTitle, this.unseen.count);
  }
}
