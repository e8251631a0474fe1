// One's dialogs as a page: the list, the dialog that is open, what is asked over both.
/** @import { Shown, Speaker } from "../shared/types" @import { Person } from "./person.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { inviteHere, HOME } from "../shared/base.js";
import { copy } from "../shared/clipboard.js";
import { fencedPart } from "../shared/fence.js";
import { Chain } from "../shared/icons-pages.js";
import { Bubble } from "../shared/icons.js";
import { RoomPassword } from "../shared/room-password.js";
import { useStore } from "../shared/store.js";
import { Line, Talk } from "../shared/talk.js";
import { ToastCorner } from "../shared/toasts.js";
import { VoiceBar } from "../shared/voice-bar.js";
import { PROMPTS } from "./asking.js";
import { Header } from "./header.js";
import { Sidebar, step } from "./sidebar.js";

/** @param {{ t: Speaker, page: Person }} props */
export function App({ t, page }) {
  useStore(page);
  const search = useRef();
  useEffect(() => {
    if (inviteHere().includes(".")) page.prompt({ what: "invited", code: inviteHere() });
    else if (inviteHere()) history.replaceState(null, "", HOME);
  }, []);
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const key = (event) => onKey(event, page, search.current);
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const Prompt = page.asking && PROMPTS[page.asking.what];
  const corner = html`<${ToastCorner} toasts=${page.toasts} t=${t} />`;
  return html`<main class="people ${page.open ? "show-talk" : "show-list"}">
    <h1 class="hidden">${t("dialogs")}</h1>
    ${fencedPart(page, t, () => html`<${Sidebar} t=${t} page=${page} search=${search} />`)}
    <section class="talk" aria-label=${t("conversation")}>
      <${Line} t=${t} page=${page} />
      ${page.locked ? html`${fencedPart(page, t, () => html`<${Header} t=${t} page=${page} />`)}
        <${RoomPassword} key=${page.open} t=${t} page=${page} />`
        : page.dialog?.view ? html`<${Open} key=${page.dialog.id} t=${t} page=${page} />`
        : html`<${Nothing} t=${t} page=${page} />`}
    </section>
    ${Prompt ? html`<${Prompt} key=${page.asking?.what} ...${{ t, page, corner }} ...${page.asking}
      close=${() => page.prompt(null)} />` : corner}
  </main>`;
}

// What a key changes is drawn in a microtask that another one asks for.
/** @param {() => unknown} work */
const afterDrawing = (work) => queueMicrotask(() => queueMicrotask(work));

// Ctrl+K searches, Alt+F in what was said; Alt and an arrow open the next dialog; Escape goes back to the list.
/** @param {KeyboardEvent} event @param {Person} page @param {HTMLElement} search */
function onKey(event, page, search) {
  const { key, altKey, ctrlKey, metaKey } = event;
  if (page.asking || event.defaultPrevented) return;
  if ((ctrlKey || metaKey) && event.code === "KeyK") {
    event.preventDefault();
    if (getComputedStyle(search).display === "none" || !search.offsetParent) page.go("");
    afterDrawing(() => search.focus());
  } else if (altKey && event.code === "KeyF") {
    event.preventDefault();
    page.prompt({ what: "found" });
  } else if (altKey && (key === "ArrowDown" || key === "ArrowUp")) {
    event.preventDefault();
    step(page, key === "ArrowDown" ? 1 : -1);
  } else if (key === "Escape" && page.open) toList(page);
}

// On a phone the list is a page of its own.
/** @param {Person} page */
function toList(page) {
  const inList = () => /** @type {HTMLElement | null} */ (document.querySelector('.dialogs [tabindex="0"]'));
  if (!inList()?.offsetParent) page.go("");
  afterDrawing(() => inList()?.focus());
}

/** @param {{ t: Speaker, page: Person }} props */
function Open({ t, page }) {
  /** @param {Shown} message @param {number} tab */
  const more = (message, tab) => html`<${CopyLink} ...${{ t, page, message, tab }} />`;
  return html`${fencedPart(page, t, () => html`<${Header} t=${t} page=${page} />`)}
    ${fencedPart(page, t, () => html`<${VoiceBar} t=${t} page=${page} />`)}
    <${Talk} ...${{ t, page, more }} />`;
}

/** @param {{ t: Speaker, page: Person, message: Shown, tab: number }} props */
function CopyLink({ t, page, message, tab }) {
  const onCopy = async () => {
    page.toasts.say(t((await copy(page.linkTo(message))) ? "linkCopied" : "notCopied"));
  };
  return html`<button class="quiet" tabindex=${tab} aria-label=${t("copyLink")} title=${t("copyLink")}
    onClick=${onCopy}><${Chain} /></button>`;
}

/** @param {{ t: Speaker, page: Person }} props */
function Nothing({ t, page }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  if (page.open || !page.list.whole) {
    return html`<div class="nothing" aria-busy="true">${late && html`<p>${t("connecting")}</p>`}</div>`;
  }
  return html`<div class="nothing"><span class="mark"><${Bubble} /></span>
    ${page.farewell && html`<p class="farewell" role="alert">${page.farewell}</p>`}
    <h2>${t(page.list.rows.size ? "chooseDialog" : "noDialogs")}</h2>
    <p>${t("chooseDialogHint")}</p>
    <button class="primary" onClick=${() => page.prompt({ what: "begin" })}>${t("newDialog")}</button></div>`;
}
