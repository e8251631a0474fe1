// This browser is told of what waits although the console is closed: by a press of a button only, and
// as long as whoever pressed it is logged in here.
import { BASE } from "../shared/base.js";

const SCOPE = `${BASE}/console`;

export const couldPush = () => "serviceWorker" in navigator && "PushManager" in globalThis;

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

const registration = () => navigator.serviceWorker.getRegistration(SCOPE);

// Asked for by a press. False where it cannot be had, or nothing is pushed from here.
/** @param {any} model */
export async function turnOn(model) {
  const { key } = await model.ask("push:key", {});
  if (!key || (await Notification.requestPermission()) !== "granted") return false;
  const known = await navigator.serviceWorker.register(`${BASE}/push-worker.js`, { scope: SCOPE });
  await findWorker(known);
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  const subscription = await known.pushManager.subscribe(options).catch(async () => {
    // One with another key stands in the way: the daemon's data is not what it was.
    await (await known.pushManager.getSubscription())?.unsubscribe();
    return known.pushManager.subscribe(options);
  });
  await tell(model, subscription);
  model.kept.set({ push: true });
  return true;
}

/** @param {ServiceWorkerRegistration} known @returns {Promise<void>} */
function findWorker(known) {
  const worker = known.installing ?? known.waiting;
  if (known.active || !worker) return Promise.resolve();
  return new Promise((done) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && done());
  });
}

/** @param {any} model @param {PushSubscription} subscription */
function tell(model, subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return model.ask("push:subscribe", { endpoint, keys, language: model.t.language });
}

/** @param {any} model */
export async function turnOff(model) {
  const subscription = await (await registration())?.pushManager.getSubscription();
  if (subscription) {
    await model.ask("push:unsubscribe", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  model.kept.set({ push: false });
}

// Another session of whoever has turned it on here before.
/** @param {any} model */
export async function renew(model) {
  if (!couldPush() || !model.kept.get().push) return;
  const subscription = await (await registration())?.pushManager.getSubscription();
  if (subscription) await tell(model, subscription);
}

// What is shown of tickets that nobody waits in any more, or that were looked at, goes.
/** @param {(kind: string, ticket: string) => boolean} stays */
export async function closeStale(stays) {
  if (!couldPush()) return;
  for (const shown of (await (await registration())?.getNotifications()) ?? []) {
    const [kind, ticket] = shown.tag.split(" ");
    if (!stays(kind, ticket)) shown.close();
  }
}

// A notification was pressed while the console is open.
/** @param {(ticket: string) => void} open */
export function listen(open) {
  if (!couldPush()) return () => {};
  const onMessage = (/** @type {MessageEvent} */ { data }) => {
    if (data?.chatd === "open" && data.ticket) open(data.ticket);
  };
  navigator.serviceWorker.addEventListener("message", onMessage);
  return () => navigator.serviceWorker.removeEventListener("message", onMessage);
}
