// Beside the conversation: the rooms, who is here, the head.
/** @import { Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Bubble, Close, Left, Search } from "../shared/icons.js";
import { Pencil } from "../shared/icons-acts.js";
import { Hash, Lock, People as Group } from "../shared/icons-pages.js";
import { fencedRows, asText } from "../shared/fence.js";
import { InVoice } from "../shared/in-voice.js";
import { Avatar } from "../shared/message.js";
import { isSilenced } from "../shared/muted.js";
import { Mind } from "./moderate.js";
import { peopleHere } from "./name-form.js";
import { Modal } from "../shared/modal.js";

/** @param {{ t: Speaker, visitor: Visitor, close: () => void }} props */
export function Rooms({ t, visitor, close }) {
  const [renaming, setRenaming] = useState(false);
  /** @param {MouseEvent} event @param {string} room */
  const go = (event, room) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    close();
    visitor.go(room);
  };
  /** @param {any} one */
  const row = (one) => html`<li><a href=${`/r/${encodeURIComponent(one.id)}`}
    aria-current=${one.id === visitor.room ? "page" : null}
      onClick=${(/** @type {MouseEvent} */ event) => go(event, one.id)}>
      <${Hash} /><span class="name">${one.title ?? one.id}<${InVoice} t=${t} voice=${one.voice} /></span>
      ${one.locked === true && html`<span class="lock" title=${t("withPassword")}><${Lock} />
        <span class="hidden">${t("withPassword")}</span></span>`}
      ${peopleIn(one, visitor) > 0 && html`<span class="count" title=${peopleHere(t, one.people)}>
        <span class="hidden">${t("people")}: </span>${peopleIn(one, visitor)}</span>`}</a></li>`;
  return html`<nav class="pane left" aria-label=${t("rooms")}>
    <header><span class="mark"><${Bubble} /></span><h2>${t("rooms")}</h2>
      <button class="quiet shut" aria-label=${t("closeDialog")} onClick=${close}><${Close} /></button></header>
    <ul>${fencedRows(visitor.rooms, "id", row, t)}</ul>
    <footer><${Avatar} id=${visitor.me} name=${visitor.name} /><span class="name">${visitor.name}
        ${visitor.operator && html`<${Operate} t=${t} visitor=${visitor} />`}</span>
      ${!visitor.session && html`<button class="quiet" aria-label=${t("changeName")} title=${t("changeName")}
        onClick=${() => setRenaming(true)}><${Pencil} /></button>`}</footer>
    ${renaming && html`<${Rename} t=${t} visitor=${visitor} close=${() => setRenaming(false)} />`}
  </nav>`;
}

// Who has logged in at the console chooses whether they are an operator here.
/** @param {{ t: Speaker, visitor: Visitor }} props */
function Operate({ t, visitor }) {
  const { operates, operator } = visitor;
  return html`<button class="linklike small" onClick=${() => visitor.operate(!operates)}>
    ${operates ? t("notAsOperator") : t("asOperator", { name: operator?.name })}</button>`;
}

/** @param {{ id: string, people: number }} room @param {Visitor} visitor */
const peopleIn = (room, { dialog }) => (dialog?.id === room.id && dialog.joined ? dialog.present : room.people);

/** @param {{ t: Speaker, visitor: Visitor, close: () => void }} props */
function Rename({ t, visitor, close }) {
  const field = useRef();
  useEffect(() => field.current.select(), []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const name = field.current.value.trim();
    if (name && name !== visitor.name) visitor.enter(name);
    close();
  };
  return html`<${Modal} t=${t} title=${t("changeName")} close=${close}><form class="body" onSubmit=${submit}>
    <div class="labelled"><label for="rename">${t("yourName")}</label>
    <input class="input" id="rename" ref=${field} required maxlength="64" defaultValue=${visitor.name} /></div>
    <div class="choices"><button type="button" class="plain" onClick=${close}>${t("cancel")}</button>
      <button class="primary">${t("save")}</button></div>
  </form></${Modal}>`;
}

/** @param {{ t: Speaker, visitor: Visitor, pane: string, setPane: (name: string) => void }} props */
export function Header({ t, visitor, pane, setPane }) {
  const { dialog, locked } = visitor;
  const view = locked ? null : dialog?.view;
  /** @param {string} name */
  const toggle = (name) => setPane(pane === name ? "" : name);
  return html`<header class="head">
    <button class="quiet narrow" aria-label=${t("rooms")} aria-expanded=${pane === "left"}
      onClick=${() => toggle("left")}><${Left} /></button>
    <div class="who"><h1>${visitor.roomTitle}</h1><p>
      ${view?.topic || (view && peopleHere(t, dialog?.present))}</p></div>
    ${!locked && html`<button class="quiet" aria-label=${t("findMessages")} title=${t("findMessages")}
      aria-keyshortcuts="Alt+F" onClick=${() => visitor.find(true)}><${Search} /></button>`}
    ${!locked && html`<button class="plain crowd" aria-label=${peopleHere(t, dialog?.present)}
      aria-expanded=${pane === "right"} onClick=${() => toggle("right")}>
      <${Group} /> ${dialog?.present ?? ""}</button>`}
  </header>`;
}

/** @type {Record<string, number>} */
const ORDER = { online: 0, away: 1 };
/** @param {{ status: string }} one */
const rank = ({ status }) => ORDER[status] ?? ORDER.away;
/** @param {{ name: unknown }} one */
const nameOf = ({ name }) => asText(name);

/** @param {{ t: Speaker, visitor: Visitor, close: () => void }} props */
export function People({ t, visitor, close }) {
  const { me } = visitor;
  const dialog = visitor.locked ? null : visitor.dialog;
  const everybody = [...(dialog?.people.values() ?? [])]
    .sort((a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b)));
  /** @param {string} id */
  const writes = (id) => dialog?.writers.writes(id);
  /** @param {any} one */
  const row = (one) => html`<li class=${one.status}>
      <span class="face"><${Avatar} id=${one.id} name=${one.name} /><span class="mark-${one.status}"></span></span>
      <span class="name">${one.name}${one.id === me ? html` <small>${t("youMark")}</small>` : ""}
        ${writes(one.id) ? html`<small class="writes">${t("writesNow")}…</small>`
          : isSilenced(one) ? html`<small>${t("mutedMark")}</small>`
          : one.status === "away" && html`<small>${t("awayOne")}</small>`}
        ${one.kind === "operator" && html`<small>${t("operatorMark")}</small>`}</span>
      <${Mind} ...${{ t, visitor, one, before: close }} isMember=${one.kind === "member"} /></li>`;
  return html`<aside class="pane right" aria-label=${t("people")}>
    <header><h2>${t("people")}</h2>${dialog && html`<span class="count">${dialog.present}</span>`}
      <button class="quiet shut" aria-label=${t("closeDialog")} onClick=${close}><${Close} /></button></header>
    ${dialog?.crowd && html`<p>${peopleHere(t, dialog.present)}</p>`}
    <ul tabindex=${everybody.length > 12 ? 0 : null}>${fencedRows(everybody.slice(0, 500), "id", row, t)}</ul>
  </aside>`;
}
