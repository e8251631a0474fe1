// Live drafts (docs/protocol.md): a field's changes as edits, and edits back into text.
// Positions count Unicode code points, so texts are split into those first.

export function difference(before, after) {
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

const clamp = (at, text) => Math.min(Math.max(0, at ?? text.length), text.length);

const KINDS = {
  i: (text, [, more, at]) => text.splice(clamp(at, text), 0, ...more),
  e: (text, [, count = 1, at]) => {
    const end = clamp(at, text);
    text.splice(Math.max(0, end - count), Math.min(count, end));
  },
};

export function applied(text, ops) {
  const points = [...text];
  for (const op of ops) KINDS[op[0]]?.(points, op);
  return points.join("");
}

const EVERY = 80;
const AFRESH = 10_000;

// Sends what changed in a field, at most every 80 ms, and all of it when an edit was lost.
export class DraftSender {
  #sent = "";
  #text = "";
  #seq = 0;
  #timer = 0;
  #resetAt = 0;
  #busy = false;
  #whole = true;

  constructor(request) {
    this.request = request;
  }

  type(text) {
    this.#text = text;
    if (!this.#timer) this.#timer = setTimeout(() => this.#flush(), EVERY);
  }

  // The draft became a message: the daemon has cleared it.
  sent() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#text = this.#sent = "";
    this.#whole = true;
  }

  // After a reconnection all of it is told again.
  again() {
    this.#whole = true;
    if (this.#text) this.type(this.#text);
    else this.#sent = "";
  }

  async #flush() {
    this.#timer = 0;
    const text = this.#text;
    if (text === this.#sent && !(this.#whole && text)) return;
    if (this.#busy) {
      this.type(text);
      return;
    }
    this.#busy = true;
    const whole = this.#whole || Date.now() - this.#resetAt > AFRESH;
    const change = whole ? { reset: text } : { ops: difference(this.#sent, text) };
    if (whole) this.#resetAt = Date.now();
    this.#sent = text;
    this.#whole = false;
    try {
      await this.request({ seq: this.#seq++, ...change });
    } catch (error) {
      this.#whole = true;
      if (error.code === "conflict") this.type(this.#text);
    } finally {
      this.#busy = false;
    }
  }
}
