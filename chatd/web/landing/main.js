// The page of a fresh daemon: what this is, the chat itself in the corner, where to go, the snippet.
import { html, render, useState } from "../vendor/preact.js";
import { Bubble, Person } from "../shared/icons.js";
import { BASE, roomPath } from "../shared/base.js";
import { itemsOf, fencedRows } from "../shared/fence.js";
import { Hash } from "../shared/icons-pages.js";
import { readersLanguage } from "../shared/reader.js";
import { speaker } from "../shared/texts.js";
import { Steps, facts } from "./steps.js";

const SNIPPET = `<script src="${BASE}/widget.js" async></script>`;
const COPIED_FOR = 2_000;

const TEXTS = { ru: () => import("../shared/texts-landing-ru.js"), en: () => import("../shared/texts-landing-en.js") };
const t = await speaker(readersLanguage(), { page: TEXTS });
document.documentElement.lang = t.language;

async function roomsHere() {
  try {
    const answer = await fetch(`${BASE}/api/rooms`);
    return itemsOf((await answer.json()).data.rooms);
  } catch {
    return [];
  }
}

// The clipboard is there on secure pages only; elsewhere the text is chosen, ready to be copied.
/** @param {HTMLElement} code */
async function tryCopy(code) {
  try {
    await navigator.clipboard.writeText(SNIPPET);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}

function Snippet() {
  const [done, setDone] = useState(false);
  /** @param {any} event */
  const copy = async (event) => {
    const code = event.currentTarget.parentElement.querySelector("code");
    setDone(await tryCopy(code));
    setTimeout(() => setDone(false), COPIED_FOR);
  };
  return html`<section class="snippet" aria-labelledby="snippet">
    <h2 id="snippet">${t("landingSnippet")}</h2>
    <p>${t("landingSnippetHint")}</p>
    <div class="code"><pre tabindex="0" role="group" aria-labelledby="snippet"><code>${SNIPPET}</code></pre>
      <button class="primary" onClick=${copy}>${t(done ? "copied" : "copy")}</button></div>
    <p role="status" class="hidden">${done ? t("copied") : ""}</p>
  </section>`;
}

/** @param {{ id: string, title?: string }} room */
const roomRow = (room) => html`<li><a href=${roomPath(room.id)}>${room.title ?? room.id}</a></li>`;

/** @param {{ rooms: any[] }} props */
const Rooms = ({ rooms }) =>
  html`<section class="card" aria-labelledby="rooms">
    <span class="sign"><${Hash} /></span>
    <h2 id="rooms">${t("landingRooms")}</h2>
    <p>${t("landingRoomsHint")}</p>
    <ul class="rooms">${fencedRows(rooms.slice(0, 12), "id", roomRow, t)}</ul>
  </section>`;

const Console = () =>
  html`<section class="card" aria-labelledby="console">
    <span class="sign"><${Person} /></span>
    <h2 id="console">${t("landingConsole")}</h2>
    <p>${t("landingConsoleHint")}</p>
    <ul class="rooms"><li><a href=${`${BASE}/console`}>${t("signIn")}</a></li></ul>
  </section>`;

/** @param {{ rooms: any[], first: Record<string, any> | null }} props */
const Landing = ({ rooms, first }) =>
  html`<header class="hero">
      <span class="logo"><${Bubble} /></span>
      <h1>${t("landingTitle")}</h1>
      <p class="lead">${t("landingLead")}</p>
      <button class="primary try" onClick=${() => window.chatd?.open()}>${t("landingOpen")}</button>
      <p class="fine">${t("landingTry")}</p>
    </header>
    ${first && html`<${Steps} first=${first} t=${t} />`}
    <div class="cards"><${Console} /><${Rooms} rooms=${rooms} /></div>
    <${Snippet} />
    <footer class="fine">${t("landingOff")}</footer>`;

const [rooms, first] = await Promise.all([roomsHere(), facts()]);
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
render(html`<${Landing} rooms=${rooms} first=${first} />`, page);
