// One dialog as the browser knows it: messages without gaps, who is there, drafts, receipts.
/** @import { Connection } from "./connection.js" @import { Participant } from "./protocol" */
/** @import { Reach, Stored } from "./types" */
import { itemsOf, message as read, messages, flatObject } from "./fence.js";
import { assignHues } from "./hues.js";
import { ReceiptSender } from "./receipts.js";
import { Store } from "./store.js";
import { Writers } from "./writers.js";

const PAGE = 50;
const STEP = 100;
const CATCH_UP = 200;
// How many messages are held at once; a reader in the past holds a window of the history.
const HELD = 1_500;
const QUOTED = 140;

export class Dialog extends Store {
  /** @type {Stored[]} */
  messages = [];
  more = false;
  later = false;
  joined = false;
  /** @type {Record<string, any> | null} */
  view = null;
  /** @type {Map<string, Participant>} */
  people = new Map();
  writers = new Writers(this);
  /** @type {Record<string, any>} */
  receipts = {};
  // All changes up to this one are known; null where the daemon does not count them.
  /** @type {number | null} */
  rev = null;
  // Grows with every change of messages and receipts; drafts and people leave it alone.
  revision = 0;
  /** @type {Promise<unknown> | null} */
  #loading = null;
  /** @type {Promise<unknown> | null} */
  #filling = null;
  #known = 0;
  /** @type {Map<number, any>} */
  #missed = new Map();
  #line = 0;
  /** @type {string | null} */
  #resumed = null;
  #begun = 0;
  /** @type {Promise<import("./typist.js").Typist | null> | null} */
  #typist = null;
  #stop;

  // asked: what else dialog:join says.
  /** @param {Connection} connection @param {string} id @param {any} me @param {Record<string, any>} asked */
  constructor(connection, id, me, asked = {}) {
    super();
    this.connection = connection;
    this.id = id;
    this.me = me;
    this.asked = asked;
    this.sender = new ReceiptSender((kind, seq) =>
      connection.request(`receipt:${kind}`, { dialog_id: id, seq }),
    );
    const deaf = connection.on("*", (data, event) => {
      if (data?.dialog_id === id) EVENTS[event]?.(this, data);
    });
    connection.dialogs.add(this);
    this.#stop = () => connection.dialogs.delete(this) && deaf();
  }

  get last() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  // The newest message that we know of; `later` says that it is not among those held.
  get newest() {
    return Math.max(this.#known, this.last);
  }

  // How far somebody else has received and read.
  get reach() {
    const others = Object.entries(this.receipts).filter(([who]) => who !== this.me);
    /** @param {keyof Reach} kind */
    const furthest = (kind) => Math.max(0, ...others.map(([, cursor]) => cursor[kind] ?? 0));
    return { delivered: furthest("delivered"), read: furthest("read") };
  }

  #revise() {
    this.revision += 1;
    this.notify();
  }

  // What dialog:join says: with what we have already, it is answered with what changed since.
  get asking() {
    /** @type {Record<string, any>} */
    const ask = { ...this.asked, dialog_id: this.id, limit: PAGE };
    if (this.messages.length) ask.after_seq = this.later ? this.newest : this.last;
    if (this.messages.length && this.rev !== null) ask.after_rev = this.rev;
    return ask;
  }

  async join() {
    if (this.#resumed !== this.#now()) this.enter(await this.#ask());
    this.#resumed = null;
    if (!this.later && this.#known > this.last + HELD) await this.latest();
    else if (!this.later && this.#known > this.last) await this.#fill();
    this.#typist?.then((typist) => typist?.again());
    this.markDelivered();
  }

  // The answer to the join that was part of a hello. Where it was refused, join() is told so.
  /** @param {any} told @param {string} me */
  resume(told, me) {
    if (!told || told.error || me !== this.me) return;
    this.enter(told);
    this.#resumed = this.#now();
  }

  #now() {
    return `${this.connection.line} ${JSON.stringify(this.asked)}`;
  }

  // A dialog that was restored from a backup has fewer messages than we saw: read it anew.
  async #ask() {
    const isWanted = () => this.connection.dialogs.has(this);
    const ask = () => this.connection.request("dialog:join", this.asking, isWanted);
    try {
      return await ask();
    } catch (error) {
      if (error.code !== "conflict" || error.last_seq === undefined) throw error;
      this.#drop();
      return ask();
    }
  }

  // Where too much has changed, the page that is told is the truth.
  /** @param {any} told */
  enter(told) {
    if (told.resync) this.#drop();
    if (!this.messages.length) this.more = told.more;
    this.#line = this.connection.line;
    this.rev = told.rev ?? null;
    this.view = flatObject(told.dialog);
    this.people = new Map(itemsOf(told.participants).map((one) => [one.id, one]));
    assignHues(this.people.keys());
    this.writers.begin(told.drafts);
    this.receipts = Object.fromEntries(Object.entries(told.receipts ?? {}).map(([who, one]) => [who, flatObject(one)]));
    this.sender.begin(this.#own);
    for (const one of [told.changed ?? []].flat()) if (one?.seq) this.replace(one);
    for (const message of messages(told.messages)) this.#put(message);
    this.#known = Math.max(this.view.last_seq ?? 0, this.last);
    this.joined = true;
    this.#revise();
  }

  #drop() {
    this.#begun += 1;
    this.messages = [];
    this.later = false;
    this.#known = 0;
  }

  // What comes while we follow comes in order: who has seen a change has seen all before it.
  /** @param {number} [rev] */
  noteRev(rev) {
    if (this.rev !== null && this.#line === this.connection.line) this.rev = Math.max(this.rev, rev ?? 0);
  }

  leave() {
    this.#stop();
    this.sender.stop();
    if (this.connection.online) {
      this.connection.request("dialog:leave", { dialog_id: this.id }).catch(() => {});
    }
  }

  earlier() {
    if (!this.more || !this.messages.length) return this.#loading;
    return this.#load({ before_seq: this.messages[0].seq, limit: STEP }, (page) => {
      const fresh = page.messages.filter((one) => one.seq < this.messages[0].seq);
      this.messages = [...fresh, ...this.messages];
      this.more = page.more;
      if (this.messages.length > HELD) {
        this.messages.length = HELD;
        this.later = true;
      }
    });
  }

  // The next page below a window of the history.
  further() {
    if (!this.later) return this.#loading;
    return this.#load({ after_seq: this.last, limit: STEP }, (page) => {
      for (const message of page.messages) this.#put(message);
      this.later = page.messages.length > 0 && (page.more || this.last < this.newest);
      this.#lighten(HELD);
    });
  }

  // Back from the past to the newest page.
  async latest() {
    await this.#loading;
    if (!this.later && this.newest === this.last) return;
    await this.show({ limit: PAGE });
    if (this.last < this.newest) await this.#fill();
  }

  // Shows one page of the history instead of what is held.
  /** @param {Record<string, any>} asked */
  async show(asked) {
    await this.#loading;
    await this.#load(asked, ({ messages: shown, more }) => {
      this.messages = shown;
      this.more = (shown[0]?.seq ?? 1) > 1;
      this.later = Boolean(asked.after_seq >= 0 && more);
    });
  }

  // One page at a time.
  /** @param {Record<string, any>} asked @param {(page: { messages: Stored[], more: boolean }) => void} take */
  #load(asked, take) {
    const begun = this.#begun;
    this.#loading ??= this.connection
      .request("history:get", { dialog_id: this.id, ...asked })
      .then((page) => {
        if (begun === this.#begun) take({ ...page, messages: messages(page.messages) });
        this.#applyMissed();
        this.#revise();
      })
      .catch(() => {})
      .finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** @param {number} most */
  #lighten(most) {
    if (this.messages.length <= most) return;
    this.messages = this.messages.slice(-HELD);
    this.more = true;
  }

  /** @param {unknown} told */
  take(told) {
    const message = read(told);
    if (!message) return;
    this.writers.forget(message.sender_id);
    this.#known = Math.max(this.#known, message.seq);
    if (!this.later && this.messages.length && message.seq > this.last + 1) {
      this.#fill();
      return;
    }
    const shown = this.messages[message.seq - this.messages[0]?.seq];
    if (!this.later && !(shown && !isOlder(shown, message))) this.#put(message);
    this.#lighten(2 * HELD);
    this.#revise();
    this.markDelivered();
  }

  #fill() {
    this.#filling ??= this.#pages().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #pages() {
    let more = true;
    while (more) {
      const asked = { dialog_id: this.id, after_seq: this.last, limit: CATCH_UP };
      const page = await this.connection.request("history:get", asked).catch(() => null);
      if (!page) return;
      for (const message of messages(page.messages)) this.#put(message);
      this.#applyMissed();
      more = this.last > asked.after_seq && (page.more || this.last < this.newest);
      this.#revise();
    }
    this.markDelivered();
  }

  /** @param {any} message */
  #put(message) {
    const index = message.seq - (this.messages[0]?.seq ?? message.seq);
    const shown = this.messages[index];
    if (shown && !isOlder(message, shown)) this.messages[index] = message;
    else if (index === this.messages.length) this.messages.push(message);
  }

  // A change tells the whole message, or of it what changed; what is older than what is shown not at
  // all. Replies tell what they quote as it reads now.
  /** @param {any} told */
  replace(told) {
    const shown = this.messages[told.seq - (this.messages[0]?.seq ?? Infinity)];
    if (shown && isOlder(told, shown)) return;
    const whole = told.content != null;
    if (shown) this.#put(read(whole ? told : { ...shown, ...told }));
    else if (this.#loading || this.#filling) this.#missed.set(told.seq, told);
    const now = { text: told.content?.slice?.(0, QUOTED), deleted: told.deleted_at };
    if (whole) {
      for (const { meta } of this.messages) if (meta.reply_to?.seq === told.seq) Object.assign(meta.reply_to, now);
    }
    this.#revise();
  }

  // What changed of messages while the page that has them was on its way, perhaps as they were before.
  #applyMissed() {
    const missed = [...this.#missed.values()];
    this.#missed.clear();
    for (const told of missed) this.replace(told);
  }

  // What tells of a draft is fetched when there is one.
  /** @param {string} text @param {number | null} [caret] */
  type(text, caret) {
    if (!this.joined || this.view?.live_typing === "off") return;
    /** @param {object} edit */
    const tell = (edit) => this.connection.request("draft:edit", { dialog_id: this.id, ...edit });
    this.#typist ??= import("./typist.js").then(({ Typist }) => new Typist(tell), () => (this.#typist = null));
    this.#typist.then((typist) => typist?.type(text, caret));
  }

  endDraft() {
    this.#typist?.then((typist) => typist?.clear());
  }

  markDelivered() {
    this.#receipt("delivered", this.newest);
  }

  /** @param {number} seq */
  read(seq) {
    this.#receipt("read", seq);
  }

  /** @param {string} participant @param {Record<string, any>} cursors */
  takeReceipt(participant, cursors) {
    this.receipts[participant] = cursors;
    this.#revise();
  }

  get #own() {
    return (this.receipts[this.me] ??= { delivered: 0, read: 0 });
  }

  /** @param {keyof Reach} kind @param {number} seq */
  #receipt(kind, seq) {
    if (!seq || this.#own[kind] >= seq || !this.connection.reachable) return;
    this.#own[kind] = seq;
    this.sender.note(kind, seq);
  }

  // What it is like now.
  /** @param {any} told */
  update({ dialog: view, position, expected_wait_s, operators_online }) {
    if (!this.view) return; // the answer that one waits for says more
    const place = position == null ? {} : { position, expected_wait_s, operators_online };
    this.view = flatObject({ ...this.view, ...view, ...place });
    this.notify();
  }

  /** @param {any} told */
  updatePresence({ participant: told }) {
    const [participant] = itemsOf([told]);
    if (!participant) return;
    if (participant.status === "offline") {
      this.people.delete(participant.id);
      this.writers.forget(participant.id);
    } else {
      this.people.set(participant.id, participant);
      assignHues(this.people.keys());
    }
    this.notify();
  }
}

// Whether what is told of a message is from before what is shown of it.
/** @type {(told: any, shown: any) => boolean} */
const isOlder = (told, shown) =>
  told.rev && shown.rev ? told.rev < shown.rev : (told.version ?? 0) < (shown.version ?? 0);

/** @type {Record<string, (dialog: Dialog, data: any) => void>} */
const EVENTS = {
  "message:new": (dialog, message) => {
    dialog.take(message);
    dialog.noteRev(message.rev);
  },
  "message:update": (dialog, message) => {
    dialog.replace(message);
    dialog.noteRev(message.rev);
  },
  "dialog:resync": (dialog, page) => dialog.enter(page),
  "typing:start": (dialog, data) => dialog.writers.types(data, true),
  "typing:stop": (dialog, data) => dialog.writers.types(data, false),
  "draft:edit": (dialog, data) => dialog.writers.takeEdit(data),
  "presence:update": (dialog, data) => dialog.updatePresence(data),
  "receipt:update": (dialog, { participant_id, delivered, read: until }) => {
    dialog.takeReceipt(participant_id, flatObject({ delivered, read: until }));
  },
  "dialog:update": (dialog, told) => dialog.update(told),
};
