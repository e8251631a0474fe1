// Of all tabs of a console one rings: the one that was used last, and when that is gone another.
import { Kept } from "../shared/storage.js";
import { randomWord } from "../shared/store.js";

const USES = ["pointerdown", "keydown", "focus"];
const BEAT = 20_000;
const STALE = 90_000; // Where nobody looks timers come once a minute.

// notify(): this tab has it now, or has not any more.
/** @param {string} name @param {() => void} notify */
export const bell = (name, notify) => new (navigator.locks ? ByLock : ByStorage)(name, notify);

class Bell {
  mine = false;

  /** @param {string} name @param {() => void} notify */
  constructor(name, notify) {
    this.name = name;
    this.notify = notify;
    for (const use of USES) addEventListener(use, this.#claimIfSeen, true);
  }

  #claimIfSeen = () => {
    if (!this.mine && !document.hidden) this.claim();
  };

  claim() {}

  stop() {
    for (const use of USES) removeEventListener(use, this.#claimIfSeen, true);
    this.has(false);
  }

  /** @param {boolean} mine */
  has(mine) {
    if (this.mine === mine) return;
    this.mine = mine;
    this.notify();
  }
}

// The browser keeps count: a tab that is gone has let go, whatever became of it.
class ByLock extends Bell {
  #turn = 0;
  /** @type {AbortController | null} */
  #waiting = null;
  /** @type {(() => void) | null} */
  #release = null;

  /** @param {string} name @param {() => void} notify */
  constructor(name, notify) {
    super(name, notify);
    this.#wait();
  }

  /** @override */
  claim() {
    this.#waiting?.abort();
    this.#ask({ steal: true });
  }

  #wait() {
    this.#waiting = new AbortController();
    this.#ask({ signal: this.#waiting.signal });
  }

  // Of what was asked only the last counts.
  /** @param {LockOptions} options */
  #ask(options) {
    const turn = (this.#turn += 1);
    const asked = navigator.locks.request(this.name, options, () => turn === this.#turn && this.#hold());
    asked.catch(() => turn === this.#turn && this.#onStolen());
  }

  /** @returns {Promise<void>} */
  #hold() {
    this.has(true);
    return new Promise((release) => {
      this.#release = release;
    });
  }

  // Another tab was used: we wait until that one is gone. Where locks are refused each rings for itself.
  #onStolen() {
    if (!this.mine) return this.has(true);
    this.has(false);
    this.#wait();
  }

  /** @override */
  stop() {
    this.#turn += 1;
    this.#waiting?.abort();
    this.#release?.();
    super.stop();
  }
}

// Without locks: a word in what all tabs keep, renewed now and then; each tab's own where nothing is kept.
class ByStorage extends Bell {
  #own = randomWord();
  #kept;
  #timer = 0;
  #deaf;

  /** @param {string} name @param {() => void} notify */
  constructor(name, notify) {
    super(name, notify);
    this.#kept = new Kept(name);
    this.#deaf = this.#kept.watch(() => this.#look());
    this.#timer = setInterval(() => this.#look(true), BEAT);
    addEventListener("pagehide", this.#release);
    this.#look();
  }

  /** @override */
  claim() {
    this.#kept.set({ tab: this.#own, at: Date.now() });
    this.has(true);
  }

  #look(renewed = false) {
    const { tab, at = 0 } = this.#kept.get();
    if (tab === this.#own && !renewed) return;
    if (tab === this.#own || !tab || Math.abs(Date.now() - at) > STALE) this.claim();
    else this.has(false);
  }

  #release = () => {
    if (this.mine) this.#kept.set({ tab: "" });
  };

  /** @override */
  stop() {
    clearInterval(this.#timer);
    this.#deaf();
    removeEventListener("pagehide", this.#release);
    this.#release();
    super.stop();
  }
}
