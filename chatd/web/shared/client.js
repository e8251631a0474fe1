// What widget, console and rooms each have: a line to the daemon and what is heard on it, what the
// browser keeps, and the messages on their way.
/** @import { Entry, Made, Speaker } from "./types" */
import { Connection, Disconnected, LATER, Refused, Unasked } from "./connection.js";
import { itemsOf, flatObject } from "./fence.js";
import { Files, isWhole } from "./files.js";
import { inOneTab } from "./one-tab.js";
import { Kept, KeptMany } from "./storage.js";
import { randomWord } from "./store.js";
import { isObject } from "./sanitize.js";

const MOST = 200;
// So often a message goes unanswered before one may discard it, and the others go first.
const TRIES = 3;

// Messages on their way: kept over reloads until the daemon has acknowledged them, sent in order.
class Unsent {
  /** @type {Entry[]} */
  entries = [];
  #sending = false;
  #timer = 0;

  // send(entry) resolves when it is stored; notify() tells the views; files: see files.js.
  /** @param {{ name: string, send: (entry: Entry) => Promise<unknown>, notify: () => void, files: any }} made */
  constructor({ name, send, notify, files }) {
    this.kept = new KeptMany(name);
    this.send = send;
    this.notify = notify;
    this.files = new Files(this, files);
    this.#look();
    this.kept.watch(() => {
      this.#look();
      this.files.look();
      notify();
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
  find(client_id) {
    return this.entries.find((one) => one.client_id === client_id);
  }

  // sent: it is no more to be sent, because the daemon has it.
  /** @param {string} client_id */
  remove(client_id, sent = false) {
    const entry = this.find(client_id);
    if (!entry) return;
    this.kept.remove(client_id);
    this.#look();
    if (entry.files) this.files.forget(entry, sent);
    this.notify();
  }

  /** @param {string} client_id */
  retry(client_id) {
    this.change(client_id, { failed: undefined, why: undefined });
    this.flush();
  }

  async flush() {
    this.files.look();
    if (this.#sending || !this.entries.length) return;
    this.#sending = true;
    try {
      // Without locks the client_id keeps it to one message.
      await inOneTab(this.kept.name, () => this.#all());
    } finally {
      this.#sending = false;
    }
  }

  // In order within a dialog; what holds one up holds up no other. What has files goes when they are there.
  async #all() {
    const held = new Set();
    let entry;
    this.#look();
    while ((entry = this.entries.find((one) => !one.failed && isWhole(one) && !held.has(one.dialog_id)))) {
      if (!(await this.#send(entry))) held.add(entry.dialog_id);
    }
  }

  // Whether the next one of its dialog may go.
  /** @param {Entry} entry */
  async #send(entry) {
    try {
      await this.send(entry);
      this.remove(entry.client_id, true);
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
      this.change(entry.client_id, { failed: error.code });
      return true;
    }
  }

  /** @param {string} client_id @param {Partial<Entry>} changes */
  change(client_id, changes) {
    const entry = this.find(client_id);
    if (entry) this.#write({ ...entry, ...changes });
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.kept.put(entry.client_id, entry);
    this.#look();
    this.notify();
  }

  #look() {
    const kept = this.kept.all().filter((one) => typeof one.client_id === "string" && one.at > 0);
    this.entries = kept.map(asEntry).sort((a, b) => a.at - b.at);
  }
}

// Whatever the browser has kept under this name, as what is drawn and sent can rely on.
/** @param {any} kept @returns {any} */
const asEntry = (kept) => ({
  ...flatObject(kept),
  ...(isObject(kept.meta) && { meta: kept.meta }),
  ...(isObject(kept.why) && { why: flatObject(kept.why) }),
  ...(kept.files && { files: itemsOf(kept.files, "key") }),
});

/** @type {NonNullable<Made["deliver"]>} */
const sendAsIs = (entry, say) => say(entry);

// page: the Store that all of it moves. name: under which things are kept; initial: what is kept at
// first; heard: what is done by event; deliver(entry, say): where there is more to sending than to say
// it; url, greeting, slowly: as a Connection takes them; headers, place: as Files takes them.
/** @param {{ notify(): void, t: Speaker }} page @param {Made} made */
export function client(page, made) {
  const { name, initial = {}, heard, deliver = sendAsIs, url, greeting, slowly, headers, place } = made;
  const notify = () => page.notify();
  const connection = new Connection({ url, greeting, slowly });
  for (const event in heard) connection.on(/** @type {any} */ (event), /** @type {any} */ (heard)[event]);
  connection.on("state", notify);
  /** @param {Entry} entry */
  const say = async ({ dialog_id, content, client_id, reply_to, type, files }) => {
    const said = { dialog_id, content, client_id, ...(files && { type, files: files.map(({ id }) => id) }) };
    const withoutReply = (/** @type {any} */ error) => {
      if (!reply_to || error.code !== "not_found") throw error;
      return connection.request("message:send", said);
    };
    // What it replies to may have gone meanwhile: then it goes alone.
    const { message } = await connection.request("message:send", { ...said, reply_to }).catch(withoutReply);
    for (const one of connection.dialogs) if (one.joined && one.id === message?.dialog_id) one.take(message);
    return message;
  };
  /** @param {Entry} entry */
  const send = (entry) => deliver(entry, say);
  const files = { page, connection, headers, place };
  const unsent = new Unsent({ name: `${name}:unsent`, send, notify, files });
  return { connection, kept: new Kept(name, initial), unsent };
}
