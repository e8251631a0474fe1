// What the console asks of the daemon, as whom, and how it is told of a refusal.
/** @import { Speaker } from "../shared/types" */
import { fetchAll } from "../shared/fetch-all.js";
import { refusal } from "../shared/refusals.js";
import { Store } from "../shared/store.js";
import { Toasts } from "../shared/toasts.js";
import { grants } from "./may.js";

export class Asking extends Store {
  /** @type {any} */
  connection = null;
  /** @type {any[]} */
  operators = [];
  toasts = new Toasts();

  /** @param {any} me @param {Speaker} t */
  constructor(me, t) {
    super();
    this.me = me;
    this.t = t;
  }

  /** @param {any} _view */
  takeTicket(_view) {}

  refreshSoon() {}

  /** @param {any} event @param {any} data @returns {Promise<any>} */
  ask(event, data) {
    return this.connection.request(event, data);
  }

  /** @param {string} command */
  may(command) {
    return grants(this.me.may, command);
  }

  // All of a list; nothing of one that is not for my role.
  /** @param {string} event @param {string} member @param {object} [more] */
  fetch(event, member, more) {
    return this.may(event) ? fetchAll(this.connection, event, member, more) : Promise.resolve({ [member]: [] });
  }

  // Who I am by now: a role, or what it may, is changed while I work.
  async learnMyself() {
    const { operator } = await this.ask("operator:me", {});
    this.me = { ...this.me, ...operator };
  }

  // An action that may be refused: said in words, never thrown.
  /** @param {any} event @param {any} data */
  async act(event, data) {
    try {
      const told = await this.ask(event, data);
      if (told.ticket) this.takeTicket(told.ticket);
      return told;
    } catch (error) {
      this.toasts.say(this.explain(error), "alert");
      this.refreshSoon();
      return null;
    }
  }

  /** @param {any} error */
  explain(error) {
    const { t } = this;
    if (error.code === "conflict" && error.status === "active") return t("takenBy", { name: this.nameOf(error.by) });
    if (error.code === "conflict" && error.status === "closed") return t("closedBy", { name: this.nameOf(error.by) });
    return refusal(t, error);
  }

  /** @param {string} username */
  nameOf(username) {
    if (!username) return this.t("nobody");
    return this.operators.find((one) => one.username === username)?.display_name ?? username;
  }
}
