// Where WebSockets are blocked: a customer's commands as plain HTTP, news by asking every 3 s.
/** @import { Fallback } from "./types" */
import { Disconnected, Refused } from "./connection.js";
import { messages } from "./fence.js";
import { asJson } from "./store.js";

const EVERY = 3_000;
// Who is there and what they do is not told to who polls.
const nobodyThere = () => ({ participants: [], drafts: [], receipts: {} });

/** @implements {Fallback} */
export class Polling {
  #timer = 0;
  /** @type {any} */
  #ticket = null;
  /** @type {number | null} */
  #last = 0;
  /** @type {number | null} */
  #rev = null;
  #running = false;
  /** @type {import("./protocol").FileLimits | undefined} */
  limits;

  // who(): {token, site}; keep(token): a visitor's token that the daemon has made.
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {{ base: string, who: () => any, keep: (token: string) => void }} made
   */
  constructor(connection, { base, who, keep }) {
    this.connection = connection;
    this.base = base;
    this.who = who;
    this.keep = keep;
  }

  // Whether the daemon can be reached at all; and how much of files it takes.
  async start() {
    const { files } = await this.#http("GET", `/api/site${siteQuery(this.who().site)}`);
    this.limits = files ?? undefined;
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** @param {string} event @param {any} data */
  request(event, data) {
    return COMMANDS[event] ? COMMANDS[event](this, data) : Promise.resolve({});
  }

  /** @param {{ limit: number, cursor?: string }} asked */
  own({ limit, cursor }) {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    return this.#http("GET", `/api/support/tickets?limit=${limit}${more}`);
  }

  /** @param {any} asked */
  async open({ content: message, wants_person, ...asked }) {
    const { user_token } = /** @type {any} */ (this.connection.greeting());
    const form = withoutEmpty({ ...asked, message, user_token, site: this.who().site });
    const told = await this.#http("POST", wants_person ? REQUEST : SEND, form);
    this.keep(told.token);
    const { ticket } = await this.#http("GET", `${READ}${told.ticket_id}?limit=1`);
    return { ticket, message: told.message && asMessage(told.message) };
  }

  /** @param {any} asked */
  async send({ dialog_id, content, client_id, reply_to, type, files }) {
    if (reply_to || files) {
      const form = withoutEmpty({ content, client_id, reply_to, type, files });
      return { message: asMessage(await this.#http("POST", `${DIALOG}${dialog_id}`, { content, ...form })) };
    }
    const told = await this.#http("POST", SEND, { ticket_id: dialog_id, message: content, client_id });
    return { message: asMessage(told.message) };
  }

  // One that did not get through is told again in a moment, as long as there is a line.
  /** @param {"delivered" | "read"} kind @param {any} asked */
  async receipt(kind, { dialog_id, seq }) {
    try {
      return await this.#http("POST", `/api/messages/${kind}/${dialog_id}`, { seq });
    } catch (error) {
      throw error instanceof Disconnected ? new Refused({ code: "unavailable" }) : error;
    }
  }

  // How its customer is reached who goes.
  /** @param {string} what @param {any} asked */
  tellOfTicket(what, { ticket_id, ...rest }) {
    return this.#http("POST", `/api/support/${what}/${ticket_id}`, rest);
  }

  /** @param {any} asked */
  async person({ ticket_id }) {
    await this.#http("POST", REQUEST, { ticket_id });
    return this.#http("GET", `${READ}${ticket_id}?limit=1`);
  }

  /** @param {any} asked */
  async join({ dialog_id, after_seq, after_rev }) {
    const page = await this.#page(dialog_id, after_seq, after_rev);
    this.#ticket = dialog_id;
    this.#know(page, after_seq);
    this.#running = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), EVERY);
    return { ...page, ...nobodyThere() };
  }

  /** @param {any} asked */
  async history({ dialog_id, before_seq, after_seq, limit = 50 }) {
    const query = before_seq ? `before_seq=${before_seq}` : `after_seq=${after_seq ?? 0}`;
    const path = `${DIALOG}${dialog_id}?${query}&limit=${limit}`;
    const page = await this.#http("GET", path);
    return { ...page, messages: asMessages(page.messages) };
  }

  /** @param {string} id @param {number | null} after @param {number | null} rev @returns {Promise<any>} */
  async #page(id, after, rev) {
    const changed_after = rev == null ? "" : `&after_rev=${rev}`;
    const query = after == null ? "limit=50" : `after=${after}${changed_after}`;
    const { ticket, changed = [], ...page } = await this.#http("GET", `${READ}${id}?${query}`);
    return { ...page, dialog: ticket, messages: asMessages(page.messages), changed: asMessages(changed) };
  }

  /** @param {any} page @param {number | null} after */
  #know(page, after) {
    this.#last = page.messages.at(-1)?.seq ?? (page.resync ? 0 : (after ?? 0));
    this.#rev = page.rev ?? null;
  }

  async #ask() {
    try {
      const page = await this.#page(this.#ticket, this.#last, this.#rev);
      if (!this.#running) return;
      this.#tell(page, page.resync || this.#last === null);
      this.#know(page, this.#last);
    } catch (error) {
      if (error instanceof Disconnected || error.code === "not_found") this.stop();
      if (error instanceof Disconnected) this.connection.unreachable();
      // Restored from a backup, it has fewer messages than we saw: read it anew.
      if (error.code === "conflict") this.#last = this.#rev = null;
    }
    if (this.#running) this.#timer = setTimeout(() => this.#ask(), EVERY);
  }

  // As if it had been announced.
  /** @param {any} page @param {unknown} anew */
  #tell(page, anew) {
    const [dialog_id, { dialog }] = [this.#ticket, page];
    if (anew) this.connection.emit("dialog:resync", { ...page, ...nobodyThere(), dialog_id, resync: true });
    else {
      for (const message of page.changed) this.connection.emit("message:update", message);
      for (const message of page.messages) this.connection.emit("message:new", message);
    }
    this.connection.emit("dialog:update", { dialog_id, change: "polled", dialog });
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #http(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (this.who().token) headers.Authorization = `Bearer ${this.who().token}`;
    let answer;
    try {
      /** @type {RequestInit} */
      const options = { method, headers, credentials: "omit", body: body && asJson(body) };
      answer = await fetch(this.base + path, options);
    } catch {
      throw new Disconnected(path);
    }
    const told = await answer.json().catch(() => ({ success: false, error: {} }));
    if (!told.success) throw new Refused({ code: "internal", ...told.error });
    return told.data;
  }
}

const SEND = "/api/support/send-message";
const REQUEST = "/manager/request";
const DIALOG = "/api/messages/dialog/";
const READ = "/api/support/messages/";

const refuse = () => Promise.reject(new Refused({ code: "unavailable", message: "only over a WebSocket" }));

/** @type {Record<string, (http: Polling, data: any) => Promise<any>>} */
const COMMANDS = {
  "ticket:open": (http, data) => http.open(data),
  "message:send": (http, data) => http.send(data),
  "message:edit": refuse,
  "message:delete": refuse,
  "receipt:delivered": (http, data) => http.receipt("delivered", data),
  "receipt:read": (http, data) => http.receipt("read", data),
  "ticket:update": (http, data) => http.tellOfTicket("update", data),
  "ticket:close": (http, data) => http.tellOfTicket("close", data),
  "ticket:cancel": (http, data) => http.tellOfTicket("cancel", data),
  "ticket:rate": (http, data) => http.tellOfTicket("rate", data),
  "ticket:transcript": (http, data) => http.tellOfTicket("transcript", data),
  "push:key": refuse,
  "push:subscribe": refuse,
  "ticket:request": (http, data) => http.person(data),
  "dialog:join": (http, data) => http.join(data),
  "history:get": (http, data) => http.history(data),
  "ticket:own": (http, data) => http.own(data),
};

/** @param {string} [site] */
const siteQuery = (site) => (site ? `?site=${encodeURIComponent(site)}` : "");

/** @param {object} form */
const withoutEmpty = (form) =>
  Object.fromEntries(Object.entries(form).filter(([, value]) => value != null && value !== ""));

/** @param {any} told */
const asMessage = ({ message, ticket_id, ...rest }) => ({
  dialog_id: ticket_id,
  ...rest,
  content: message,
});

/** @param {any} list */
const asMessages = (list) => messages(Array.isArray(list) ? list.map((one) => asMessage({ ...one })) : []);
