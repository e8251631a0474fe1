// Brings what waits to the daemon: goes on where it was after a lost network or a reload, in one tab at a
// time; small files do not wait for large ones.
/** @import { Entry, Filed, Waiting } from "./types" */
import * as kept from "./unsent-bytes.js";
import { Disconnected, LATER, Refused } from "./connection.js";
import { complain } from "./fence.js";
import { isWhole, LOST } from "./files.js";
import { inOneTab } from "./one-tab.js";
import { Store } from "./store.js";
import * as tus from "./tus.js";

const SMALL = 4_000_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const LOOK_AGAIN = 2_000;

// The browser has not kept it, or cannot read it any more.
class Lost extends Error {}

export class Uploads extends Store {
  /** @type {Map<string, AbortController>} */
  #running = new Map();
  /** @type {Map<string, number>} */
  #sent = new Map();
  // Why an upload does not go on now: refused for a while. until: by the browser's clock.
  /** @type {Map<string, { code: string, until: string, most_bytes?: number, per_s?: number }>} */
  #held = new Map();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {Record<string, Promise<unknown>>} */
  #lanes = { small: Promise.resolve(), large: Promise.resolve() };

  /** @param {any} unsent @param {Filed} made */
  constructor(unsent, made) {
    super();
    this.unsent = unsent;
    this.made = made;
    const wakeAll = () => {
      for (const wake of this.#waiting) wake();
    };
    made.connection.on("state", (state) => state === "online" && wakeAll());
    addEventListener("online", wakeAll);
  }

  // Bytes of an entry that the daemon has, as far as this tab knows.
  /** @param {Entry} entry */
  progress({ client_id, files = [] }) {
    const whole = files.reduce((sum, one) => sum + (one.ready ? one.size : 0), 0);
    return whole + (this.#sent.get(client_id) ?? 0);
  }

  /** @param {Entry} entry */
  heldBack({ client_id }) {
    return this.#held.get(client_id);
  }

  look() {
    /** @type {Entry[]} */
    const entries = this.unsent.entries;
    for (const [id, running] of this.#running) if (!this.unsent.find(id)) running.abort();
    for (const entry of entries) {
      if (!entry.failed && !isWhole(entry) && !this.#running.has(entry.client_id)) this.#begin(entry);
    }
  }

  // It is not to be sent any more: sent is what the daemon has, other things are given up there, too.
  /** @param {Entry} entry @param {boolean} sent */
  forget({ client_id, files = [] }, sent) {
    this.#running.get(client_id)?.abort();
    for (const { key, id } of files) {
      kept.forget(key);
      if (id && !sent) tus.remove(this.made.headers, id).catch(() => {});
    }
  }

  /** @param {Entry} entry */
  #begin({ client_id, files = [] }) {
    const running = new AbortController();
    this.#running.set(client_id, running);
    const lane = files.reduce((sum, { size }) => sum + size, 0) > SMALL ? "large" : "small";
    const work = () => (this.#lanes[lane] = this.#lanes[lane].then(() => this.#uploadAll(client_id, running.signal)));
    inOneTab(`${this.unsent.kept.name}:${client_id}`, work).finally(() => {
      this.#running.delete(client_id);
      this.#sent.delete(client_id);
      this.#held.delete(client_id);
      this.unsent.flush();
    });
  }

  /** @param {string} client_id @param {AbortSignal} signal */
  async #uploadAll(client_id, signal) {
    /** @type {Entry | undefined} */
    const entry = this.unsent.find(client_id);
    if (!entry?.files || entry.failed || signal.aborted) return;
    let at = 0;
    try {
      for (; at < entry.files.length; at += 1) await this.#file(client_id, at, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(client_id, at, error);
    }
  }

  // One file does not go; what else is there, is sent.
  /** @param {string} client_id @param {string} key */
  takeOff(client_id, key) {
    /** @type {Entry | undefined} */
    const entry = this.unsent.find(client_id);
    const gone = entry?.files?.filter((one) => one.key === key) ?? [];
    const left = entry?.files?.filter((one) => one.key !== key) ?? [];
    if (!entry || !gone.length) return;
    if (!left.length && !entry.content) return void this.unsent.remove(client_id);
    this.forget({ ...entry, files: gone }, false);
    if (left.length) this.unsent.change(client_id, { files: left });
    else this.unsent.change(client_id, { files: undefined, type: undefined });
    this.unsent.retry(client_id);
  }

  /** @param {string} client_id @param {number} at @param {any} error */
  #fail(client_id, at, error) {
    const known = error instanceof Lost || error instanceof Refused;
    if (!known) complain(error);
    const { code: failed = error instanceof Lost ? LOST : "internal", message } = error;
    /** @type {Waiting[]} */
    const files = this.unsent.find(client_id)?.files ?? [];
    this.unsent.change(client_id, {
      failed,
      why: { ...error, code: failed, message },
      files: files.map((one, index) => ({ ...one, refused: index === at })),
    });
  }

  /** @param {string} client_id @param {number} at @param {AbortSignal} signal */
  async #file(client_id, at, signal) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      try {
        return await this.#upload(client_id, at, signal);
      } catch (error) {
        signal.throwIfAborted();
        // Of a conflict it may be that another node is at it just now.
        const passing = error.offset !== undefined || error.retry_after !== undefined;
        const later = error instanceof Disconnected || LATER.has(error.code) || passing;
        if (!later) {
          // What was refused is begun anew where one tries again.
          this.#note(client_id, at, { id: undefined });
          throw error;
        }
        const ms = (error.retry_after ?? 0) * 1_000 || wait;
        const until = new Date(Date.now() + ms).toISOString();
        if (error instanceof Refused) this.#held.set(client_id, { ...error, code: error.code, until });
        this.#tell(client_id, 0);
        await this.#pause(ms, signal);
        this.#held.delete(client_id);
      }
    }
  }

  // One try: from wherever the upload is to where the file can be sent.
  /** @param {string} client_id @param {number} at @param {AbortSignal} signal */
  async #upload(client_id, at, signal) {
    const { headers, place } = this.made;
    /** @type {Entry | undefined} */
    const entry = this.unsent.find(client_id);
    const file = entry?.files?.[at];
    if (!file || file.ready) return;
    const bytes = (await kept.find(file.key)) ?? (await this.#findLater(client_id, at, signal));
    if (!bytes) return;
    const dialog_id = place ? await place(entry) : String(entry.dialog_id);
    let { id } = file;
    let from = id ? await tus.offset(headers, id) : null;
    if (!id || from === null) {
      const { size, name: filename, duration_s, peaks } = file;
      id = await tus.create(headers, { size, filename, dialog_id, duration_s, peaks });
      from = 0;
      this.#note(client_id, at, { id });
    }
    signal.throwIfAborted();
    const begun = from;
    if (from < file.size) {
      const rest = bytes.slice(from);
      await readable(rest);
      await tus.send(headers, id, from, rest, (more) => this.#tell(client_id, begun + more), signal);
    }
    await this.#ready(id, signal);
    this.#note(client_id, at, { ready: true });
    this.#tell(client_id, 0);
  }

  // Another tab has sent it just now, and this one has not heard of it; or has not kept it yet.
  /** @param {string} client_id @param {number} at @param {AbortSignal} signal */
  async #findLater(client_id, at, signal) {
    await this.#pause(LOOK_AGAIN, signal);
    /** @type {Waiting | undefined} */
    const file = this.unsent.find(client_id)?.files?.[at];
    if (!file || file.ready || signal.aborted) return null;
    const bytes = await kept.find(file.key);
    if (!bytes) throw new Lost(file.name);
    return bytes;
  }

  // What is scanned takes a while.
  /** @param {string} id @param {AbortSignal} signal */
  async #ready(id, signal) {
    for (;;) {
      const { state, reason } = await tus.look(this.made.headers, id);
      if (state === "refused") throw new Refused({ code: "invalid", message: reason });
      if (state !== "checking") return;
      await this.#pause(LOOK_AGAIN, signal);
    }
  }

  /** @param {string} client_id @param {number} bytes */
  #tell(client_id, bytes) {
    this.#sent.set(client_id, bytes);
    this.notify();
  }

  /** @param {string} client_id @param {number} at @param {Partial<Waiting>} changes */
  #note(client_id, at, changes) {
    /** @type {Waiting[]} */
    const files = this.unsent.find(client_id)?.files ?? [];
    this.unsent.change(client_id, { files: files.map((one, index) => (index === at ? { ...one, ...changes } : one)) });
  }

  // Until then, or until there is a network again.
  /** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
  #pause(ms, signal) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}

// A file that was moved or changed on the disk is found out before the network is blamed.
/** @param {Blob} bytes */
async function readable(bytes) {
  try {
    await bytes.slice(0, 1).arrayBuffer();
  } catch {
    throw new Lost();
  }
}
