// What the operator is called for: how loud, in what words, and when there is no use in it.
/** @import { Speaker } from "../shared/types" */
import { words } from "../shared/fence.js";
import { unmarked } from "../shared/markdown.js";
import { retitle } from "../shared/title.js";
import { Attention } from "./attention.js";

// What this console does itself in one of its tabs is no news in the others, for so long.
const TAKING = 10_000;

/** @type {Record<string, number>} */
export const VOLUMES = { waiting: 0.7, reply: 0.5, transfer: 0.7, mention: 0.6 };

/** @type {Record<string, string>} */
const TITLES = { waiting: "newWaiting", reply: "newReply", transfer: "newTransfer", mention: "newMention" };

/** @param {Speaker} t @param {string} kind @param {any} ticket */
export const wordsOf = (t, kind, { customer_name, last_message }) => ({
  title: `${t(TITLES[kind])}: ${words(customer_name)}`,
  body: unmarked(last_message?.text),
});

/** @param {{ sites: string[] }} operator @param {string} site */
export const serves = ({ sites }, site) => !Array.isArray(sites) || !sites.length || sites.includes(site);

// Whether anybody could take this ticket; as long as nobody is known, perhaps.
/** @param {any[]} operators @param {{ site: string }} ticket */
export const hasRoom = (operators, { site }) =>
  !operators.length ||
  operators.some((one) => one.available && one.active < one.capacity && serves(one, site));

export class Calls {
  /** @param {any} desk */
  constructor(desk) {
    const { t, me } = desk;
    this.desk = desk;
    this.attention = new Attention({
      name: `chatd:console:${me.username}:bell`,
      volume: (/** @type {string} */ kind) => this.volume(kind),
      words: (/** @type {string} */ kind, /** @type {any} */ ticket) => wordsOf(t, kind, ticket),
      open: (/** @type {string} */ id) => desk.open(id),
      called: (/** @type {string} */ called) => desk.set({ called }),
      hasRoom: (/** @type {any} */ ticket) => hasRoom(desk.operators, ticket),
    });
  }

  stop() {
    this.attention.stop();
  }

  /** @param {string} kind */
  volume(kind) {
    const { sound, volumes } = this.desk.kept.get();
    return sound ? { ...VOLUMES, ...volumes }[kind] : 0;
  }

  // Who waits, or what has room, may be different.
  watch() {
    this.attention.watch(this.desk.tickets.waiting, this.desk.away);
    this.#retitle();
  }

  // The title tells how many tickets want something of whoever sits here.
  #retitle() {
    const { waiting, answered } = this.desk.tickets;
    const known = [...waiting, ...answered].map((one) => one.id);
    retitle(this.desk.t("console"), new Set([...known, ...this.attention.unseen]).size);
  }

  // Whether a ticket is before the eyes of whoever sits here.
  /** @param {string} id */
  attends(id) {
    return !document.hidden && this.desk.talk?.id === id;
  }

  look() {
    const { talk } = this.desk;
    talk?.seen();
    if (talk && this.attends(talk.id)) this.seen(talk.id);
  }

  /** @param {string} id */
  opened(id) {
    this.hush(id);
    if (this.attends(id)) this.seen(id);
  }

  /** @param {string} id */
  seen(id) {
    this.attention.seen(id);
    this.#retitle();
  }

  /** @param {string} id */
  hush(id) {
    this.attention.hush(id);
  }

  hushAll() {
    this.attention.hushAll();
  }

  // News of a ticket: the customer of one's own has written.
  /** @param {any} view */
  heardOf(view) {
    const known = this.desk.tickets.get(view.id);
    this.desk.know(view);
    this.#answered(view, known);
  }

  /** @param {any} view @param {any} known */
  #answered(view, known) {
    const { id, operator, status, unread, last_seq, last_message, customer_name } = view;
    const own = operator === this.desk.me.username && status === "active" && unread > 0;
    const written = last_message?.sender_name === customer_name && last_seq > (known?.last_seq ?? 0);
    if (own && written && !this.attends(id)) this.#tell("reply", view);
  }

  // The line was lost: what of one's own is different now from what was known before.
  /** @param {Map<string, any>} before */
  missed(before) {
    for (const ticket of this.desk.tickets.list("mine")) {
      const known = before.get(ticket.id);
      if (known?.operator === ticket.operator && known.status === "active") this.#answered(ticket, known);
      else this.handed(ticket);
    }
  }

  /** @param {any} told */
  mentioned({ ticket, sender_name, text }) {
    this.desk.know(ticket);
    const body = `${words(sender_name)}: ${unmarked(text)}`;
    if (!this.attends(ticket.id)) this.#tell("mention", ticket, { body });
  }

  // A ticket is ours that was not, by no doing of this console in any of its tabs.
  /** @param {{ id: string }} row */
  handed({ id }) {
    const { desk } = this;
    const { taking } = desk.kept.get();
    if (taking?.id === id && Math.abs(Date.now() - taking.at) < TAKING) return;
    const ticket = desk.tickets.get(id);
    const open = { label: desk.t("openTicket"), does: () => desk.open(id) };
    desk.toasts.say(desk.t("handedToYou", { name: ticket.customer_name }), "plain", open);
    if (!this.attends(id)) this.#tell("transfer", ticket);
  }

  /** @param {string} id */
  taking(id) {
    this.desk.kept.set({ taking: { id, at: Date.now() } });
  }

  /** @param {string} kind @param {any} ticket @param {{ body?: string }} [said] */
  #tell(kind, ticket, said) {
    this.attention.tell(kind, ticket, said);
    this.#retitle();
  }
}
