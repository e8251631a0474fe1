// Calls the operator: to new waiting tickets again and again, to what concerns them alone once; by
// a sound, a notification and in words, from one tab of several.
import { bell } from "./bell.js";
import { play } from "./ringtones.js";

const AGAIN = 10_000;
const NOTHING = { close: () => {} };

/** @typedef {{ title: string, body: string }} Words */

export class Attention {
  /** @type {Map<string, { id: string, words: Words, shown: { close(): void } }>} */
  #calling = new Map();
  /** @type {Map<string, { kind: string, shown: { close(): void } }[]>} */
  #unseen = new Map();
  /** @type {Set<string>} */
  #due = new Set();
  #timer = 0;
  /** @type {Set<string>} */
  #known = new Set();

  // name: of the lock; volume(kind); words(kind, ticket): title and body; open(id): was clicked;
  // setCalled(title): for who does not see; hasRoom(ticket): whether anybody could take it.
  /** @param {any} made */
  constructor({ name, volume, words, open, setCalled, hasRoom }) {
    this.volume = volume;
    this.words = words;
    this.open = open;
    this.setCalled = setCalled;
    this.hasRoom = hasRoom;
    this.bell = bell(name, () => this.#takeOver());
  }

  // The tickets that something was said of which nobody has looked at.
  get unseen() {
    return [...this.#unseen.keys()];
  }

  // Who waits now; since: who was there before that (ms, by the daemon's clock) is not new. Where nobody
  // has room for one it does not call; when somebody has, it does.
  /** @param {any[]} waiting @param {{ away: boolean, since: number }} at */
  watch(waiting, { away, since }) {
    const ids = new Set(waiting.map((one) => one.id));
    const fresh = waiting.filter((one) => !this.#known.has(one.id) && requestedAt(one) >= since);
    this.#known = ids;
    if (!away) for (const { id } of fresh) this.#due.add(id);
    for (const id of this.#due) if (!ids.has(id)) this.hush(id);
    for (const ticket of waiting) {
      if (!this.#due.has(ticket.id)) continue;
      if (!this.hasRoom(ticket)) this.#silence(ticket.id);
      else if (!this.#calling.has(ticket.id)) this.#call(ticket);
    }
    this.#keep();
  }

  /** @param {string} id */
  hush(id) {
    this.#due.delete(id);
    this.#silence(id);
    this.#keep();
  }

  // Once: what concerns one's own ticket, or oneself.
  /** @param {string} kind @param {any} ticket @param {Partial<Words>} [said] */
  tell(kind, ticket, said = {}) {
    const words = { ...this.words(kind, ticket), ...said };
    this.note(kind, ticket.id, this.#announce(kind, { id: ticket.id, words }));
  }

  // It counts until it is seen. shown: what it was told by.
  /** @param {string} kind @param {string} id */
  note(kind, id, shown = NOTHING) {
    this.#unseen.set(id, [...(this.#unseen.get(id) ?? []), { kind, shown }]);
  }

  // Whether one of a kind is unseen.
  /** @param {string} kind @param {string} id */
  has(kind, id) {
    return this.#unseen.get(id)?.some((one) => one.kind === kind) ?? false;
  }

  // The operator has it before them, or only what was of one kind.
  /** @param {string} id @param {string} [kind] */
  markSeen(id, kind) {
    const all = this.#unseen.get(id) ?? [];
    const gone = all.filter((one) => !kind || one.kind === kind);
    for (const { shown } of gone) shown.close();
    if (gone.length === all.length) this.#unseen.delete(id);
    else this.#unseen.set(id, all.filter((one) => !gone.includes(one)));
  }

  stop() {
    for (const id of [...this.#calling.keys()]) this.hush(id);
    for (const id of this.unseen) this.markSeen(id);
    this.bell.stop();
    clearInterval(this.#timer);
  }

  hushAll() {
    for (const id of [...this.#due]) this.hush(id);
  }

  /** @param {any} ticket */
  #call(ticket) {
    const aloud = this.#calling.size === 0;
    const call = { id: ticket.id, words: this.words("waiting", ticket) };
    this.#calling.set(ticket.id, { ...call, shown: this.#announce("waiting", call, aloud) });
  }

  /** @param {string} id */
  #silence(id) {
    this.#calling.get(id)?.shown.close();
    this.#calling.delete(id);
  }

  // What called before this tab was the one that rings has not been shown here.
  #takeOver() {
    if (!this.bell?.mine) return;
    for (const call of this.#calling.values()) if (call.shown === NOTHING) call.shown = this.#show("waiting", call);
  }

  // While anything calls it rings again and again.
  #keep() {
    if (!this.#calling.size) {
      clearInterval(this.#timer);
      this.#timer = 0;
    } else this.#timer ||= setInterval(() => this.#ring("waiting"), AGAIN);
  }

  /** @param {string} kind */
  #ring(kind) {
    if (this.bell.mine) play(kind, this.volume(kind));
  }

  /** @param {string} kind @param {{ id: string, words: Words }} call */
  #announce(kind, call, aloud = true) {
    this.setCalled(call.words.title);
    if (aloud) this.#ring(kind);
    return this.bell.mine ? this.#show(kind, call) : NOTHING;
  }

  /** @param {string} kind @param {{ id: string, words: Words }} call */
  #show(kind, { id, words }) {
    return notice(words, `${kind} ${id}`, () => this.open(id));
  }
}

/** @param {Words} words @param {string} tag @param {() => void} clicked */
function notice({ title, body }, tag, clicked) {
  if (!mayNotify()) return NOTHING;
  try {
    const shown = new Notification(title, { body, tag, icon: new URL("../shared/icon.svg", import.meta.url).href });
    shown.onclick = () => {
      window.focus();
      clicked();
      shown.close();
    };
    return shown;
  } catch {
    // Some phones have the name of it only; the sound and the title tell the same.
    return NOTHING;
  }
}

export const mayNotify = () => globalThis.Notification?.permission === "granted";
export const couldNotify = () => globalThis.Notification?.permission === "default";

/** @param {any} ticket */
const requestedAt = ({ requested_at, created_at }) => Date.parse(requested_at ?? created_at);
