// The state of the console: the queue, own tickets, colleagues, the ticket that is open.
/** @import { Speaker } from "../shared/types" */
import { SOCKET } from "../shared/base.js";
import { client } from "../shared/client.js";
import { Refused } from "../shared/connection.js";
import { asText, itemsOf } from "../shared/fence.js";
import { connectPhone } from "../shared/phone.js";
import { Alerts, VOLUMES } from "./alerts.js";
import { Asking } from "./asking.js";
import { api } from "./http.js";
import { listen, renew, closeStale } from "./push.js";
import { whyEnded } from "./end-reason.js";
import { Talk } from "./talk.js";
import { fetchQueueOf, takeDepartments } from "./departments.js";
import { Visitors } from "./visitors.js";
import { fetchCanned } from "./canned.js";
import { isWithin, takeViews } from "./filter.js";
import { turnOf } from "./labels.js";
import { TABS, Tickets } from "./tickets.js";

// Changes of one's own tickets that one is told of, wherever one looks.
const TOLD = ["woken", "due_soon", "overdue"];
const HEADERS = () => ({ "X-Chatd-Csrf": "1" });
const PAGE = 50;
const FEW = 50;
const SOON = 120;
const LATER = 1_000;
const REFRESH = 15_000;
const SEARCH_PAGES = 20;
const GONE = new Set(["unauthenticated", "forbidden"]);

export class ConsoleModel extends Asking {
  query = "";
  /** @type {Talk | null} */
  talk = null;
  panel = false;
  listed = false; // the lists are there
  /** @type {string[]} */
  marked = []; // tickets to do something with
  marking = false;
  /** @type {import("./filter.js").Filter | null} */
  filter = null;
  /** @type {any[]} */
  views = [];
  markedLast = "";
  /** @type {{ what: string } | null} */
  asking = null;
  // Where in a ticket somebody wants to read on.
  /** @type {{ id: string, dialog_id: string, seq: number } | null} */
  sought = null;
  called = "";
  /** @type {string | null} */
  id = null;
  skew = 0;
  /** @type {any[]} */
  canned = [];
  /** @type {any[]} */
  departments = [];
  counters = { waiting: 0, operators_online: 0 };
  queued = 0; // how many wait, when those are more than a page holds
  /** @type {Record<string, string | null | undefined>} */
  cursors = {};
  #soon = 0;
  #colleagues = 0;
  #often = 0;
  /** @type {(() => void)[]} */
  #offs = [];
  #leaving = false;

  // leave(said): back to the login, saying why.
  /** @param {any} me @param {Speaker} t @param {(said: string) => void} leave */
  constructor(me, t, leave) {
    super(me, t);
    this.leave = leave;
    this.tickets = new Tickets(me.username);
    const { connection, unsent, kept } = client(this, {
      name: `chatd:console:${me.username}`,
      initial: { sound: true, volumes: VOLUMES, away: false, tab: "queue", texts: {} },
      url: SOCKET,
      greeting: () => ({ session: true }),
      headers: HEADERS,
      heard: {
        welcome: (told) => this.#welcome(told),
        refused: (error) => this.#onRefused(error),
        dismissed: (closed) => this.#onDismissed(closed),
        "queue:update": (told) => this.#onQueueUpdate(told),
        "dialog:update": (told) => this.#onDialogUpdate(told),
        "note:mention": (told) => this.alerts.onMention(told),
      },
    });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
    this.tab = kept.get().tab;
    this.alerts = new Alerts(this);
    this.visitors = new Visitors(this);
    const quiet = () => !kept.get().sound;
    this.phone = connectPhone({ connection, t, root: document, quiet, me: () => this.id, headers: HEADERS });
    this.#listen();
  }

  #listen() {
    const hash = () => this.#follow(location.hash.slice(1));
    addEventListener("hashchange", hash);
    this.#offs.push(() => removeEventListener("hashchange", hash));
    const look = () => this.alerts.onVisibility();
    document.addEventListener("visibilitychange", look);
    this.#offs.push(() => document.removeEventListener("visibilitychange", look));
    this.#offs.push(listen((id) => this.open(id)));
  }

  start() {
    this.connection.start();
    this.#often = setInterval(
      () => this.connection.online && document.visibilityState === "visible" && this.refresh(),
      REFRESH,
    );
  }

  end() {
    for (const off of this.#offs) off();
    clearInterval(this.#often);
    this.alerts.stop();
    this.phone.end();
    this.talk?.leave();
    this.connection.stop();
  }

  /** @param {any} told */
  takeTicket(told) {
    const [view] = itemsOf([told]);
    if (!view) return;
    this.#take(view);
    this.watchQueue();
    this.notify();
  }

  /** @param {any} told */
  #onDialogUpdate({ dialog_id, change, dialog }) {
    if (dialog?.kind === "ticket") this.takeTicket(dialog);
    if (change !== "erased") return;
    this.tickets.drop(dialog_id);
    if (this.talk && this.talk.id === dialog_id) this.talk.missing = true;
    this.notify();
  }

  // Every view of a ticket comes by here, whichever way it came.
  /** @param {any} view */
  #take(view) {
    this.alerts.judge(view, this.tickets.merge(view));
  }

  watchQueue() {
    const { waiting } = this.tickets;
    this.counters = { ...this.counters, waiting: Math.max(this.queued, waiting.length) };
    // Of a long queue the first page is known; when it has become short, the next is asked for.
    if (this.queued > waiting.length && waiting.length < FEW && this.connection.online) this.refreshSoon();
    this.alerts.watch();
    const waits = new Set(waiting.map((one) => one.id));
    closeStale((kind, id) => (kind === "waiting" ? waits.has(id) : id !== this.talk?.id)).catch(() => {});
  }

  // Everything anew: after every hello, and when something moved that events only hint at.
  async refresh({ anew = false } = {}) {
    try {
      await this.learnMyself();
      const [queue, mine, aside, { operators }, , listed, named] = await Promise.all([
        this.fetch("queue:watch", "tickets", { enough: FEW }),
        this.fetch("ticket:mine", "tickets"),
        this.fetch("ticket:mine", "tickets", { data: { snoozed: true } }),
        this.fetch("operator:list", "operators"),
        fetchCanned(this),
        anew && this.may("ticket:list") ? this.ask("ticket:list", { limit: PAGE }) : { tickets: [] },
        anew ? this.fetch("mention:list", "mentions") : { mentions: [] },
      ]);
      if (anew) this.#startOver(listed);
      takeDepartments(this, queue.departments);
      const [waiting, own] = [itemsOf(queue.tickets), itemsOf(mine.tickets)];
      const listed_to = queue.cursor && turnOf(waiting.at(-1) ?? {});
      const gone = new Set(
        this.tickets.waiting.filter((one) => !listed_to || turnOf(one) <= listed_to).map((one) => one.id),
      );
      const known = [listed, aside].flatMap(({ tickets }) => itemsOf(tickets));
      for (const ticket of [...known, ...own, ...waiting]) this.#take(ticket);
      for (const ticket of waiting) gone.delete(ticket.id);
      for (const id of gone) this.#fetchTicket(id);
      this.queued = queue.cursor ? queue.waiting : 0;
      this.operators = itemsOf(operators, "username");
      this.counters = { waiting: queue.waiting ?? 0, operators_online: queue.operators_online ?? 0 };
      if (anew) this.alerts.takeMentions(named.mentions ?? [], this.alerts.news.begin());
      this.watchQueue();
      this.listed = true;
      if (anew) renew(this).catch(() => {});
      if (anew && this.may("visitor:watch")) this.visitors.watch();
      if (anew && this.may("view:list")) this.ask("view:list", {}).then((told) => takeViews(this, told), () => {});
      fetchQueueOf(this);
      this.show(this.tab);
    } catch (error) {
      if (error instanceof Refused) this.toasts.say(this.explain(error), "alert");
    }
  }

  #colleaguesSoon() {
    if (this.#colleagues) return;
    this.#colleagues = setTimeout(async () => {
      this.#colleagues = 0;
      const told = await this.fetch("operator:list", "operators").catch(() => null);
      if (!told) return;
      this.operators = itemsOf(told.operators, "username");
      this.watchQueue();
      this.notify();
    }, LATER);
  }

  refreshSoon() {
    if (this.#soon) return;
    this.#soon = setTimeout(() => {
      this.#soon = 0;
      this.refresh();
    }, SOON);
  }

  /** @param {{ cursor: any }} props */
  #startOver({ cursor }) {
    this.tickets.clear();
    this.cursors = this.filter ? {} : { all: cursor };
  }

  /** @param {string} ticket_id */
  #fetchTicket(ticket_id) {
    this.ask("ticket:get", { ticket_id, limit: 1 }).then(
      ({ ticket }) => this.takeTicket(ticket),
      () => {},
    );
  }

  // The next page of a list; a search goes through all of them.
  async loadMore(tab = this.tab) {
    const { asks } = TABS[tab];
    if (!asks || this.cursors[tab] === null) return;
    const cursor = this.cursors[tab];
    this.cursors[tab] = null;
    const { department } = this.tickets;
    const narrowed = { ...(department !== null && { department }), ...this.filter, ...asks };
    const asked = { ...narrowed, limit: PAGE * 2, ...(cursor && { cursor }) };
    const told = await this.ask("ticket:list", asked).catch(() => ({ tickets: [], cursor }));
    for (const ticket of itemsOf(told.tickets)) this.#take(ticket);
    this.cursors[tab] = told.cursor;
    this.notify();
  }

  /** @param {string} query */
  async search(query) {
    this.query = query;
    this.notify();
    for (let pages = query ? SEARCH_PAGES : 0; pages > 0; pages -= 1) {
      if (this.query !== query || this.cursors[this.tab] === null) return;
      if (!this.connection.online || !TABS[this.tab].asks) return;
      await this.loadMore();
    }
  }

  /** @param {string} tab */
  show(tab) {
    if (this.tab !== tab) this.kept.set({ tab });
    this.tab = tab;
    this.notify();
    if (TABS[tab].asks && this.cursors[tab] === undefined) this.loadMore(tab);
  }

  get visible() {
    const [listed, now] = [this.tickets.list(this.tab, this.query), Date.now() + this.skew];
    return listed.filter((/** @type {any} */ one) => isWithin(this.filter, one, now));
  }

  /** @param {string} id */
  open(id) {
    if (location.hash.slice(1) === id) this.#follow(id);
    else location.hash = id;
  }

  // Where a message was said; hit: of what dialog, and its seq.
  /** @param {string} id @param {any} hit */
  openAt(id, { dialog_id, seq }) {
    this.sought = { id, dialog_id, seq };
    if (this.talk?.id === id) this.notify();
    else this.open(id);
  }

  closeTicket() {
    history.replaceState(null, "", location.pathname + location.search);
    this.#follow("");
  }

  /** @param {string} id */
  #follow(id) {
    if (!this.id || id === (this.talk?.id ?? "")) return;
    this.talk?.leave();
    this.panel = false;
    this.talk = id ? new Talk(this, decodeURIComponent(id)) : null;
    if (this.talk) {
      this.alerts.onOpen(this.talk.id);
      this.talk.open();
    }
    this.notify();
  }

  /** @param {number} by */
  step(by) {
    const ids = this.visible.map((one) => one.id);
    const at = ids.indexOf(this.talk?.id);
    const next = ids[at < 0 ? 0 : at + by];
    if (next) this.open(next);
  }

  /** @param {{ participant: any, server_time: any, files: any }} props */
  #welcome({ participant, server_time, files }) {
    this.unsent.files.limits = files;
    this.id = participant.id;
    this.skew = Date.parse(server_time) - Date.now();
    queueMicrotask(async () => {
      if (this.away) this.ask("presence:set", { status: "away" }).catch(() => {});
      await this.refresh({ anew: true });
      if (this.talk) await this.talk.open();
      else this.#follow(location.hash.slice(1));
      this.unsent.flush();
    });
  }

  /** @param {any} error */
  #onRefused(error) {
    if (GONE.has(error.code)) this.leave(this.t("sessionOver"));
  }

  /** @param {any} closed */
  #onDismissed(closed) {
    if (!this.#leaving) this.leave(this.t(whyEnded(closed)));
  }

  /** @param {{ change: any, ticket: any, operators_online: any, waiting: any }} props */
  #onQueueUpdate({ change, ticket, operators_online, waiting }) {
    if (this.queued) this.queued = waiting ?? this.queued;
    this.counters.operators_online = operators_online ?? this.counters.operators_online;
    if (ticket) this.takeTicket(ticket);
    const mine = ticket?.operator === this.me.username;
    if (mine && TOLD.includes(change)) this.toasts.say(this.t(change, { name: asText(ticket.customer_name) }));
    if (!ticket || mine) this.refreshSoon();
    else this.#colleaguesSoon();
    if (ticket?.id === this.talk?.id) this.talk?.openIfMine();
    this.watchQueue();
    this.notify();
  }

  async accept(id = this.tickets.waiting[0]?.id) {
    if (!id) return;
    this.alerts.hush(id);
    const told = await this.act("ticket:accept", { ticket_id: id });
    if (!told) return;
    this.show("mine");
    if (this.talk?.id === id) this.talk?.openIfMine();
    else this.open(id);
  }

  /** @param {string} id */
  takeOver(id) {
    return this.act("ticket:transfer", { ticket_id: id, operator: this.me.username });
  }

  get away() {
    return this.kept.get().away;
  }

  /** @param {boolean} away */
  setAway(away) {
    this.kept.set({ away });
    if (away) this.alerts.hushAll();
    this.act("presence:set", { status: away ? "away" : "online" });
    this.notify();
  }

  /** @param {any} changes */
  setSound(changes) {
    this.kept.set(changes);
    this.notify();
  }

  /** @param {any} changes */
  set(changes) {
    Object.assign(this, changes);
    this.notify();
  }

  async signOut() {
    this.#leaving = true;
    try {
      await api("POST", "/manager/logout", {});
      this.kept.set({ texts: {} });
      this.leave("");
    } catch (error) {
      this.#leaving = false;
      if (error.code === "unauthenticated") this.leave("");
      else this.toasts.say(this.explain(error), "alert");
    }
  }
}
