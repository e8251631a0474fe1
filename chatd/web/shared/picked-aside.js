// What was picked and is not sent yet: kept over a reload. The bytes are in the browser's database, what is told
// of them is this tab's; it goes when it is sent, taken off, or left for a day.
/** @import { Kept } from "./storage.js" @import { Picked } from "./types" */
import * as bytes from "./unsent-bytes.js";
import { itemsOf } from "./fence.js";
import { randomWord } from "./store.js";

const NAMED = "picked:";
// Beside what was spoken, which is told by the conversation alone.
const MARK = "+";
const DAY_MS = 86_400_000;
// Of all that a tab has picked so much is kept; what is more is lost with a reload.
const MOST_BYTES = 200_000_000;

/** @param {string} at */
export const isOfPicked = (at) => at.startsWith(MARK);

export class PickedAside {
  // Under what the bytes of those that are still picked are kept.
  /** @type {Map<Picked, string>} */
  #keys = new Map();

  /** @param {Kept} kept */
  constructor(kept) {
    this.kept = kept;
    const before = Date.now() - DAY_MS;
    bytes.sweep(NAMED, (key) => Number(key.split(":")[1]) > before);
  }

  /** @param {string} at @returns {any[]} */
  #listOf(at) {
    return itemsOf(this.kept.get()[MARK + at], "aside");
  }

  /** @param {string} at @param {any[]} told */
  #tell(at, told) {
    this.kept.set({ [MARK + at]: told.length ? told : undefined });
  }

  /** @param {string} at @param {Picked} one */
  async add(at, one) {
    const { bytes: file, url: _, ...rest } = one;
    const size = [...this.#keys.keys()].reduce((sum, other) => sum + other.size, one.size);
    if (size > MOST_BYTES) return;
    const aside = `${NAMED}${Date.now()}:${randomWord()}`;
    this.#keys.set(one, aside);
    const isKept = await bytes.keep(aside, file);
    // It was sent, or taken off, meanwhile.
    if (this.#keys.get(one) !== aside) bytes.forget(aside);
    else if (isKept) this.#tell(at, [...this.#listOf(at), { ...rest, aside }]);
  }

  /** @param {string} at @param {Picked} one */
  remove(at, one) {
    const aside = this.#keys.get(one);
    this.#keys.delete(one);
    if (!aside) return;
    this.#tell(at, this.#listOf(at).filter((other) => other.aside !== aside));
    bytes.forget(aside);
  }

  // What was picked for each conversation before the page was loaded.
  /** @param {string} prefix @returns {Promise<[string, Picked][]>} */
  async restore(prefix) {
    /** @type {[string, Picked][]} */
    const found = [];
    for (const at of Object.keys(this.kept.get()).filter(isOfPicked).map((key) => key.slice(MARK.length))) {
      const there = [];
      for (const { aside, ...told } of this.#listOf(at)) {
        const file = await bytes.find(aside);
        if (!file) continue;
        const one = { ...told, key: `${prefix}${randomWord()}`, bytes: file, url: URL.createObjectURL(file) };
        this.#keys.set(one, aside);
        there.push({ ...told, aside });
        found.push([at, one]);
      }
      this.#tell(at, there);
    }
    return found;
  }
}
