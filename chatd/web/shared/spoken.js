// What was spoken and is not sent yet: kept part by part while it is recorded, so that a reload loses no more
// than the last second. The bytes are in the browser's database, what is told of them is this tab's.
/** @import { Kept } from "./storage.js" */
import * as bytes from "./unsent-bytes.js";
import { isOfPicked } from "./picked-aside.js";
import { randomWord } from "./store.js";

const NAMED = "voice:";
// What was left by a tab that nobody came back to goes then.
const DAY_MS = 86_400_000;

/** @typedef {{ seconds: number, peaks: number[] }} Heard */
/** @typedef {Heard & { key: string, name: string, type: string, count: number }} Told */

/** @param {Told} told */
const partsOf = ({ key, count }) => Array.from({ length: count }, (_, index) => `${key}.${index}`);

export class Spoken {
  // What is recorded on this page.
  /** @type {Map<string, string>} */
  #keys = new Map();

  /** @param {Kept} kept */
  constructor(kept) {
    this.kept = kept;
    const before = Date.now() - DAY_MS;
    bytes.sweep(NAMED, (key) => Number(key.split(":")[1]) > before);
  }

  // Keeps what comes, in order.
  /** @param {string} at @param {string} name @param {string} type */
  begin(at, name, type) {
    this.forget(at);
    const key = `${NAMED}${Date.now()}:${randomWord()}`;
    this.#keys.set(at, key);
    let came = 0;
    /** @param {Blob} part @param {Heard} heard */
    return async (part, heard) => {
      const count = (came += 1);
      const place = `${key}.${count - 1}`;
      const isKept = await bytes.keep(place, part);
      // It was sent, or discarded, meanwhile.
      if (this.#keys.get(at) !== key) bytes.forget(place);
      else if (isKept) this.kept.set({ [at]: { key, name, type, count, ...heard } });
    };
  }

  // What was said into each conversation before the page was loaded.
  /** @returns {Promise<[string, File, Heard][]>} */
  async restore() {
    /** @type {[string, File, Heard][]} */
    const found = [];
    for (const [at, told] of Object.entries(this.kept.get())) {
      if (isOfPicked(at)) continue;
      const parts = await Promise.all(partsOf(told).map(bytes.find));
      const whole = /** @type {Blob[]} */ (parts.filter((part) => part !== null));
      if (whole.length && whole.length === parts.length) {
        found.push([at, new File(whole, told.name, { type: told.type }), told]);
      } else this.forget(at);
    }
    return found;
  }

  /** @param {string} at */
  forget(at) {
    /** @type {Told | undefined} */
    const told = this.kept.get()[at];
    this.#keys.delete(at);
    if (!told) return;
    this.kept.set({ [at]: undefined });
    // There may be more of it than was noted before a reload.
    bytes.forgetAll(`${told.key}.`);
  }
}
