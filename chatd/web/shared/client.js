// What widget, console and rooms each have: a line to the daemon and what is heard on it, what the
// browser keeps, and the messages on their way.
/** @import { Entry, Made } from "./types" */
import { Connection, Disconnected, LATER, Refused, Unasked } from "./connection.js";
import { all } from "./fence.js";
import { Kept, KeptMany } from "./storage.js";
import { randomWord } from "./store.js";

const MOST = 200;
// So often a message goes unanswered before one may discard it, and the others go first.
const TRIES = 3;

// One tab at a time, where the browser has locks; elsewhere the client_id keeps it to one message.
/** @type {(name: string, work: () => Promise<void>) => unknown} */
const alone = (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work());

// Messages on their way: kept over reloads until the daemon has acknowledged them, sent in order.
class Unsent {
  /** @type {Entry[]} */
  entries = [];
  #sending = false;
  #timer = 0;

  // send(entry) resolves when it is stored; changed() tells the views.
  /** @param {{ name: string, send: (entry: Entry) => Promise<unknown>, changed: () => void }} made */
  constructor({ name, send, changed }) {
    this.kept = new KeptMany(name);
    this.send = send;
    this.changed = changed;
    this.#look();
    this.kept.watch(() => {
      this.#look();
      changed();
    });
  }

  // Null when so much waits already that nothing more is taken.
  // more: what else is sent (reply_to), and how it looks until it is stored (meta).
  /** @param {string | undefined} dialog_id @param {string} content @param {Partial<Entry>} more */
  add(dialog_id, content, more = {}) {
    if (this.entries.length >= MOST) return null;
    const at = Math.max(Date.now(), (this.entries.at(-1)?.at ?? 0) + 1);
    const entry = { client_id: `c-${randomWord()}`, dialog_id, content, at, ...more };
    this.#write(entry);
    this.flush();
    return entry;
  }

  /** @param {string} client_id */
  has(client_id) {
    return this.entries.some((one) => one.client_id === client_id);
  }

  /** @param {string} client_id */
  remove(client_id) {
    if (!this.has(client_id)) return;
    this.kept.remove(client_id);
    this.#look();
    this.changed();
  }

  /** @param {string} client_id */
  retry(client_id) {
    this.#fail(client_id, undefined);
    this.flush();
  }

  async flush() {
    if (this.#sending || !this.entries.length) return;
    this.#sending = true;
    try {
      await alone(this.kept.name, () => this.#all());
    } finally {
      this.#sending = false;
    }
  }

  // In order within a dialog; what holds one up holds up no other.
  async #all() {
    const held = new Set();
    let entry;
    this.#look();
    while ((entry = this.entries.find((one) => !one.failed && !held.has(one.dialog_id)))) {
      if (!(await this.#send(entry))) held.add(entry.dialog_id);
    }
  }

  // Whether the next one of its dialog may go.
  /** @param {Entry} entry */
  async #send(entry) {
    try {
      await this.send(entry);
      this.remove(entry.client_id);
      return true;
    } catch (error) {
      if (error instanceof Disconnected && !(error instanceof Unasked)) {
        const tries = (entry.tries ?? 0) + 1;
        this.#write({ ...entry, tries, failed: tries % TRIES ? undefined : "unanswered" });
      }
      if (!(error instanceof Refused)) return false;
      if (LATER.has(error.code)) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.flush(), (error.retry_after ?? 3) * 1000);
        return false;
      }
      this.#fail(entry.client_id, error.code);
      return true;
    }
  }

  /** @param {string} client_id @param {string} [failed] */
  #fail(client_id, failed) {
    const entry = this.entries.find((one) => one.client_id === client_id);
    if (entry) this.#write({ ...entry, failed });
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.kept.put(entry.client_id, entry);
    this.#look();
    this.changed();
  }

  #look() {
    this.entries = all(this.kept.all(), "client_id").filter(({ at }) => at > 0).sort((a, b) => a.at - b.at);
  }
}

/** @type {NonNullable<Made["deliver"]>} */
const simply = (entry, say) => say(entry);

// page: the Store that all of it moves. name: under which things are kept; initial: what is kept at
// first; heard: what is done by event; deliver(entry, say): where there is more to sending than to say
// it; url, greeting, slowly: as a Connection takes them.
/** @param {{ changed(): void }} page @param {Made} made */
export function client(page, { name, initial = {}, heard, deliver = simply, url, greeting, slowly }) {
  const changed = () => page.changed();
  const connection = new Connection({ url, greeting, slowly });
  for (const event in heard) connection.on(/** @type {any} */ (event), /** @type {any} */ (heard)[event]);
  connection.on("state", changed);
  /** @param {Entry} entry */
  const say = async ({ dialog_id, content, client_id, reply_to }) => {
    const said = { dialog_id, content, client_id };
    const gone = (/** @type {any} */ error) => {
      if (!reply_to || error.code !== "not_found") throw error;
      return connection.request("message:send", said);
    };
    // What it replies to may have gone meanwhile: then it goes alone.
    const { message } = await connection.request("message:send", { ...said, reply_to }).catch(gone);
    for (const one of connection.dialogs) if (one.joined && one.id === message?.dialog_id) one.take(message);
    return message;
  };
  /** @param {Entry} entry */
  const send = (entry) => deliver(entry, say);
  return { connection, kept: new Kept(name, initial), unsent: new Unsent({ name: `${name}:unsent`, send, changed }) };
}
