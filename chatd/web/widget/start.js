// Puts the element onto the page, keeps it there, and the page's one global beside it.
import { define } from "./element.js";

// As soon as there is a body to be in.
/** @param {() => void} then */
function whenBodyExists(then) {
  if (document.body) return void then();
  const watcher = new MutationObserver(() => {
    if (!document.body) return;
    watcher.disconnect();
    then();
  });
  watcher.observe(document, { childList: true, subtree: true });
}

/** @param {any} settings */
function put(settings) {
  /** @type {any} */
  const element = document.createElement("chatd-widget");
  const page = document.documentElement;
  element.settings = settings;
  // The page has drawn itself anew: back onto it; what was written anew hears none of our listeners.
  element.onCleared = () =>
    whenBodyExists(() => {
      if (document.querySelector("chatd-widget")) return;
      if (document.documentElement === page) return document.body.append(element);
      element.leave();
      put(settings);
    });
  // What the page says, one after the other, also what it said before we came; but its goodbye at once.
  /** @type {Promise<any>} */
  let turn = new Promise((done) => void (element.onDrawn = done));
  /** @param {...any} said */
  const chatd = (...said) =>
    said[0] === "destroy" ? element.remove() : (turn = turn.then(() => element.converse())
      .then((visit) => visit.api()).then((api) => api.act(element, ...said)).catch(console.error));
  const before = window.chatd?.q ?? [];
  window.chatd = Object.assign(chatd, { element, open: () => element.open(), close: () => element.close() });
  whenBodyExists(() => document.querySelector("chatd-widget") ?? document.body.append(element));
  for (const said of before) chatd(...said);
}

// A page that wants us no more has taken the address from its script, which comes all the same.
/** @param {HTMLScriptElement} script */
export function start(script) {
  if (!script.src || window.chatd?.element || document.querySelector("chatd-widget")) return;
  define();
  put({ base: script.src.replace(/\/widget\.js.*$/, ""), ...script.dataset });
}
