// Shows what is pushed while no page of ours is looked at, and opens that page when it is pressed. A
// customers' page has a worker of its own with one line: importScripts("https://chat.example/push-worker.js").
const worker = /** @type {any} */ (globalThis);
// What only staff are told of; everything else is said to a customer.
const OF_STAFF = new Set(["waiting", "message"]);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("push", (/** @type {any} */ event) => event.waitUntil(show(event.data)));
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

/** @param {any} data */
function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

// Of a ticket only the newest is there; who waits stays until somebody looks.
/** @param {any} data */
function show(data) {
  const { kind = "answer", ticket = "", title = "chatd", body = "", silent } = read(data) ?? {};
  return worker.registration.showNotification(String(title), {
    body: String(body),
    tag: `${kind} ${ticket}`,
    renotify: true,
    silent: silent === true,
    requireInteraction: kind === "waiting",
    data: { kind, ticket },
  });
}

/** @param {any} told */
async function open({ kind, ticket }) {
  const page = worker.registration.scope;
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((/** @type {any} */ one) => one.url.startsWith(page));
  if (!there) return worker.clients.openWindow(OF_STAFF.has(kind) ? `${page}#${ticket}` : page);
  there.postMessage({ chatd: "open", ticket });
  return there.focus();
}
