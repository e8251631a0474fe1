// The dialogs of the console: to whom a ticket goes, and which keys there are.
/** @import { Speaker } from "../shared/types" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";
import { Avatar } from "../shared/message.js";
import { arrows } from "../shared/arrows.js";
import { FindMessages } from "../shared/find.js";
import { Modal } from "../shared/modal.js";
import { transfer } from "./actions.js";
import { Bulk } from "./bulk.js";
import { CannedEditor } from "./canned-editor.js";
import { serves } from "./alerts.js";
import { fittingFor, giveToDepartment, titleOf } from "./departments.js";
import { onDemand } from "./on-demand.js";
import { KEYS, keyName } from "./keys.js";
import { Palette } from "./palette.js";
import { byPresence, nameOf, People, taking } from "./people.js";
import { Snooze } from "./snooze.js";
import { Views } from "./views.js";
import { Sounds } from "./sound-settings.js";
import { VisitorWindow } from "./visitors.js";

/** @param {{ model: any, t: Speaker }} props */
export function Modals({ model, t }) {
  const close = () => model.set({ asking: null });
  const giveUp = () => {
    close();
    model.toasts.say(t("unreachable"), "alert");
  };
  /** @type {Record<string, (props: any) => unknown>} */
  const windows = { transfer: Transfer, help: Keys, sounds: Sounds, people: People, palette: Palette, found: Found,
    snooze: Snooze, account: Account, canned: CannedEditor, bulk: Bulk, visitors: VisitorWindow, views: Views,
    manage: Manage, forget: Forget,
    figures: Figures };
  const Asked = windows[model.asking?.what];
  return Asked ? html`<${Asked} key=${model.asking.what} ...${{ model, t, close, giveUp }} />` : null;
}
const Manage = onDemand(() => import("./manage.js").then((part) => part.Manage));
const Forget = onDemand(() => import("./forget.js").then((part) => part.Forget));
const Account = onDemand(() => import("./account.js").then((part) => part.Account));
const Figures = onDemand(() => import("./figures.js").then((part) => part.prepare()), {
  ru: () => import("../shared/texts-figures-ru.js"),
  en: () => import("../shared/texts-figures-en.js"),
});

/** @param {any} hit */
const ticketOf = ({ dialog_id }) => dialog_id.replace(/\/notes$/, "");

// Rooms are no part of this page.
/** @param {{ model: any, t: Speaker, close: () => void }} props */
const Found = ({ model, t, close }) => html`<${FindMessages} ...${{ t, close, toasts: model.toasts }}
  ask=${(/** @type {string} */ event, /** @type {object} */ data) => model.ask(event, data)}
  query=${model.asking.query} open=${model.talk?.id}
  shows=${(/** @type {any} */ { kind }) => kind === "ticket" || kind === "notes"}
  place=${(/** @type {any} */ hit) => `${ticketOf(hit)}${hit.kind === "notes" ? ` · ${t("modeNote")}` : ""}`}
  go=${(/** @type {any} */ hit) => model.opened.openAt(ticketOf(hit), hit)} />`;

/** @param {{ model: any, t: Speaker, close: () => void }} props */
function Transfer({ model, t, close }) {
  const { talk } = model;
  const list = useRef();
  useLayoutEffect(() => list.current?.querySelector("button")?.focus(), []);
  const fitting = model.operators
    .filter((/** @type {any} */ one) => !one.disabled && one.username !== talk.view.operator)
    .filter((/** @type {any} */ one) => serves(one, talk.view.site))
    .sort(byPresence);
  /** @param {any} one */
  const give = (one) => {
    close();
    transfer(model, talk, one);
  };
  /** @param {any} one */
  const row = (one) => html`<li>
      <button onClick=${() => give(one)}><${Avatar} id=${one.id} name=${nameOf(one)} />
        <span class="name">${nameOf(one)}<small><span class="mark-${one.status}"></span>${t(`operator_${one.status}`)}
          ${taking(t, one)}</small></span>
        <span class="load">${t("loadOf", { n: one.active, of: one.capacity })}</span></button></li>`;
  const departments = fittingFor(model, talk.view).filter(({ name }) => name !== talk.view.department);
  /** @param {any} one */
  const department = ({ name }) => html`<li><button onClick=${() => {
    close();
    giveToDepartment(model, talk.view, t, name);
  }}><span class="name">${titleOf(model, t, name)}<small>${t("departmentWord")}</small></span></button></li>`;
  return html`<${Modal} t=${t} title=${t("transferTo")} close=${close}><div class="body">
    ${departments.length > 0 && html`<ul class="choose" onKeyDown=${arrows}>
      ${fencedRows(departments, "name", department, t)}</ul>`}
    ${fitting.length ? html`<ul class="choose" ref=${list} onKeyDown=${arrows}>
      ${fencedRows(fitting, "username", row, t)}</ul>`
      : html`<p class="empty">${t("nobodyElse")}</p>`}
  </div></${Modal}>`;
}

/** @param {{ t: Speaker, close: () => void }} props */
function Keys({ t, close }) {
  return html`<${Modal} t=${t} title=${t("keys")} kind="wide" close=${close}><div class="body" tabindex="0">
    <dl class="keys">${KEYS.map((key) => html`<div key=${key.name}><dt>${t(`key_${key.name}`)}</dt><dd><kbd>
      ${keyName(key)}</kbd></dd></div>`)}
      <div><dt>${t("key_markInList")}</dt><dd><kbd>X</kbd> <kbd>Shift+↑↓</kbd></dd></div>
      <div><dt>${t("key_palette")}</dt><dd><kbd>Ctrl+K</kbd></dd></div>
      <div><dt>${t("key_canned")}</dt><dd><kbd>/</kbd></dd></div>
      <div><dt>${t("key_naming")}</dt><dd><kbd>@</kbd></dd></div><div><dt>${t("key_newline")}</dt><dd>
        <kbd>Shift+Enter</kbd></dd></div></dl>
  </div></${Modal}>`;
}
