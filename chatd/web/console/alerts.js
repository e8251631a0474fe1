// What the operator is called for: how loud, in what words, and when there is no use in it.
/** @import { Speaker } from "../shared/types" */
import { asText } from "../shared/fence.js";
import { lastText } from "../shared/last-words.js";
import { plainText } from "../shared/markdown.js";
import { retitle } from "../shared/title.js";
import { Attention } from "./attention.js";
import { News } from "./ticket-news.js";

/** @type {Record<string, number>} */
export const VOLUMES = { waiting: 0.7, reply: 0.5, transfer: 0.7, mention: 0.6 };

/** @type {Record<string, string>} */
const TITLES = { waiting: "newWaiting", reply: "newReply", transfer: "newTransfer", mention: "newMention" };

/** @param {Speaker} t @param {string} kind @param {any} ticket */
export const wordsOf = (t, kind, { customer_name, last_message }) => ({
  title: `${t(TITLES[kind])}: ${asText(customer_name)}`,
  body: lastText(t, last_message),
});

/** @param {{ sites: string[] }} operator @param {string} site */
export const serves = ({ sites }, site) => !Array.isArray(sites) || !sites.length || sites.includes(site);

// Whether anybody could take this ticket; as long as nobody is known, perhaps.
/** @param {any[]} operators @param {{ site: string }} ticket */
export const hasRoom = (operators, { site }) =>
  !operators.length ||
  operators.some((one) => one.available && one.active < one.capacity && serves(one, site));

export class Alerts {
  /** @param {any} model */
  constructor(model) {
    const { t, me } = model;
    this.model = model;
    this.news = new News(me.username);
    this.attention = new Attention({
      name: `chatd:console:${me.username}:bell`,
      volume: (/** @type {string} */ kind) => this.volume(kind),
      words: (/** @type {string} */ kind, /** @type {any} */ ticket) => wordsOf(t, kind, ticket),
      open: (/** @type {string} */ id) => model.open(id),
      setCalled: (/** @type {string} */ called) => model.set({ called }),
      hasRoom: (/** @type {any} */ ticket) => hasRoom(model.operators, ticket),
    });
  }

  stop() {
    this.attention.stop();
  }

  /** @param {string} kind */
  volume(kind) {
    const { sound, volumes } = this.model.kept.get();
    return sound ? { ...VOLUMES, ...volumes }[kind] : 0;
  }

  // Who waits, or what has room, may be different. Whom the operator found waiting is not new; who
  // came while the lists were still on their way is.
  watch() {
    const { tickets, away, listed, begun } = this.model;
    this.attention.watch(tickets.waiting, { away, since: listed ? 0 : begun });
    this.#retitle();
  }

  // The title tells how many tickets want something of whoever sits here.
  #retitle() {
    const { waiting, answered } = this.model.tickets;
    const known = [...waiting, ...answered].map((one) => one.id);
    retitle(this.model.t("console"), new Set([...known, ...this.attention.unseen]).size);
  }

  // Whether a ticket is before the eyes of whoever sits here.
  /** @param {string} id */
  isShown(id) {
    return !document.hidden && this.model.talk?.id === id;
  }

  onVisibility() {
    const { talk } = this.model;
    talk?.markSeen();
    if (talk && this.isShown(talk.id)) this.markSeen(talk.id);
  }

  /** @param {string} id */
  onOpen(id) {
    this.hush(id);
    if (this.isShown(id)) this.markSeen(id);
  }

  /** @param {string} id */
  markSeen(id) {
    this.attention.markSeen(id);
    this.#retitle();
  }

  /** @param {string} id */
  hush(id) {
    this.attention.hush(id);
  }

  hushAll() {
    this.attention.hushAll();
  }

  // A ticket as it was told of just now, and with what was known before.
  /** @param {any} view @param {any} ticket */
  judge(view, ticket) {
    for (const kind of this.news.kindsOf(view, ticket)) {
      if (kind === "transfer") this.#offer(ticket, "handedToYou");
      if (!this.isShown(ticket.id)) this.#tell(kind, ticket);
    }
    // Read elsewhere.
    if (ticket.unread === 0) this.attention.markSeen(ticket.id, "reply");
  }

  /** @param {any} told */
  onMention(told) {
    const { ticket, sender_name, text } = told;
    this.model.takeTicket(ticket);
    if (!this.news.isNewMention(told) || this.isShown(ticket.id)) return;
    this.#tell("mention", ticket, { body: `${asText(sender_name)}: ${plainText(text)}` });
  }

  // All notes that name the operator and are not read. first: they have just come.
  /** @param {any[]} told @param {boolean} first */
  takeMentions(told, first) {
    const whole = told.filter((one) => typeof one?.id === "string" && typeof one.ticket?.id === "string");
    if (!first) return whole.forEach((one) => this.onMention(one));
    const fresh = whole.filter((one) => this.news.isNewMention(one) && !this.isShown(one.ticket.id));
    for (const { ticket } of fresh) {
      this.model.takeTicket(ticket);
      this.attention.note("mention", ticket.id);
    }
    const last = fresh.at(-1)?.ticket;
    if (last) this.#offer(last, "namedMeanwhile", fresh.length);
  }

  /** @param {any} ticket @param {string} said @param {number} [n] */
  #offer({ id, customer_name: name }, said, n) {
    const { model } = this;
    const open = { label: model.t("openTicket"), does: () => model.open(id) };
    model.toasts.say(model.t(said, { name, n }), "plain", open);
  }

  /** @param {string} kind @param {any} ticket @param {{ body?: string }} [said] */
  #tell(kind, ticket, said) {
    this.attention.tell(kind, ticket, said);
    this.#retitle();
  }
}
