// Whom the page names: by a token that its site has signed, until it says so no more; and what it knows of them.
/** @import { Visit } from "./visit.js" */
import { complain, flatObject } from "../shared/fence.js";
import { scopeOf } from "./site.js";

// An answer to "what is their token now" is asked for this often at most.
const PAUSE_MS = 10_000;
/** @type {{ token: string, onTokenExpired?: () => unknown } | null} */
let user = null;
/** @type {Visit | null} */
let told = null;
let asked = -PAUSE_MS;
/** @type {string | undefined} */
let before;
/** @type {Record<string, unknown>} */
let waiting = {};

/** @param {Visit} visit @param {{ token: string, onTokenExpired?: () => unknown }} named */
export async function name(visit, named) {
  user = named;
  listen(visit);
  if (visit.connection.online) await sayHello(visit);
  else visit.connection.restart();
}

/** @param {Visit} visit */
function listen(visit) {
  if (told === visit) return;
  told = visit;
  const { connection, kept } = visit;
  const { greeting } = connection;
  connection.greeting = () => {
    before = kept.get().me;
    return { ...greeting(), ...(user && { user_token: user.token }) };
  };
  connection.on("welcome", (/** @type {any} */ answer) => follow(visit, answer));
  connection.on("identity:expiring", () => void renew(visit));
  connection.on("refused", (/** @type {any} */ error) => {
    if (error.field === "user_token") void renew(visit, error);
  });
}

// On the line that there is: what is said over it goes on.
/** @param {Visit} visit */
async function sayHello(visit) {
  const { connection, kept } = visit;
  const answer = await connection.request("hello", { ...connection.greeting(), device: connection.device });
  const { token, participant } = answer;
  kept.set({ token, me: participant.id });
  follow(visit, answer);
  if (participant.id !== before) connection.restart();
}

// Somebody else than before has conversations of their own; the same one goes on with theirs.
/** @param {Visit} visit @param {any} answer */
function follow(visit, { participant, ticket, left_out }) {
  if (!user) return;
  const { kept } = visit;
  if (participant.id !== before || !kept.get().ticket) kept.set({ ticket: ticket?.id, read: 0 });
  if (left_out) complain(new Error(`chatd: not kept of what the token says: ${left_out.join(", ")}`));
}

// The page is asked for another token; without one, who it is stays as it was, as long as that is good.
/** @param {Visit} visit @param {unknown} [why] */
async function renew(visit, why) {
  const { connection } = visit;
  if (Date.now() - asked < PAUSE_MS) return;
  asked = Date.now();
  const token = await Promise.resolve(user?.onTokenExpired?.()).catch(complain);
  if (typeof token !== "string" || !user) {
    if (why) {
      complain(why);
      user = null;
    }
    return;
  }
  user = { ...user, token };
  if (connection.online) await sayHello(visit).catch(complain);
  else connection.restart();
}

// Nobody in particular again: here and at the daemon nothing is left of who it was.
/** @param {Visit} visit */
export async function forget(visit) {
  const { base, connection, kept, siteName, tab, unsent, worker } = visit;
  user = null;
  waiting = {};
  visit.close();
  if (connection.online) {
    await silence(visit, worker).catch(() => {});
    await connection.request("identity:end").catch(() => {});
  }
  connection.stop();
  for (const { client_id } of [...unsent.entries]) unsent.remove(client_id);
  connection.emit("dialog:update", { dialog: null });
  visit.me = undefined;
  const scope = scopeOf(base, siteName);
  for (const keeper of [kept, tab]) {
    for (const key of keeper.keys(scope)) if (key !== `${scope}:site`) keeper.erase(key);
  }
  visit.notify();
}

// This browser is told nothing any more of what they miss.
/** @param {Visit} visit @param {string} [worker] */
async function silence({ connection }, worker) {
  const known = worker && (await navigator.serviceWorker?.getRegistration(worker));
  const subscription = known && (await known.pushManager.getSubscription());
  if (!subscription) return;
  await connection.request("push:unsubscribe", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}

// Told as soon as there is a ticket that they can be told of.
/** @param {Visit} visit @param {unknown} given */
export function describe(visit, given) {
  waiting = { ...waiting, ...flatObject(given) };
  return tell(visit);
}

/** @param {Visit} visit */
export async function tell({ connection, dialog }) {
  const attributes = waiting;
  if (!dialog?.joined || !connection.reachable || !Object.keys(attributes).length) return;
  waiting = {};
  try {
    await connection.request("ticket:update", { ticket_id: dialog.id, attributes });
  } catch (error) {
    if (error.code) throw error;
    waiting = { ...attributes, ...waiting };
  }
}
