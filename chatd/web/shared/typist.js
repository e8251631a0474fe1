// What one writes, told as it changes (docs/protocol.md). Positions count Unicode code points.
/** @import { Op } from "./types" */
import { applyOps } from "./drafts.js";

const EVERY = 80;
const LONGEST = 8_000;
const AFRESH = 10_000;

/** @param {string} before @param {string} after @returns {Op[]} */
function difference(before, after) {
  const old = [...before];
  const now = [...after];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const ops = [];
  const end = old.length - tail;
  if (end > head) ops.push(["e", end - head, end]);
  if (now.length - tail > head) ops.push(["i", now.slice(head, now.length - tail).join(""), head]);
  return ops;
}

// Sends what changed in a field, at most every 80 ms, and all of it when an edit was lost.
export class Typist {
  #sent = "";
  #text = "";
  /** @type {number | null} */
  #caret = null;
  #seq = 0;
  #timer = 0;
  #told = 0;
  #resetAt = 0;
  #busy = false;
  #whole = true;

  /** @param {(edit: object) => Promise<unknown>} request */
  constructor(request) {
    this.request = request;
  }

  // caret: where the writer stands, told where that is not plain from the edit.
  /** @param {string} text @param {number | null} [caret] */
  type(text, caret = null) {
    this.#text = text.length > LONGEST ? [...text].slice(0, LONGEST).join("") : text;
    this.#caret = caret;
    if (!this.#timer) this.#timer = setTimeout(() => this.#flush(), EVERY);
  }

  // The draft became a message: the daemon has cleared it.
  clear() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#text = this.#sent = "";
    this.#whole = true;
  }

  // After a reconnection all of it is told again.
  again() {
    this.#whole = true;
    if (this.#text) this.type(this.#text, this.#caret);
    else this.#sent = "";
  }

  async #flush() {
    this.#timer = 0;
    const text = this.#text;
    const caret = this.#caret;
    const moved = text !== "" && caret !== null && caret !== this.#told;
    if (text === this.#sent && !moved && !(this.#whole && text)) return;
    if (this.#busy) {
      this.type(text, caret);
      return;
    }
    this.#busy = true;
    const whole = this.#whole || Math.abs(Date.now() - this.#resetAt) > AFRESH;
    const ops = whole ? [] : difference(this.#sent, text);
    const after = applyOps(whole ? text : this.#sent, ops, this.#told).caret;
    if (moved && after !== caret) ops.push(["c", caret]);
    const change = whole ? { reset: text } : { ops };
    this.#told = whole ? [...text].length : (caret ?? after);
    if (whole) this.#resetAt = Date.now();
    this.#sent = text;
    this.#whole = false;
    if (whole && text && caret !== null && caret !== this.#told) this.type(text, caret);
    try {
      await this.request({ seq: this.#seq++, ...change });
    } catch (error) {
      this.#whole = true;
      if (error.code === "conflict") this.type(this.#text, this.#caret);
    } finally {
      this.#busy = false;
    }
  }
}
