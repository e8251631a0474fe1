// What of the tickets is news to an operator: judged from every view of one, whichever way it comes (a list, an
// answer, an event), and each thing once.

// What was judged last of a ticket: since when it is the operator's own, when somebody said something last.
/** @typedef {{ since: string, at: string }} Judged */
/** @typedef {"reply" | "transfer"} Kind */

const NOT_YET = { since: "", at: "" };
// More than anybody has before them; of what was judged longest ago it is forgotten.
const MOST = 5_000;

export class News {
  /** @type {Map<string, Judged>} */
  #judged = new Map();
  /** @type {Map<string, true>} */
  #named = new Map();
  #begun = false;

  // me: the operator's user name.
  /** @param {string} me */
  constructor(me) {
    this.me = me;
  }

  // Whoever has just come sees how things are; what comes from now on is news. Whether it is now.
  begin() {
    const first = !this.#begun;
    this.#begun = true;
    return first;
  }

  // view: what was told; ticket: with what was known before. Rows of the queue do not say who wrote last.
  /** @param {any} view @param {any} ticket @returns {Kind[]} */
  kindsOf(view, ticket) {
    const before = this.#judged.get(view.id) ?? NOT_YET;
    const own = ticket.status === "active" && ticket.operator === this.me;
    const since = own ? String(ticket.accepted_at ?? "-") : "";
    const whole = view.unread !== undefined;
    const said = view.last_message?.at ?? "";
    const open = own && !whole && since === before.since;
    const at = open || said < before.at ? before.at : said;
    remember(this.#judged, view.id, { since, at });
    if (!this.#begun || !own) return [];
    const given = since !== before.since && ticket.handed_by && ticket.handed_by !== this.me;
    if (given) return ["transfer"];
    const fresh = since === before.since || said > since;
    const written = whole && said > before.at && view.unread > 0 && byCustomer(view);
    return written && fresh ? ["reply"] : [];
  }

  // Whether one was not yet told of this mention.
  /** @param {{ id: string }} mention */
  isNewMention({ id }) {
    const known = this.#named.has(id);
    remember(this.#named, id, true);
    return !known;
  }
}

/** @param {Map<string, any>} map @param {string} key @param {any} value */
function remember(map, key, value) {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.size > MOST ? map.keys() : [];
  if (oldest) map.delete(oldest);
}

/** @param {any} view */
const byCustomer = ({ last_message, customer_name }) => last_message?.sender_name === customer_name;
