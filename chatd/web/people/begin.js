// A new dialog with somebody, or a new group.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
/** @import { Asked } from "./asking.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { arrows } from "../shared/arrows.js";
import { asText, fencedRows } from "../shared/fence.js";
import { Close, Search } from "../shared/icons.js";
import { Avatar } from "../shared/message.js";
import { Modal } from "../shared/modal.js";
import { otherIn } from "./dialogs.js";
import { useFound } from "./sidebar.js";

const MOST = 8;

/** @param {any} one */
const key = (one) => `${asText(one.name)} ${asText(one.username)}`.toLowerCase();

// People to choose from: whom one writes with, by any part of their names, and all others by how their
// user name begins. but: the ids of those who are not offered.
/** @param {{ t: Speaker, page: Person, pick: (one: any) => void, but?: Set<string>, focus?: boolean }} props */
export function Picker({ t, page, pick, but = new Set(), focus }) {
  const [sought, setSought] = useState("");
  const field = useRef();
  const found = useFound(page, sought);
  useLayoutEffect(() => {
    if (focus) field.current.focus();
  }, []);
  const known = page.list.sorted.filter((one) => one.kind === "direct").map((one) => otherIn(one, page.me));
  const query = sought.trim().replace(/^@/, "").toLowerCase();
  const ours = known.filter((one) => one.username && key(one).includes(query));
  const everybody = new Map([...ours, ...found].map((one) => [one.id, one]));
  const offered = [...everybody.values()].filter((one) => !but.has(one.id)).slice(0, MOST);
  /** @param {any} one */
  const onPick = (one) => {
    setSought("");
    pick(one);
    field.current?.focus();
  };
  /** @param {any} event */
  const keys = (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      event.target.closest(".picker").querySelector(".entry")?.focus();
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (offered[0] && query) onPick(offered[0]);
  };
  /** @param {any} one */
  const row = (one) => html`<li><button type="button" class="entry" onClick=${() => onPick(one)}>
    <${Avatar} id=${one.id} name=${one.name} /><span class="name">${one.name} <small>@${one.username}</small></span>
    </button></li>`;
  return html`<div class="picker" onKeyDown=${(/** @type {any} */ event) => arrows(event, { match: ".entry" })}>
    <div class="seek"><${Search} /><input class="input" type="search" ref=${field} aria-label=${t("findPeople")}
      placeholder=${t("findPeople")} value=${sought} onKeyDown=${keys} autocapitalize="none" spellcheck=${false}
      onInput=${(/** @type {any} */ event) => setSought(event.target.value)} /></div>
    <ul>${fencedRows(offered, "id", row, t)}</ul>
    <p class="hint" role="status">${query && !offered.length ? t("nobodyFound") : t("findPeopleHint")}</p></div>`;
}

/** @param {Asked} props */
export function Begin({ t, page, close, corner }) {
  /** @param {any} one */
  const pick = (one) => page.enter("dialog:create", { kind: "direct", with: [one.username] });
  return html`<${Modal} t=${t} title=${t("newDialog")} close=${close} corner=${corner}><div class="body stacked">
    <${Picker} ...${{ t, page, pick, focus: true }} />
    <button class="plain" onClick=${() => page.prompt({ what: "group" })}>${t("newGroup")}</button>
  </div></${Modal}>`;
}

/** @param {Asked} props */
export function Group({ t, page, close, corner }) {
  const [chosen, setChosen] = useState(/** @type {any[]} */ ([]));
  const title = useRef();
  const past = useRef();
  useLayoutEffect(() => title.current.focus(), []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const companions = chosen.map(({ username }) => username);
    const form = { title: title.current.value.trim(), with: companions, past: past.current.value };
    page.enter("dialog:create", { kind: "group", ...form });
  };
  /** @param {any} one */
  const drop = (one) => setChosen(chosen.filter(({ id }) => id !== one.id));
  /** @param {any} one */
  const chip = (one) => html`<li class="chip"><span>${one.name}</span><button type="button" class="quiet"
    aria-label=${t("notWith", { name: asText(one.name) })} onClick=${() => drop(one)}><${Close} /></button></li>`;
  return html`<${Modal} t=${t} title=${t("newGroup")} close=${close} corner=${corner}>
    <form class="body stacked" onSubmit=${submit}>
    <div class="labelled"><label for="group-title">${t("groupTitle")}</label>
      <input class="input" id="group-title" ref=${title} required maxlength="64" autocomplete="off" /></div>
    <${Past} t=${t} field=${past} />
    ${chosen.length > 0 && html`<ul class="chips" aria-label=${t("withWhom")}>
      ${fencedRows(chosen, "id", chip, t)}</ul>`}
    <${Picker} ...${{ t, page, but: new Set(chosen.map(({ id }) => id)) }}
      pick=${(/** @type {any} */ one) => setChosen([...chosen, one])} />
    <div class="choices"><button type="button" class="plain" onClick=${close}>${t("cancel")}</button>
      <button class="primary">${t("makeGroup")}</button></div></form></${Modal}>`;
}

// What those see of the past who come later.
/** @param {{ t: Speaker, field?: any, value?: string,
  onChange?: (value: string) => void }} props */
export const Past = ({ t, field, value, onChange }) =>
  html`<div class="labelled"><label for="past">${t("pastSeen")}</label>
    <select class="input" id="past" ref=${field} value=${value}
      onChange=${(/** @type {any} */ event) => onChange?.(event.target.value)}>
      <option value="all">${t("past_all")}</option><option value="none">${t("past_none")}</option></select></div>`;
