// Messages on their way: kept over reloads until the daemon has acknowledged them, sent in order.
import { Disconnected, LATER, Refused } from "./connection.js";
import { all } from "./fence.js";
import { KeptMany } from "./storage.js";
import { randomWord } from "./store.js";

const MOST = 200;
// So often a message goes unanswered before one may discard it, and the others go first.
const TRIES = 3;

// One tab at a time, where the browser has locks; elsewhere the client_id keeps it to one message.
const alone = (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work());

export class Unsent {
  entries = [];
  #sending = false;
  #timer = 0;

  // deliver(entry) sends one and resolves when it is stored; changed() tells the views.
  constructor({ name, deliver, changed }) {
    this.kept = new KeptMany(name);
    this.deliver = deliver;
    this.changed = changed;
    this.#look();
    this.kept.watch(() => {
      this.#look();
      changed();
    });
  }

  // Null when so much waits already that nothing more is taken.
  // more: what else is sent (reply_to), and how it looks until it is stored (meta).
  add(dialog_id, content, more = {}) {
    if (this.entries.length >= MOST) return null;
    const at = Math.max(Date.now(), (this.entries.at(-1)?.at ?? 0) + 1);
    const entry = { client_id: `c-${randomWord()}`, dialog_id, content, at, ...more };
    this.#write(entry);
    this.flush();
    return entry;
  }

  has(client_id) {
    return this.entries.some((one) => one.client_id === client_id);
  }

  remove(client_id) {
    if (!this.has(client_id)) return;
    this.kept.remove(client_id);
    this.#look();
    this.changed();
  }

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
  async #send(entry) {
    try {
      await this.deliver(entry);
      this.remove(entry.client_id);
      return true;
    } catch (error) {
      if (error instanceof Disconnected) {
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

  #fail(client_id, failed) {
    const entry = this.entries.find((one) => one.client_id === client_id);
    if (entry) this.#write({ ...entry, failed });
  }

  #write(entry) {
    this.kept.put(entry.client_id, entry);
    this.#look();
    this.changed();
  }

  #look() {
    this.entries = all(this.kept.all(), "client_id").filter(({ at }) => at > 0).sort((a, b) => a.at - b.at);
  }
}
