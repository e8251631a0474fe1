// Who else has a ticket open, and who of them writes in it: in its row, at its head, before one takes it.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { asText, itemsOf } from "../shared/fence.js";

export class Colleagues {
  /** @type {Map<string, any[]>} */
  #there = new Map();
  // Told of while all of them were being asked for, and so newer than the answer.
  /** @type {Set<string>} */
  #news = new Set();

  begin() {
    this.#news.clear();
  }

  // All of them at once, as queue:watch tells it.
  /** @param {unknown} told */
  take(told) {
    const before = this.#there;
    this.#there = new Map();
    for (const one of Array.isArray(told) ? told : []) this.#there.set(one?.ticket_id, itemsOf(one?.colleagues));
    for (const id of this.#news) this.#there.set(id, before.get(id) ?? []);
  }

  /** @param {any} told */
  hear({ ticket_id, colleagues }) {
    this.#there.set(ticket_id, itemsOf(colleagues));
    this.#news.add(ticket_id);
  }

  /** @param {any} ticket @param {string | null} me @returns {any[]} */
  besides({ id, status }, me) {
    return status === "closed" ? [] : (this.#there.get(id) ?? []).filter((one) => one.id !== me);
  }
}

/** @param {any[]} those */
const namesOf = (those) => those.map((one) => asText(one.name)).join(", ");

// What they do there in words, the most urgent first.
/** @param {any} model @param {Speaker} t @param {any} ticket @returns {[string, string][]} */
function deedsOf(model, t, ticket) {
  const there = model.colleagues.besides(ticket, model.id);
  /** @param {string} what */
  const those = (what) => there.filter((/** @type {any} */ one) => (one.writes ?? "looks") === what);
  return ["reply", "note", "looks"].flatMap((what) => {
    const found = those(what);
    const words = found.length && t(`colleague_${what}`, { n: found.length, names: namesOf(found) });
    return words ? [/** @type {[string, string]} */ ([what, words])] : [];
  });
}

/** @param {{ model: any, ticket: any, t: Speaker }} props */
export function ColleaguesHere({ model, ticket, t }) {
  return deedsOf(model, t, ticket).map(([what, words]) => html`<span key=${what} class="colleague ${what}">
    ${words}</span>`);
}

// Who has just taken a ticket is told that somebody is answering it.
/** @param {any} model @param {any} ticket */
export function warn(model, ticket) {
  const there = model.colleagues.besides(ticket, model.id);
  const answering = there.filter((/** @type {any} */ one) => one.writes === "reply");
  if (answering.length) model.toasts.say(model.t("colleagueAnswersToo", { names: namesOf(answering) }), "alert");
}
