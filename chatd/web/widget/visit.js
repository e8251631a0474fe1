// A visitor on a page: who they are, their ticket, what waits to be sent, what they have not seen.
import { Connection } from "../shared/connection.js";
import { Dialog } from "../shared/dialog.js";
import { Polling } from "../shared/polling.js";
import { chime } from "../shared/sound.js";
import { Kept } from "../shared/storage.js";
import { Store } from "../shared/store.js";
import { speaker } from "../shared/texts.js";
import { Unsent } from "../shared/unsent.js";

export class Visit extends Store {
  opened = false;
  dialog = null;
  site = { operators_online: 0 };
  #opening = null;
  #title = document.title;

  constructor({ base, site = "", language, name }) {
    super();
    Object.assign(this, { base, asked: site, language, name });
    const scope = `chatd:${new URL(base).host}:${site}`;
    this.kept = new Kept(scope, { sound: true });
    this.kept.watch((kept) => this.#adopt(kept));
    this.unsent = new Unsent({
      name: `${scope}:unsent`,
      deliver: (entry) => this.#deliver(entry),
      changed: () => this.changed(),
    });
    this.#connect();
  }

  #connect() {
    const polling = new Polling({
      base: this.base,
      who: () => ({ token: this.kept.get().token, site: this.asked }),
      keep: (token) => this.kept.set({ token }),
    });
    this.connection = new Connection({
      url: `${this.base.replace(/^http/, "ws")}/ws`,
      greeting: () => this.#greeting(),
      fallback: polling,
    });
    this.connection.on("state", (state) => {
      if (state === "polling") this.#rejoin();
      this.changed();
    });
    this.connection.on("welcome", (told) => this.#welcome(told));
    this.connection.on("refused", (error) => this.#refused(error));
    this.connection.on("message:new", (message) => this.#heard(message));
    this.connection.on("dialog:update", ({ dialog }) => this.#ticket(dialog));
  }

  #greeting() {
    const { token } = this.kept.get();
    const asked = this.asked ? { site: this.asked } : {};
    const named = this.name && !token ? { name: this.name } : {};
    return { ...asked, ...named, ...(token && { token }) };
  }

  // What is shown before anybody spoke; a visitor who was here before is connected at once.
  async prepare() {
    try {
      const query = this.asked ? `?site=${encodeURIComponent(this.asked)}` : "";
      const answer = await fetch(`${this.base}/api/site${query}`, { credentials: "omit" });
      const { data } = await answer.json();
      if (data) this.site = data;
    } catch {
      // The button is there anyway; the connection says what is wrong.
    }
    this.t = await speaker(this.language || this.site.language, { own: this.site.texts });
    if (this.kept.get().ticket || this.unsent.entries.length) this.connection.start();
  }

  #welcome(told) {
    this.me = told.participant.id;
    this.kept.set({ token: told.token, me: this.me });
    queueMicrotask(() => this.#rejoin());
  }

  async #rejoin() {
    const { ticket, me } = this.kept.get();
    this.me = me ?? this.me;
    if (ticket && !this.dialog) this.#follow(ticket);
    try {
      if (this.dialog) await this.dialog.join();
    } catch (error) {
      if (error.code === "not_found" || error.code === "forbidden") this.#forgetTicket();
    }
    this.unsent.flush();
    this.changed();
  }

  #refused({ code }) {
    if (code !== "unauthenticated" && code !== "forbidden") return;
    this.kept.set({ token: undefined, me: undefined });
    this.#forgetTicket();
  }

  #forgetTicket() {
    this.kept.set({ ticket: undefined });
    this.dialog?.leave();
    this.dialog = null;
    this.changed();
  }

  // Another tab has begun a conversation, or become somebody.
  #adopt({ token, ticket, me }) {
    if (!token || (me === this.me && ticket === this.dialog?.id)) return;
    if (me !== this.me) this.connection.restart();
    else if (ticket) this.#rejoin();
    if (this.connection.state === "idle") this.connection.start();
  }

  #follow(id) {
    this.dialog?.leave();
    this.dialog = new Dialog(this.connection, id, this.me);
    this.dialog.follow(() => this.changed());
    this.kept.set({ ticket: id });
  }

  #ticket(view) {
    if (view?.kind !== "ticket" || this.dialog) return;
    this.#follow(view.id);
    this.dialog.join().catch(() => {});
  }

  get view() {
    return this.dialog?.view ?? null;
  }

  // Who polls learns their own id from their own messages.
  #known(message) {
    if (!this.me && message?.sender_type === "customer") {
      this.me = message.sender_id;
      this.kept.set({ me: this.me });
      if (this.dialog) this.dialog.me = this.me;
    }
  }

  async #deliver(entry) {
    if (!this.connection.reachable) {
      this.connection.start();
      throw new Error("not yet");
    }
    const { content, client_id } = entry;
    if (!this.kept.get().ticket) {
      await this.#begin({ content, client_id });
      return;
    }
    const data = { dialog_id: this.kept.get().ticket, content, client_id };
    const { message } = await this.connection.request("message:send", data);
    this.#known(message);
    if (message && this.dialog?.joined) this.dialog.take(message);
  }

  #begin(data) {
    this.#opening ??= this.connection
      .request("ticket:open", data)
      .then(async ({ ticket, message }) => {
        this.#known(message);
        if (this.dialog?.id !== ticket.id) this.#follow(ticket.id);
        await this.dialog.join();
      })
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  send(content) {
    this.dialog?.draft.sent();
    this.unsent.add(this.kept.get().ticket, content);
  }

  typed(text) {
    const how = this.view?.live_typing;
    if (this.dialog?.joined && how && how !== "off") this.dialog.draft.type(text);
  }

  async callPerson() {
    const { ticket } = this.kept.get();
    this.connection.start();
    const ask = () =>
      this.dialog
        ? this.connection.request("ticket:request", { ticket_id: ticket })
        : this.#begin({ wants_person: true });
    if (this.connection.reachable) return ask();
    const off = this.connection.on("state", () => {
      if (!this.connection.reachable) return;
      off();
      ask();
    });
    return null;
  }

  #heard(message) {
    if (message.sender_id === this.me || message.dialog_id !== this.dialog?.id) return;
    if (this.opened && document.visibilityState === "visible") return;
    if (this.kept.get().sound && message.sender_type !== "system") chime();
    this.#mark();
  }

  get unread() {
    const { messages = [], receipts = {}, me } = this.dialog ?? {};
    const read = receipts[me]?.read ?? this.kept.get().read ?? 0;
    const seen = Math.max(read, this.kept.get().read ?? 0);
    return messages.filter((one) => one.seq > seen && one.sender_id !== me).length;
  }

  #mark() {
    const unread = !this.opened || document.hidden;
    document.title = unread && this.unread ? `● ${this.t("unreadTitle")}` : this.#title;
  }

  seen() {
    if (!this.opened || document.hidden || !this.dialog?.joined) return;
    this.dialog.read(this.dialog.last);
    if ((this.kept.get().read ?? 0) < this.dialog.last) this.kept.set({ read: this.dialog.last });
    document.title = this.#title;
  }

  toggleSound() {
    this.kept.set({ sound: !this.kept.get().sound });
    this.changed();
  }

  open() {
    this.opened = true;
    this.#title = document.title.startsWith("●") ? this.#title : document.title;
    this.connection.start();
    this.changed();
  }

  close() {
    this.opened = false;
    this.changed();
  }
}
