// What a page says to its widget: chatd("send", "Where is my order?"). Fetched when the first word comes.
/** @import { Visit } from "./visit.js" */
import { asText, complain } from "../shared/fence.js";
import { pickLanguage } from "../shared/languages.js";
import { fetched, loadTexts } from "../shared/more-texts.js";
import { speaker } from "../shared/texts.js";
import * as identity from "./identity.js";
import { KNOWN } from "./known.js";

const LONGEST_NAME = 64;
const EVENTS = ["open", "close", "message", "unread", "ticket"];
const LOOKS = ["accent", "offset", "position", "theme"];
/** @type {Set<{ event: string, then: (told: any) => void }>} */
const listeners = new Set();

/** @param {any} element @param {string} word @param {...any} said */
export async function act(element, word, ...said) {
  if (!Object.hasOwn(WORDS, word)) {
    throw new TypeError(`chatd: no such word ${JSON.stringify(word)}; there are ${Object.keys(WORDS).join(", ")}`);
  }
  if (!element.isConnected) return null; // gone meanwhile
  watch(element.visit);
  return WORDS[word](element, ...said);
}

/** @type {Record<string, (element: any, ...said: any[]) => unknown>} */
const WORDS = {
  open: (element) => element.open(),
  close: (element) => element.close(),
  on(_element, event, then) {
    if (!EVENTS.includes(event)) throw new TypeError(`chatd: no such event ${event}; there are ${EVENTS.join(", ")}`);
    if (typeof then !== "function") throw new TypeError('chatd: "on" takes an event and a function');
    listeners.add({ event, then });
  },
  off(_element, event, then) {
    for (const one of listeners) if (one.event === event && (!then || one.then === then)) listeners.delete(one);
  },
  send({ visit }, text) {
    if (!asText(text).trim()) throw new TypeError('chatd: "send" takes a text');
    visit.unsent.add(visit.kept.get().ticket, text, {});
  },
  setUser: ({ visit, settings }, user) => {
    KNOWN.delete(visit);
    if (user === null) return identity.forget(visit);
    const [name, email] = [user?.name, user?.email].map((one) => asText(one).trim());
    const cleaned = name.slice(0, LONGEST_NAME);
    const token = asText(user?.token);
    if (!token && !cleaned && !email) throw new TypeError('chatd: "setUser" takes { token }, { name, email } or null');
    KNOWN.set(visit, { name: cleaned, email });
    visit.notify();
    if (token) return identity.name(visit, { ...user, token });
    if (!cleaned) return null;
    settings.name = visit.name = cleaned;
    return void introduce(visit).catch(complain);
  },
  setAttributes({ visit }, given) {
    if (!given || typeof given !== "object") throw new TypeError('chatd: "setAttributes" takes { name: value }');
    for (const [name, value] of Object.entries(given)) {
      if (value === null || typeof value !== "object") continue;
      complain(new TypeError(`chatd: the attribute ${name} is a text, a number, true or false`));
    }
    return identity.describe(visit, given);
  },
  async setLanguage(element, language) {
    if (pickLanguage(language) !== language) throw new TypeError('chatd: "setLanguage" takes "ru" or "en"');
    element.settings.language = language;
    element.applySettings();
    const { visit } = element;
    visit.language = language;
    const t = await speaker(language, { own: visit.own });
    for (const part of fetched) t.add((await loadTexts(part, language)).TEXTS);
    visit.t = t;
    visit.notify();
  },
  setLook(element, look = {}) {
    for (const name of LOOKS) if (name in look) element.settings[name] = asText(look[name]);
    if ("launcher" in look) element.launcher.button.style.display = look.launcher ? "" : "none";
    element.applySettings();
  },
  destroy: (element) => element.remove(),
};

// Who was here before, or is about to be, goes by another name: said once, as soon as there is a line. One that
// nobody has begun yet begins with the name.
/** @param {Visit} visit */
async function introduce(visit) {
  const { connection, kept, name } = visit;
  if (connection.state === "idle" && !kept.get().token) return;
  if (!connection.online) await new Promise((done) => void whenOnline(connection, () => done(null)));
  const { token, named } = kept.get();
  if (!token || named === name || visit.name !== name) return;
  await connection.request("hello", { token, name });
  kept.set({ named: name });
}

/** @param {Visit["connection"]} connection @param {() => void} then */
function whenOnline(connection, then) {
  const off = connection.on("state", () => {
    if (!connection.online) return;
    off();
    then();
  });
}

/** @type {Visit | null} */
let watched = null;

// What changes is told of once, whatever the changes were drawn for.
/** @param {Visit} visit */
function watch(visit) {
  if (watched === visit) return;
  if (watched) listeners.clear(); // of a widget that is gone
  watched = visit;
  let before = stateOf(visit);
  visit.follow(() => {
    const now = stateOf(visit);
    const was = before;
    before = now;
    if (now.joined) identity.tell(visit).catch(complain);
    if (now.opened !== was.opened) tell(now.opened ? "open" : "close", {});
    if (now.unread !== was.unread) tell("unread", { count: now.unread });
    if (now.ticket && (now.ticket !== was.ticket || now.status !== was.status)) {
      tell("ticket", { id: now.ticket, status: now.status });
    }
    // Of what was said before one came nothing is told.
    const fresh = was.ticket === now.ticket && was.joined ? (visit.dialog?.messages ?? []) : [];
    for (const one of fresh) if (one.seq > was.last) tell("message", messageOf(one));
  });
}

/** @param {Visit} visit */
const stateOf = ({ opened, unread, dialog, view }) => ({
  opened,
  unread,
  ticket: dialog?.id,
  status: view?.status,
  joined: Boolean(dialog?.joined),
  last: dialog?.last ?? 0,
});

/** @param {import("../shared/types").Stored} message */
const messageOf = ({ id, content, sender_type, created_at }) => ({
  id,
  text: content,
  from: sender_type === "admin" ? "operator" : sender_type,
  at: created_at,
});

/** @param {string} event @param {Record<string, unknown>} told */
function tell(event, told) {
  for (const one of [...listeners]) {
    if (one.event !== event) continue;
    try {
      one.then(told);
    } catch (error) {
      complain(error);
    }
  }
}
