// Who we are decides between the login and the console.
import { html, render } from "../vendor/preact.js";
import { leaveComposition } from "../shared/composition.js";
import { readersLanguage } from "../shared/reader.js";
import { prepare } from "../shared/message.js";
import { prepareCalls } from "../shared/phone.js";
import { Kept } from "../shared/storage.js";
import { speaker } from "../shared/texts.js";
import { retitle } from "../shared/title.js";
import { App } from "./app.js";
import { ConsoleModel } from "./model.js";
import { FirstRun, hasOperators } from "./first-run.js";
import { api } from "./http.js";
import { onDemand } from "./on-demand.js";
import { Login } from "./login.js";

const Enrolling = onDemand(() => import("./enrolling.js").then((part) => part.Enrolling));
const place = /** @type {Element} */ (document.getElementById("page"));
const TEXTS = { ru: () => import("../shared/texts-console-ru.js"), en: () => import("../shared/texts-console-en.js") };
const t = await speaker(readersLanguage(), { page: TEXTS });
await Promise.all([prepare(t), prepareCalls({ t, root: document })]);
document.documentElement.lang = t.language;
leaveComposition(document);
retitle(t("console"));

async function fetchMe() {
  try {
    return (await api("GET", "/manager/me")).operator;
  } catch (error) {
    return error.code ? null : error;
  }
}

// For the rooms, which cannot read the cookie: that there is an operator here, who may be one in them.
const kept = new Kept("chatd:operator");

const forget = () => kept.set({ username: undefined, name: undefined, chosen: undefined });

function showLogin(said = "") {
  retitle(t("console"));
  /** @param {{ operator: any }} told @param {string} password */
  const enter = ({ operator }, password) => enterAs(operator, password);
  render(html`<${Login} t=${t} said=${said} enter=${enter} />`, place);
}

/** @param {any} operator @param {string} [password] */
function enterAs(operator, password) {
  if (operator.must_enrol) showEnrolling(operator, password);
  else showConsole(operator);
}

// Nothing else is open to who needs a second factor first.
/** @param {any} operator */
function showEnrolling(operator, password = "") {
  const leave = () => api("POST", "/manager/logout", {}).then(() => showLogin(), () => showLogin(t("unreachable")));
  const giveUp = () => showLogin(t("unreachable"));
  const done = () => showConsole(operator);
  render(html`<${Enrolling} ...${{ t, password, done, leave, giveUp }} />`, place);
}

/** @param {any} operator */
function showConsole(operator) {
  if (kept.get().username !== operator.username) forget();
  kept.set({ username: operator.username, name: operator.display_name });
  const opened = new ConsoleModel(operator, t, (/** @type {string} */ said) => {
    forget();
    try {
      opened.end();
    } finally {
      showLogin(said);
    }
  });
  opened.start();
  render(html`<${App} model=${opened} t=${t} />`, place);
}

const known = await fetchMe();
if (known instanceof Error) showLogin(t("unreachable"));
else if (known) enterAs(known);
else if (await hasOperators()) showLogin();
else render(html`<${FirstRun} t=${t} done=${() => showLogin()} />`, place);
