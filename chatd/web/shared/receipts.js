// Tells how far one has received and read: at most every 300 ms, and again until the daemon has taken
// it; what is read is delivered, too.
/** @import { Reach } from "./types" */
import { Disconnected, LATER } from "./connection.js";

const EVERY = 300;

export class ReceiptSender {
  /** @type {Record<string, number>} */
  #reached = {};
  /** @type {Record<string, number>} */
  #taken = {};
  #timer = 0;

  // tell(kind, seq) asks the daemon.
  /** @param {(kind: string, seq: number) => Promise<any>} tell */
  constructor(tell) {
    this.tell = tell;
  }

  // What the daemon knows.
  /** @param {Reach} taken */
  begin(taken) {
    this.#taken = { ...taken };
  }

  // No more will come: what waits is told now.
  stop() {
    clearTimeout(this.#timer);
    this.#send();
  }

  /** @param {"delivered" | "read"} kind @param {number} seq */
  note(kind, seq) {
    this.#reached[kind] = seq;
    this.#schedule();
  }

  get #due() {
    return ["read", "delivered"].find((kind) => this.#reached[kind] > this.#taken[kind]) ?? "";
  }

  #schedule(wait = EVERY) {
    if (this.#due && !this.#timer) this.#timer = setTimeout(() => this.#send(), wait);
  }

  async #send() {
    const kind = this.#due;
    const seq = this.#reached[kind];
    const refused = kind && (await this.tell(kind, seq).catch((error) => error));
    this.#timer = 0;
    if (!kind || refused instanceof Disconnected) return;
    if (LATER.has(refused.code)) return this.#schedule(1000 * (refused.retry_after ?? 1));
    this.#taken[kind] = seq;
    if (kind === "read") this.#taken.delivered = Math.max(this.#taken.delivered, seq);
    this.#schedule();
  }
}
