// All tickets that the console has heard of, in the lists that it shows.

import { asText } from "../shared/fence.js";
import { tagsOf, turnOf } from "./labels.js";

const MOST = 3_000;
const MOST_TAGS = 200;

// When something was said, or somebody took it, or closed it: notices of the house are no last words.
/** @param {any} ticket */
const timeOf = ({ last_message, accepted_at, closed_at, updated_at, created_at }) =>
  [last_message?.at, accepted_at, closed_at].map(asText).sort().at(-1) || asText(updated_at ?? created_at);
/** @param {any} a @param {any} b */
const latest = (a, b) => (timeOf(a) < timeOf(b) ? 1 : -1);
/** @param {any} a @param {any} b */
const waitedLonger = (a, b) => turnOf(a).localeCompare(turnOf(b));

// Of a department that is others' business only what is offered to oneself.
/** @param {any} one @param {string} me @param {Set<any>} closed */
function isInQueue({ status, department, offered_to }, me, closed) {
  return status === "waiting" && (!closed.has(department) || offered_to === me);
}

/** @param {any} one @param {string} me */
const isMine = (one, me) => one.status === "active" && one.operator === me;

// Of what status one is to be accepted.
export const WAITS = new Set(["waiting", "bot"]);

// tab → which tickets are in it, in what order, and what more of them is asked of the daemon.
/** @type {Record<string, { label: string, empty: string, has: (one: any, me: string, closed: Set<any>) => boolean,
  order: (a: any, b: any) => number, asks?: Record<string, string> }>} */
export const TABS = {
  queue: { label: "tabQueue", empty: "emptyQueue", has: isInQueue, order: waitedLonger },
  mine: {
    label: "tabMine",
    empty: "emptyMine",
    has: (one, me) => isMine(one, me) && !one.snoozed_until,
    order: latest,
  },
  all: { label: "tabAll", empty: "emptyAll", has: () => true, order: latest, asks: {} },
  closed: {
    label: "tabClosed",
    empty: "emptyAll",
    has: (one) => one.status === "closed",
    order: latest,
    asks: { status: "closed" },
  },
};

export class Tickets {
  #all = new Map();
  sites = new Set();
  closed = new Set(); // departments whose tickets are others' business
  /** @type {string | null} */
  department = null; // the one that is looked at
  aside = false; // of one's own, those that are put aside

  /** @param {any} me */
  constructor(me) {
    this.me = me;
  }

  /** @param {string} id */
  get(id) {
    return this.#all.get(id);
  }

  // Rows of the queue and whole views alike: what is not said stays as it was.
  /** @param {any} view */
  merge(view) {
    const known = this.#all.get(view.id);
    if (view.site) this.sites.add(view.site);
    const last_message = { ...(view.last_seq === known?.last_seq && known?.last_message), ...view.last_message };
    // A whole view that says nothing of an address knows of none.
    const address = view.kind === "ticket" && { contact: "", phone: "", offline: false, answers: [], targets: {} };
    const ticket = { ...known, ...address, ...view, ...(view.last_message && { last_message }) };
    if (view.operator !== undefined && view.operator !== known?.operator) delete ticket.operator_name;
    if (WAITS.has(known?.status)) ticket.missed = ticket.status === "active" && ticket.operator !== this.me;
    this.#all.delete(view.id);
    this.#all.set(view.id, ticket);
    if (this.#all.size > MOST) this.#forgetOne();
    return ticket;
  }

  /** @param {string} id */
  drop(id) {
    this.#all.delete(id);
  }

  #forgetOne() {
    for (const [id, ticket] of this.#all) {
      if (ticket.status !== "closed") continue;
      this.#all.delete(id);
      return;
    }
  }

  // Anew after a reconnection: nothing of what was known is sure any more.
  clear() {
    this.#all.clear();
  }

  /** @param {string} tab */
  count(tab) {
    let n = 0;
    for (const ticket of this.#all.values()) if (this.#isIn(tab, ticket)) n += 1;
    return n;
  }

  // As far as the department that is looked at goes.
  /** @param {string} tab @param {any} ticket */
  #isIn(tab, ticket) {
    const own = this.department === null;
    const fits = own || asText(ticket.department ?? "") === this.department;
    return fits && TABS[tab].has(ticket, this.me, own ? this.closed : new Set());
  }

  get waiting() {
    const { has, order } = TABS.queue;
    return [...this.#all.values()].filter((one) => has(one, this.me, this.closed)).sort(order);
  }

  // One's own that are put aside.
  get snoozed() {
    return [...this.#all.values()].filter((one) => isMine(one, this.me) && one.snoozed_until);
  }

  // Those that are in use, as far as is known here.
  /** @returns {string[]} */
  get tags() {
    return [...new Set([...this.#all.values()].flatMap(tagsOf))].sort().slice(0, MOST_TAGS);
  }

  // One's own in which something is unread.
  get answered() {
    return this.list("mine").filter((one) => this.unreadOf(one) > 0);
  }

  /** @param {string} tab */
  unread(tab) {
    return this.list(tab).reduce((sum, one) => sum + this.unreadOf(one), 0);
  }

  /** @param {any} ticket */
  unreadOf(ticket) {
    return ticket.operator === this.me && ticket.status === "active" ? (ticket.unread ?? 0) : 0;
  }

  /** @param {string} tab */
  list(tab, query = "") {
    const { order } = TABS[tab];
    if (tab === "mine" && this.aside) return this.snoozed.sort(order);
    const sought = query.toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.#all.values()].filter((ticket) => this.#isIn(tab, ticket) && matches(ticket, sought)).sort(order);
  }
}

/** @param {any} ticket @param {any} sought */
function matches(ticket, sought) {
  if (!sought.length) return true;
  const { id, site, customer_name, operator, operator_name, department, last_message } = ticket;
  const text = [id, site, customer_name, operator, operator_name, department, last_message?.text, ...tagsOf(ticket)]
    .map(asText)
    .join(" ")
    .toLowerCase();
  return sought.every((/** @type {string} */ word) => text.includes(word));
}
