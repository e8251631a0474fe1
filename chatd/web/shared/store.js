// State that views follow: they hear of changes once a frame, however many there were.
/** @import { Heard } from "./types" */
import { complain } from "./fence.js";
import { useEffect, useReducer } from "../vendor/preact.js";

// One listener that throws stops no other; the page's console tells.
/** @param {Function} listener @param {...unknown} told */
function callSafely(listener, ...told) {
  try {
    listener(...told);
  } catch (error) {
    complain(error);
  }
}

// JSON that every reader takes: half a character, as a cut emoji leaves it, is none.
/** @param {unknown} data */
export const asJson = (data) => JSON.stringify(data, (_, value) => value?.replace?.(/\p{Cs}/gu, "�") ?? value);

const stale = new Set();
let frame = 0;
let timer = 0;

function flush() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  // What one of them changes is told in this round, too.
  for (const store of stale) {
    stale.delete(store);
    store.tell();
  }
}

export class Store {
  #followers = new Set();
  version = 0;

  /** @param {Function} follower */
  follow(follower) {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  notify() {
    this.version += 1;
    if (!stale.size) {
      frame = requestAnimationFrame(flush);
      // Where nobody looks there are no frames.
      timer = setTimeout(flush, 100);
    }
    stale.add(this);
    // What a key does is there before the next one.
    if (window.event instanceof UIEvent) queueMicrotask(flush);
  }

  tell() {
    for (const follower of [...this.#followers]) callSafely(follower, this);
  }
}

/** @param {Store | null | undefined} store */
export function useStore(store) {
  const [, again] = useReducer((n) => n + 1, 0);
  const drawn = store?.version;
  useEffect(() => {
    // It may have changed since it was drawn, before anybody followed it.
    if (store && store.version !== drawn) again();
    return store?.follow(again);
  }, [store]);
  return store;
}

export class Emitter {
  #handlers = new Map();

  /** @template {keyof Heard} E @param {E} event @param {(data: Heard[E], event: string) => unknown} handler */
  on(event, handler) {
    if (!this.#handlers.has(event)) this.#handlers.set(event, new Set());
    this.#handlers.get(event).add(handler);
    return () => this.#handlers.get(event).delete(handler);
  }

  /** @param {keyof Heard} event @param {any} [data] */
  emit(event, data) {
    for (const name of [event, "*"]) {
      for (const handler of [...(this.#handlers.get(name) ?? [])]) callSafely(handler, data, event);
    }
  }
}

// A random word; crypto.randomUUID would exist on secure pages only.
export function randomWord(length = 16) {
  return [...crypto.getRandomValues(new Uint8Array(length))].map((n) => (n & 31).toString(32)).join("");
}
