// The lists of the console as the daemon has them: the queue, one's own, pages of all others.
import { Refused } from "../shared/connection.js";
import { itemsOf } from "../shared/fence.js";
import { fetchCanned } from "./canned.js";
import { fetchQueueOf, takeDepartments } from "./departments.js";
import { takeViews } from "./filter.js";
import { turnOf } from "./labels.js";
import { renew } from "./push.js";
import { TABS } from "./tickets.js";

const PAGE = 50;
const FEW = 50;
const SOON = 120;
const REFRESH = 15_000;
const SEARCH_PAGES = 20;

export class Lists {
  queued = 0; // how many wait, when those are more than a page holds
  /** @type {Record<string, string | null | undefined>} */
  cursors = {};
  #soon = 0;
  #often = 0;
  // For each refresh under way what became of tickets since it asked: newer than what it is answered.
  /** @type {Set<(() => void)[]>} */
  #refreshes = new Set();

  /** @param {import("./model.js").ConsoleModel} model */
  constructor(model) {
    this.model = model;
  }

  start() {
    this.#often = setInterval(
      () => this.model.connection.online && document.visibilityState === "visible" && this.refresh(),
      REFRESH,
    );
  }

  end() {
    clearInterval(this.#often);
  }

  // Done at once, and once more over what is answered to whoever has asked already.
  /** @template T @param {() => T} change @returns {T} */
  apply(change) {
    for (const since of this.#refreshes) since.push(change);
    return change();
  }

  // Everything anew: after every hello, and when something moved that events only hint at.
  async refresh({ anew = false } = {}) {
    const { model } = this;
    model.colleagues.begin();
    /** @type {(() => void)[]} */
    const since = [];
    this.#refreshes.add(since);
    try {
      await model.learnMyself();
      const [queue, mine, aside, { operators }, , listed, named] = await Promise.all([
        model.fetch("queue:watch", "tickets", { enough: FEW }),
        model.fetch("ticket:mine", "tickets"),
        model.fetch("ticket:mine", "tickets", { data: { snoozed: true } }),
        model.fetch("operator:list", "operators"),
        fetchCanned(model),
        anew && model.may("ticket:list") ? model.ask("ticket:list", { limit: PAGE }) : { tickets: [] },
        anew ? model.fetch("mention:list", "mentions") : { mentions: [] },
      ]);
      if (anew) this.#startOver(listed);
      takeDepartments(model, queue.departments);
      model.colleagues.take(queue.colleagues);
      const [waiting, own] = [itemsOf(queue.tickets), itemsOf(mine.tickets)];
      const gone = this.#missingOf(waiting, queue.cursor);
      const known = [listed, aside].flatMap(({ tickets }) => itemsOf(tickets));
      const rows = [...known, ...own, ...waiting];
      for (const row of rows) model.tickets.merge(row);
      for (const change of since) change();
      for (const row of rows) model.judge(row);
      for (const id of gone) this.#fetchTicket(id);
      this.queued = queue.cursor ? queue.waiting : 0;
      model.operators = itemsOf(operators, "username");
      model.counters = { waiting: queue.waiting ?? 0, operators_online: queue.operators_online ?? 0 };
      if (anew) model.alerts.takeMentions(named.mentions ?? [], model.alerts.news.begin());
      model.watchQueue();
      model.listed = true;
      if (anew) this.#begin();
      fetchQueueOf(model);
      model.show(model.tab);
    } catch (error) {
      if (error instanceof Refused) model.toasts.say(model.explain(error), "alert");
    } finally {
      this.#refreshes.delete(since);
    }
  }

  // What else is wanted once the lists are there.
  #begin() {
    const { model } = this;
    renew(model).catch(() => {});
    if (model.may("visitor:watch")) model.visitors.watch();
    if (!model.may("view:list")) return;
    model.ask("view:list", {}).then(
      (/** @type {any} */ told) => takeViews(model, told),
      () => {},
    );
  }

  // Those that waited, and are not in the queue as far as it was listed.
  /** @param {any[]} waiting @param {unknown} cursor */
  #missingOf(waiting, cursor) {
    const end = cursor && turnOf(waiting.at(-1) ?? {});
    const there = new Set(waiting.map((one) => one.id));
    return this.model.tickets.waiting
      .filter((one) => !there.has(one.id) && (!end || turnOf(one) <= end))
      .map((one) => one.id);
  }

  refreshSoon() {
    if (this.#soon) return;
    this.#soon = setTimeout(() => {
      this.#soon = 0;
      this.refresh();
    }, SOON);
  }

  // Of a long queue the first page is known; when it has become short, the next is asked for.
  watchQueue() {
    const { model } = this;
    const known = model.tickets.waiting.length;
    if (this.queued > known && known < FEW && model.connection.online) this.refreshSoon();
  }

  /** @param {{ cursor: any }} props */
  #startOver({ cursor }) {
    this.model.tickets.clear();
    this.cursors = this.model.filter ? {} : { all: cursor };
  }

  /** @param {string} ticket_id */
  #fetchTicket(ticket_id) {
    this.model.ask("ticket:get", { ticket_id, limit: 1 }).then(
      (/** @type {any} */ { ticket }) => this.model.takeTicket(ticket),
      () => {},
    );
  }

  // The next page of a list; a search goes through all of them.
  async loadMore(tab = this.model.tab) {
    const { model, cursors } = this;
    const { asks } = TABS[tab];
    if (!asks || cursors[tab] === null) return;
    const cursor = cursors[tab];
    cursors[tab] = null;
    const { department } = model.tickets;
    const narrowed = { ...(department !== null && { department }), ...model.filter, ...asks };
    const asked = { ...narrowed, limit: PAGE * 2, ...(cursor && { cursor }) };
    const told = await model.ask("ticket:list", asked).catch(() => ({ tickets: [], cursor }));
    for (const ticket of itemsOf(told.tickets)) model.take(ticket);
    this.cursors[tab] = told.cursor;
    model.notify();
  }

  /** @param {string} query */
  async search(query) {
    const { model } = this;
    model.query = query;
    model.notify();
    for (let pages = query ? SEARCH_PAGES : 0; pages > 0; pages -= 1) {
      if (model.query !== query || this.cursors[model.tab] === null) return;
      if (!model.connection.online || !TABS[model.tab].asks) return;
      await this.loadMore();
    }
  }
}
