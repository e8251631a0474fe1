// A room in the browser: who has a name goes in, who has none is asked for it in a form.
import { html, render } from "../vendor/preact.js";
import { roomHere } from "../shared/base.js";
import { leaveComposition } from "../shared/composition.js";
import { readersLanguage } from "../shared/reader.js";
import { prepare } from "../shared/message.js";
import { prepareCalls } from "../shared/phone.js";
import { speaker } from "../shared/texts.js";
import { App } from "./app.js";
import { NameForm } from "./name-form.js";
import { Visitor } from "./visitor.js";

const place = /** @type {Element} */ (document.getElementById("page"));
const TEXTS = { ru: () => import("../shared/texts-rooms-ru.js"), en: () => import("../shared/texts-rooms-en.js") };
const t = await speaker(readersLanguage(), { page: TEXTS });
await Promise.all([prepare(t), prepareCalls({ t, root: document })]);
document.documentElement.lang = t.language;
leaveComposition(document);

const visitor = new Visitor({ t, room: roomHere(), showNameForm: (/** @type {string} */ said) => showNameForm(said) });

/** @param {string} [said] */
function showNameForm(said) {
  render(html`<${NameForm} t=${t} visitor=${visitor} said=${said} enter=${enter} />`, place);
}

/** @param {string} name */
function enter(name) {
  visitor.enter(name);
  render(html`<${App} t=${t} visitor=${visitor} />`, place);
}

if (visitor.name) enter(visitor.name);
else showNameForm();
