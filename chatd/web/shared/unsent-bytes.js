// The bytes of what is to be sent, until it is: in this page's memory, and in the browser's database, so
// that a reload loses nothing. Where the browser keeps nothing, a reload does.
const DATABASE = "chatd";
const BYTES = "bytes";

/** @type {Map<string, Blob>} */
const here = new Map();
/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const asPromise = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(BYTES);
  return asPromise(request);
}

/** @param {IDBTransactionMode} mode */
async function store(mode) {
  opening ??= open();
  const database = await opening.catch((error) => {
    opening = null;
    throw error;
  });
  return database.transaction(BYTES, mode).objectStore(BYTES);
}

// Whether a reload finds it, too.
/** @param {string} key @param {Blob} bytes */
export async function keep(key, bytes) {
  here.set(key, bytes);
  try {
    await asPromise((await store("readwrite")).put(bytes, key));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key @returns {Promise<Blob | null>} */
export async function find(key) {
  const found = here.get(key);
  if (found) return found;
  try {
    return (await asPromise((await store("readonly")).get(key))) ?? null;
  } catch {
    return null;
  }
}

/** @param {string} key */
export async function forget(key) {
  here.delete(key);
  try {
    await asPromise((await store("readwrite")).delete(key));
  } catch {
    // It is in no database then.
  }
}

// All whose keys begin so, at once: a page that is left in the next moment leaves nothing behind.
/** @param {string} prefix */
export async function forgetAll(prefix) {
  for (const key of [...here.keys()]) if (key.startsWith(prefix)) here.delete(key);
  try {
    await asPromise((await store("readwrite")).delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
  } catch {
    // They are in no database then.
  }
}

// What nothing waits for any more goes.
/** @param {string} prefix @param {(key: string) => boolean} wanted */
export async function sweep(prefix, wanted) {
  try {
    const keys = await asPromise((await store("readonly")).getAllKeys());
    for (const key of keys.map(String)) if (key.startsWith(prefix) && !wanted(key)) await forget(key);
  } catch {
    // Nothing is kept, so nothing is left over.
  }
}
