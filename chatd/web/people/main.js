// The page of people: who is logged in has their dialogs, who is not logs in.
import { html, render } from "../vendor/preact.js";
import { leaveComposition } from "../shared/composition.js";
import { readersLanguage } from "../shared/reader.js";
import { prepare } from "../shared/message.js";
import { prepareCalls } from "../shared/phone.js";
import { Kept } from "../shared/storage.js";
import { speaker } from "../shared/texts.js";
import { App } from "./app.js";
import { Login } from "./login.js";
import { Person } from "./person.js";

const place = /** @type {Element} */ (document.getElementById("page"));
const TEXTS = { ru: () => import("../shared/texts-people-ru.js"), en: () => import("../shared/texts-people-en.js") };
const t = await speaker(readersLanguage(), { page: TEXTS });
await Promise.all([prepare(t), prepareCalls({ t, root: document })]);
document.documentElement.lang = t.language;
leaveComposition(document);
// The address of this page changes with what is open; that of its picture does not.
const picture = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel="icon"]'));
picture.setAttribute("href", picture.href);

const kept = new Kept("chatd:people");
/** @type {Person | null} */
let person = null;

/** @param {string} [said] */
function out(said) {
  person = null;
  render(html`<${Login} key="login" t=${t} kept=${kept} said=${said && t(said)} enter=${enter} />`, place);
}

function enter() {
  person = new Person({ t, kept, over: out });
  render(html`<${App} key=${kept.get().token} t=${t} page=${person} />`, place);
}

// In another tab somebody has logged in, or out.
kept.watch(({ token }) => {
  if (token === person?.token) return;
  const said = person ? "shutElsewhere" : undefined;
  person?.close();
  if (token) enter();
  else out(said);
});

if (kept.get().token) enter();
else out();
