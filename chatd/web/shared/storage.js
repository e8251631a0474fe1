// What the browser keeps for us under a name; in memory where it must not keep anything.
const memory = new Map();

// A page in a sandbox may not even look at its storage.
/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @returns {Storage | null}
 */
function storageOf(kind) {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

class Keeper {
  #area;

  // tab: for this tab only, over reloads, not for others.
  /** @param {string} name @param {boolean} [tab] */
  constructor(name, tab = false) {
    this.name = name;
    this.#area = storageOf(tab ? "sessionStorage" : "localStorage");
  }

  /** @param {string} key */
  read(key) {
    return parseJson(memory.get(key) ?? this.#area?.getItem(key) ?? "null");
  }

  /** @param {string} key @param {unknown} value */
  write(key, value) {
    const text = JSON.stringify(value);
    memory.set(key, text);
    try {
      /** @type {Storage} */ (this.#area).setItem(key, text);
      memory.delete(key);
    } catch {
      // Full or forbidden: memory has it.
    }
  }

  /** @param {string} key */
  erase(key) {
    memory.delete(key);
    this.#area?.removeItem(key);
  }

  /** @param {string} prefix */
  keys(prefix) {
    const known = new Set([...memory.keys(), ...Object.keys(this.#area ?? {})]);
    return [...known].filter((key) => key.startsWith(prefix));
  }
}

// An object under one name.
export class Kept extends Keeper {
  /** @param {string} name @param {Record<string, any>} initial */
  constructor(name, initial = {}, { tab = false } = {}) {
    super(name, tab);
    this.initial = initial;
  }

  /** @returns {Record<string, any>} */
  get() {
    return { ...this.initial, ...this.read(this.name) };
  }

  /** @param {Record<string, any>} changes */
  set(changes) {
    this.write(this.name, { ...this.get(), ...changes });
  }

  // Calls back when another tab changed it.
  /** @param {(kept: Record<string, any>) => void} callback */
  watch(callback) {
    /** @param {StorageEvent} event */
    const handler = (event) => event.key === this.name && callback(this.get());
    addEventListener("storage", handler);
    return () => removeEventListener("storage", handler);
  }
}

// Things by id, each under a key of its own, so that two tabs never write over each other's.
export class KeptMany extends Keeper {
  all() {
    const found = this.keys(`${this.name}:`).map((key) => this.read(key));
    return found.filter((one) => one !== null);
  }

  /** @param {string} id @param {unknown} value */
  put(id, value) {
    this.write(`${this.name}:${id}`, value);
  }

  /** @param {string} id */
  remove(id) {
    this.erase(`${this.name}:${id}`);
  }

  /** @param {() => void} callback */
  watch(callback) {
    /** @param {StorageEvent} event */
    const handler = (event) => event.key?.startsWith(`${this.name}:`) && callback();
    addEventListener("storage", handler);
    return () => removeEventListener("storage", handler);
  }
}
