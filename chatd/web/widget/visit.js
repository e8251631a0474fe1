// A visitor on a page: who they are, their ticket, what waits to be sent.
/** @import { Acts } from "../shared/acts.js" */
/** @import { Act, Entry, Shown } from "../shared/types" */
/** @import { Site } from "./site.js" */
import { client } from "../shared/client.js";
import { Dialog } from "../shared/dialog.js";
import { Kept } from "../shared/storage.js";
import { speaker } from "../shared/texts.js";
import { Attention } from "./attention.js";
import { scopeOf } from "./site.js";
import { title } from "./title.js";

// What is picked is for the one conversation that there is.
export const HERE = "here";

/** @param {string} text */
const cut = (text) => text.slice(0, 512);

// Where the visitor is; the daemon keeps of it what it may.
export const here = () => ({
  page: cut(location.href),
  title: cut(document.title),
  referrer: cut(document.referrer),
  language: navigator.language,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

export class Visit extends Attention {
  asked = false;
  /** @type {any} */
  root = null;
  newcomer = true;
  /** @type {string | undefined} */
  me;
  /** @type {Acts | null} */
  acts = null;
  /** @type {Promise<Acts | null> | null} */
  #acting = null;
  /** @type {Promise<void> | null} */
  #opening = null;
  /** @type {Promise<void> | null} */
  #around = null;
  #unwatch = () => {};

  // seat: the Site that the element has looked up; language: the visitor's.
  /** @param {{ base: string, site?: string, name?: string, worker?: string }} settings
   *  @param {{ seat: Site, language: string }} here */
  constructor({ base, site = "", name, worker }, { seat, language }) {
    super();
    this.base = base;
    this.name = name;
    this.worker = worker;
    this.seat = seat;
    this.language = language;
    this.siteName = site;
    const scope = scopeOf(base, site);
    this.tab = new Kept(`${scope}:tab`, { open: false, draft: "" }, { tab: true });
    const { connection, unsent, kept } = client(this, {
      name: scope,
      initial: { sound: true, read: 0 },
      url: `${base.replace(/^http/, "ws")}/ws`,
      greeting: () => this.#greeting(),
      headers: () => ({ Authorization: `Bearer ${this.kept.get().token}` }),
      place: () => this.#place(),
      slowly: () => this.#polling(),
      deliver: (entry, say) => this.#deliver(entry, say),
      heard: {
        state: (state) => state === "polling" && this.#rejoin(),
        welcome: (told) => this.#welcome(told),
        refused: (error) => this.#onRefused(error),
        "dialog:update": ({ dialog }) => this.#ticket(dialog),
      },
    });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
  }

  async #polling() {
    const { Polling } = await import("../shared/polling.js");
    return new Polling(this.connection, {
      base: this.base,
      who: () => ({ token: this.kept.get().token, site: this.siteName }),
      keep: (token) => this.kept.set({ token }),
    });
  }

  #greeting() {
    const { token } = this.kept.get();
    const asked = this.siteName ? { site: this.siteName } : {};
    const named = this.name && !token ? { name: this.name } : {};
    return { ...asked, ...named, ...(token && { token }), here: here() };
  }

  get site() {
    return this.seat.told;
  }

  // The site's own texts, where they are in the visitor's language.
  get own() {
    return (this.site.language === this.language && this.site.texts) || {};
  }

  // Something was said, or is about to be.
  get begun() {
    return !this.newcomer || Boolean(this.dialog?.messages.length) || this.unsent.entries.length > 0;
  }

  // A visitor who was here before is connected at once.
  async prepare() {
    this.t = await speaker(this.language, { own: this.own });
    this.#unwatch = this.kept.watch((kept) => this.#adopt(kept));
    this.newcomer = !this.kept.get().ticket;
    if (!this.newcomer || this.unsent.entries.length) this.connection.start();
  }

  // The widget is taken off the page.
  leave() {
    this.#unwatch();
    title.clear();
    this.connection.stop();
  }

  /** @param {any} told */
  #welcome(told) {
    this.unsent.files.limits = told.files;
    this.me = told.participant.id;
    /** @type {any} */
    this.calls = told.calls;
    this.kept.set({ token: told.token, me: this.me });
    queueMicrotask(() => this.#rejoin());
  }

  async #rejoin() {
    const { ticket, me } = this.kept.get();
    this.me = me ?? this.me;
    if (ticket && this.dialog?.id !== ticket) this.#follow(ticket);
    if (this.dialog) this.dialog.me = this.me;
    try {
      if (this.dialog) await this.dialog.join();
    } catch (error) {
      const gone = error.code === "not_found" || error.code === "forbidden";
      if (gone && !error.banned) this.#forgetTicket();
    }
    this.unsent.flush();
    this.notify();
  }

  /** @param {any} refused */
  #onRefused({ code, field }) {
    if (field || (code !== "unauthenticated" && code !== "forbidden")) return;
    this.kept.set({ token: undefined, me: undefined });
    this.#forgetTicket();
  }

  #forgetTicket() {
    this.kept.set({ ticket: undefined, read: 0 });
    this.dialog?.leave();
    this.dialog = null;
    this.newcomer = true;
    this.notify();
  }

  // Another tab has begun a conversation, become somebody, or read something.
  /** @param {Record<string, any>} kept */
  #adopt({ token, ticket, me }) {
    if (token && me !== this.me) this.connection.restart();
    else if (ticket && ticket !== this.dialog?.id) this.#rejoin();
    this.notify();
  }

  /** @param {string} id */
  #follow(id) {
    this.dialog?.leave();
    const dialog = (this.dialog = new Dialog(this.connection, id, this.me));
    this.latest = null;
    dialog.follow(() => {
      this.ring();
      this.notify();
    });
    if (this.kept.get().ticket !== id) this.kept.set({ ticket: id, read: 0 });
    return dialog;
  }

  /** @param {any} view */
  #ticket(view) {
    if (view === null) this.#forgetTicket();
    if (view?.kind !== "ticket" || this.dialog || this.#opening) return;
    this.#follow(view.id).join().catch(() => {});
  }

  get view() {
    return this.dialog?.view ?? null;
  }

  // What the form before the first word was answered, and whether it is wanted: 1, or was refused: 2.
  /** @type {Record<string, any> | null} */
  answers = null;
  wrong = 0;
  // By what the conversation begins, if by an invitation; and how that stands for the greeting.
  /** @type {Record<string, any>} */
  invited = {};
  /** @type {Record<string, any>} */
  welcome = {};
  // A person is asked for in a ticket without a contact.
  asks = false;

  // Whether the form stands in place of the field.
  get formal() {
    const first = !this.kept.get().ticket && !this.answers;
    return this.asks || (first && (this.wrong || this.site.needs_contact || this.site.form));
  }

  /** @param {any} error */
  refuse({ field }) {
    if (!/^(contact|form)/.test(field)) return;
    this.wrong = this.answers ? 2 : 1;
    this.answers = null;
    this.asks = Boolean(this.kept.get().ticket);
    this.notify();
  }

  get operatorsOnline() {
    return (this.view?.operators_online ?? this.site.operators_online) > 0;
  }

  /** @param {Entry} entry @param {(entry: any) => Promise<any>} say */
  async #deliver(entry, say) {
    const { content, client_id } = entry;
    this.connection.start();
    await this.#opening;
    const { ticket: dialog_id } = this.kept.get();
    if (dialog_id) await say({ ...entry, dialog_id });
    else await this.#begin({ content, client_id });
  }

  // The ticket that files go into; who begins with one is put through to a person, since a bot reads none.
  async #place() {
    await this.#connect();
    await this.#opening;
    if (!this.kept.get().ticket) await this.#begin({ wants_person: true });
    return this.kept.get().ticket;
  }

  /** @param {{ content?: string, client_id?: string, wants_person?: boolean }} data */
  #begin(data) {
    this.#opening = this.connection
      .request("ticket:open", { ...this.answers, ...this.invited, ...data })
      .then(async ({ ticket }) => {
        // Nobody says hello to who polls.
        this.me = ticket.customer_id;
        this.kept.set({ me: this.me });
        const { dialog } = this;
        await (dialog && dialog.id === ticket.id ? dialog : this.#follow(ticket.id)).join();
      })
      .catch((error) => {
        this.refuse(error);
        throw error;
      })
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  // False when it is not taken, or a change: the text stays in the field.
  /** @param {string} content */
  send = (content) => {
    const { acts } = this;
    const changed = acts?.editing;
    if (acts?.takes(content)) return false;
    const { files } = this.unsent;
    const more = changed ? {} : files.attachmentsOf(HERE);
    const entry = this.unsent.add(this.kept.get().ticket, content, { ...acts?.quoting, ...more });
    if (!entry) return false;
    files.afterSend(HERE, entry);
    if (!changed) {
      this.dialog?.endDraft();
      this.tab.set({ draft: "" });
    }
    acts?.finish();
    return true;
  };

  get text() {
    const { acts } = this;
    const changed = acts?.editing;
    return acts && changed ? acts.textOf(changed) : this.tab.get().draft;
  }

  /** @param {string} text @param {number | null} caret */
  type = (text, caret) => {
    if (this.acts?.type(text)) return;
    this.tab.set({ draft: text });
    this.dialog?.type(text, caret);
  };

  // What can be done with messages; null where it cannot be had.
  act() {
    this.#acting ??= import("./acts.js")
      .then((part) => part.makeActs(this))
      .then(
        (acts) => {
          this.acts = acts;
          this.notify();
          return acts;
        },
        () => (this.#acting = null),
      );
    return this.#acting;
  }

  // Who is on the page although they say nothing.
  around() {
    this.#around ??= import("./around.js").then((part) => part.around(this));
    return this.#around;
  }

  // What a page says to its widget.
  api() {
    return import("./api.js");
  }

  get writing() {
    return this.dialog;
  }

  /** @param {Act} what @param {Shown} message @param {boolean} own */
  may(what, message, own) {
    const { view, connection } = this;
    if (connection.state === "ended" || (what === "edit" && message.type === "voice")) return false;
    return what === "reply" || (own && view?.status !== "closed" && connection.state !== "polling");
  }

  /** @param {KeyboardEvent} event @param {string} text */
  keys = (event, text) => {
    if (this.acts) return this.acts.keys(event, text);
    if (event.key === "ArrowUp" && !text) this.act().then((acts) => acts?.keys(event, this.text));
    return false;
  };

  // «С менеджером»: asked for now, or as soon as there is a connection.
  calling = false;

  async callPerson() {
    if (this.calling) return;
    this.calling = true;
    this.notify();
    try {
      await this.#connect();
      await this.#opening;
      const { ticket } = this.kept.get();
      if (ticket) await this.connection.request("ticket:request", { ticket_id: ticket });
      else await this.#begin({ wants_person: true });
    } catch (error) {
      this.refuse(error);
      // Else the button is there again: the state of the connection says why.
    } finally {
      this.calling = false;
      this.notify();
    }
  }

  /** @returns {Promise<void>} */
  #connect() {
    this.connection.start();
    if (this.connection.reachable) return Promise.resolve();
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      const off = this.connection.on("state", () => {
        if (!this.connection.reachable) return;
        off();
        resolve();
      });
    });
  }

  // asked: by a person just now, who gets the field to write in; not by the page before this one.
  open({ asked = true } = {}) {
    this.opened = true;
    this.asked = asked;
    this.tab.set({ open: true });
    this.connection.start();
    if (!this.dialog) this.seat.look().then(() => this.notify());
    this.notify();
  }

  close() {
    this.opened = false;
    this.dialog?.latest();
    this.tab.set({ open: false });
    this.notify();
  }
}
