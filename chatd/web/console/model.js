// The state of the console: the queue, own tickets, colleagues, the ticket that is open.
/** @import { Speaker } from "../shared/types" */
import { SOCKET } from "../shared/base.js";
import { client } from "../shared/client.js";
import { asText, itemsOf } from "../shared/fence.js";
import { connectPhone } from "../shared/phone.js";
import { Alerts, VOLUMES } from "./alerts.js";
import { Asking } from "./asking.js";
import { api } from "./http.js";
import { listen, closeStale } from "./push.js";
import { whyEnded } from "./end-reason.js";
import { Visitors } from "./visitors.js";
import { Colleagues, warn } from "./colleagues.js";
import { isWithin } from "./filter.js";
import { Lists } from "./lists.js";
import { Opened } from "./opened.js";
import { TABS, Tickets } from "./tickets.js";

// Changes of one's own tickets that one is told of, wherever one looks.
const TOLD = ["woken", "due_soon", "overdue"];
const HEADERS = () => ({ "X-Chatd-Csrf": "1" });
const LATER = 1_000;
const GONE = new Set(["unauthenticated", "forbidden"]);

export class ConsoleModel extends Asking {
  query = "";
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
  called = "";
  /** @type {string | null} */
  id = null;
  skew = 0;
  begun = 0; // when the daemon let this page in first, ms by its clock
  /** @type {any[]} */
  canned = [];
  /** @type {any[]} */
  departments = [];
  counters = { waiting: 0, operators_online: 0 };
  colleagues = new Colleagues();
  #colleagues = 0;
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
        "colleague:update": (told) => this.#onColleagues(told),
        "note:mention": (told) => this.alerts.onMention(told),
      },
    });
    this.connection = connection;
    this.unsent = unsent;
    this.kept = kept;
    this.tab = kept.get().tab;
    this.alerts = new Alerts(this);
    this.visitors = new Visitors(this);
    this.lists = new Lists(this);
    this.opened = new Opened(this);
    const quiet = () => !kept.get().sound;
    this.phone = connectPhone({ connection, t, root: document, quiet, me: () => this.id, headers: HEADERS });
    this.#listen();
  }

  #listen() {
    const look = () => this.alerts.onVisibility();
    document.addEventListener("visibilitychange", look);
    this.#offs.push(() => document.removeEventListener("visibilitychange", look));
    this.#offs.push(listen((id) => this.open(id)));
  }

  start() {
    this.connection.start();
    this.lists.start();
  }

  end() {
    for (const off of this.#offs) off();
    this.lists.end();
    this.alerts.stop();
    this.phone.end();
    this.opened.end();
    this.connection.stop();
  }

  /** @param {any} told */
  takeTicket(told) {
    const [view] = itemsOf([told]);
    if (!view) return;
    this.take(view);
    this.watchQueue();
    this.notify();
  }

  /** @param {any} told */
  #onDialogUpdate({ dialog_id, change, dialog }) {
    if (dialog?.kind === "ticket") this.takeTicket(dialog);
    if (change !== "erased") return;
    this.lists.apply(() => this.tickets.drop(dialog_id));
    if (this.talk && this.talk.id === dialog_id) this.talk.missing = true;
    this.notify();
  }

  /** @param {any} view */
  take(view) {
    this.lists.apply(() => this.tickets.merge(view));
    this.judge(view);
  }

  // Every view of a ticket comes by here, whichever way it came.
  /** @param {any} view */
  judge(view) {
    const ticket = this.tickets.get(view.id);
    if (ticket) this.alerts.judge(view, ticket);
  }

  watchQueue() {
    const { waiting } = this.tickets;
    this.counters = { ...this.counters, waiting: Math.max(this.lists.queued, waiting.length) };
    this.lists.watchQueue();
    this.alerts.watch();
    const waits = new Set(waiting.map((one) => one.id));
    closeStale((kind, id) => (kind === "waiting" ? waits.has(id) : id !== this.talk?.id)).catch(() => {});
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
    this.lists.refreshSoon();
  }

  /** @param {string} tab */
  show(tab) {
    if (this.tab !== tab) this.kept.set({ tab });
    this.tab = tab;
    this.notify();
    if (TABS[tab].asks && this.lists.cursors[tab] === undefined) this.lists.loadMore(tab);
  }

  get visible() {
    const [listed, now] = [this.tickets.list(this.tab, this.query), Date.now() + this.skew];
    return listed.filter((/** @type {any} */ one) => isWithin(this.filter, one, now));
  }

  get talk() {
    return this.opened.talk;
  }

  /** @param {string} id */
  open(id) {
    this.opened.open(id);
  }

  /** @param {{ participant: any, server_time: any, files: any }} props */
  #welcome({ participant, server_time, files }) {
    this.unsent.files.limits = files;
    this.id = participant.id;
    this.skew = Date.parse(server_time) - Date.now();
    this.begun ||= Date.parse(server_time);
    queueMicrotask(async () => {
      if (this.away) this.ask("presence:set", { status: "away" }).catch(() => {});
      await this.lists.refresh({ anew: true });
      if (this.talk) await this.talk.open();
      else this.opened.hash();
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
    if (this.lists.queued) this.lists.queued = waiting ?? this.lists.queued;
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

  /** @param {any} told */
  #onColleagues(told) {
    this.colleagues.hear(told);
    this.notify();
  }

  async accept(id = this.tickets.waiting[0]?.id) {
    if (!id) return;
    this.alerts.hush(id);
    const told = await this.act("ticket:accept", { ticket_id: id });
    if (!told) return;
    warn(this, told.ticket);
    this.show("mine");
    if (this.talk?.id === id) this.talk?.openIfMine();
    else this.open(id);
  }

  /** @param {string} id */
  async takeOver(id) {
    const told = await this.act("ticket:transfer", { ticket_id: id, operator: this.me.username });
    if (told) warn(this, told.ticket);
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
