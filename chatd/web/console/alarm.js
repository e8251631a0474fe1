// Calls the operator to a new waiting ticket, again and again until it is taken, gone or looked at.
import { chime } from "../shared/sound.js";

const AGAIN = 10_000;

export class Alarm {
  #calling = new Map();
  #timer = 0;
  #known = null;

  // sounds(): whether it may be heard; words(ticket): title and body; open(ticket): was clicked;
  // called(title): for who does not see.
  constructor({ sounds, words, open, called }) {
    this.sounds = sounds;
    this.words = words;
    this.open = open;
    this.called = called;
  }

  get ringing() {
    return this.#calling.size > 0;
  }

  // Who waits now. The first time nobody is new: the operator has just come and sees them.
  watch(waiting, quiet) {
    const ids = new Set(waiting.map((one) => one.id));
    const fresh = this.#known && !quiet ? waiting.filter((one) => !this.#known.has(one.id)) : [];
    this.#known = ids;
    for (const id of [...this.#calling.keys()]) if (!ids.has(id)) this.hush(id);
    for (const ticket of fresh) this.#call(ticket);
  }

  hush(id) {
    this.#calling.get(id)?.close();
    this.#calling.delete(id);
    if (!this.ringing) this.#rest();
  }

  hushAll() {
    for (const id of [...this.#calling.keys()]) this.hush(id);
  }

  #call(ticket) {
    const words = this.words(ticket);
    this.called(words.title);
    this.#calling.set(ticket.id, notice(words, ticket.id, () => this.open(ticket)));
    if (this.#timer) return;
    this.#ring();
    this.#timer = setInterval(() => this.#ring(), AGAIN);
  }

  #ring() {
    if (this.sounds()) chime();
  }

  #rest() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }
}

const NOTHING = { close: () => {} };

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
