// Messages on their way: kept over reloads until the daemon has acknowledged them, sent in order.
import { Refused } from "./connection.js";
import { Kept } from "./storage.js";
import { randomWord } from "./store.js";

const LATER = new Set(["rate_limited", "unavailable", "internal"]);
const MOST = 200;

export class Unsent {
  #sending = false;
  #timer = 0;

  // deliver(entry) sends one and resolves when it is stored; changed() tells the views.
  constructor({ name, deliver, changed }) {
    this.kept = new Kept(name, { entries: [] });
    this.deliver = deliver;
    this.changed = changed;
    this.entries = this.kept.get().entries;
    this.kept.watch(({ entries }) => {
      this.entries = entries;
      changed();
    });
  }

  add(dialog_id, content, meta = {}) {
    const entry = { client_id: `c-${randomWord()}`, dialog_id, content, meta, at: Date.now() };
    this.#write([...this.kept.get().entries, entry].slice(-MOST));
    this.flush();
    return entry;
  }

  has(client_id) {
    return this.entries.some((one) => one.client_id === client_id);
  }

  remove(client_id) {
    if (this.has(client_id)) {
      this.#write(this.kept.get().entries.filter((one) => one.client_id !== client_id));
    }
  }

  retry(client_id) {
    this.#change(client_id, { failed: undefined });
    this.flush();
  }

  async flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      let entry;
      while ((entry = this.entries.find((one) => !one.failed))) {
        if (!(await this.#send(entry))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  // Whether the next one may go.
  async #send(entry) {
    try {
      await this.deliver(entry);
      this.remove(entry.client_id);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) return false;
      if (LATER.has(error.code)) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.flush(), (error.retry_after ?? 3) * 1000);
        return false;
      }
      this.#change(entry.client_id, { failed: error.code });
      return true;
    }
  }

  #change(client_id, changes) {
    const entries = this.kept.get().entries;
    this.#write(entries.map((one) => (one.client_id === client_id ? { ...one, ...changes } : one)));
  }

  #write(entries) {
    this.entries = entries;
    this.kept.set({ entries });
    this.changed();
  }
}
