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

// Each edits the text in place and says where the caret is then.
const KINDS = {
  i: (text, [, more, at]) => {
    const [from, points] = [clamp(at, text), [...more]];
    text.splice(from, 0, ...points);
    return from + points.length;
  },
  e: (text, [, count = 1, at]) => {
    const end = clamp(at, text);
    const from = Math.max(0, end - count);
    text.splice(from, end - from);
    return from;
  },
  c: (text, [, at]) => clamp(at, text),
};

export function applied(text, ops, before) {
  const points = [...text];
  let caret = before;
  for (const op of ops) caret = KINDS[op[0]]?.(points, op) ?? caret;
  return { text: points.join(""), caret: clamp(caret, points) };
}

// Where the caret of a field is, in code points.
export const caretOf = (field) => [...field.value.slice(0, field.selectionStart)].length;

const EVERY = 80;
const LONGEST = 8_000;
const AFRESH = 10_000;

// Sends what changed in a field, at most every 80 ms, and all of it when an edit was lost.
export class DraftSender {
  #sent = "";
  #text = "";
  #caret = null;
  #seq = 0;
  #timer = 0;
  #told = 0;
  #resetAt = 0;
  #busy = false;
  #whole = true;

  constructor(request) {
    this.request = request;
  }

  // caret: where the writer stands, told where that is not plain from the edit.
  type(text, caret = null) {
    this.#text = text.length > LONGEST ? [...text].slice(0, LONGEST).join("") : text;
    this.#caret = caret;
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
    const after = applied(whole ? text : this.#sent, ops, this.#told).caret;
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
