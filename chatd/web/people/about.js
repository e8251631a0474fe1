// About a dialog: who is in it, who may come, and what one wants to hear of it.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
/** @import { Asked } from "./asking.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { HOME, invitePath } from "../shared/base.js";
import { copy } from "../shared/clipboard.js";
import { asText, fencedRows } from "../shared/fence.js";
import { Avatar } from "../shared/message.js";
import { Modal } from "../shared/modal.js";
import { isSilenced, untilWhen } from "../shared/muted.js";
import { Silence } from "../shared/silence.js";
import { clock, dayName } from "../shared/times.js";
import { Past, Picker } from "./begin.js";
import { isMuted, titleOf } from "./dialogs.js";

/** @param {Asked} props */
export function About({ t, page, close, corner }) {
  const { dialog } = page;
  const view = dialog?.view;
  if (!dialog || !view) return null;
  const group = view.kind === "group";
  const own = { t, page, dialog_id: dialog.id };
  const owns = group && dialog.owner === page.me;
  const members = [...dialog.members].sort(byOwner);
  /** @param {any} one */
  const row = (one) => html`<${Member} key=${one.id} ...${{ ...own, one, owns }} />`;
  return html`<${Modal} ...${{ t, close, corner }} title=${titleOf(view, page.me)}>
    <div class="body stacked" tabindex="0">
    ${owns && html`<${Rename} ...${own} title=${view.title} />`}
    <div class="stacked"><${Mute} ...${own} /></div>
    <section aria-labelledby="members">
      <h3 id="members">${t("members")} <span class="count">${members.length}</span></h3>
      <ul class="members">${fencedRows(members, "id", row, t)}</ul></section>
    ${owns && html`<${LetIn} ...${own} members=${members} />
      <${Links} ...${own} open=${page.list.rows.get(dialog.id)?.links ?? 0} />
      <${Past} t=${t} value=${view.past}
        onChange=${(/** @type {string} */ past) => page.ask("dialog:past", { dialog_id: dialog.id, past })} />`}
    ${!group && html`<${Sure} t=${t} label=${t("hideDialog")} sure=${t("hideSure")}
      does=${() => page.ask("dialog:quit", { dialog_id: dialog.id })} />`}
    ${group && html`<${Sure} t=${t} label=${t("leaveGroup")} sure=${t(owns ? "leaveOwnSure" : "leaveSure")}
      does=${() => page.ask("dialog:quit", { dialog_id: dialog.id })} />`}
  </div></${Modal}>`;
}

/** @type {(a: any, b: any) => number} */
const byOwner = (a, b) => Number(b.owner) - Number(a.owner) || asText(a.name).localeCompare(asText(b.name));

// What cannot be undone is asked once more.
/** @param {{ t: Speaker, label: string, sure: string, does: () => unknown, small?: boolean }} props */
function Sure({ t, label, sure, does, small }) {
  const [asked, setAsked] = useState(false);
  const opener = useRef();
  const cancel = useRef();
  const before = useRef(false);
  useLayoutEffect(() => {
    if (asked) cancel.current.focus();
    else if (before.current) opener.current.focus();
    before.current = asked;
  }, [asked]);
  const done = () => {
    setAsked(false);
    does();
  };
  if (!asked) {
    return html`<button class=${small ? "plain small" : "plain"} ref=${opener} onClick=${() => setAsked(true)}>
      ${label}</button>`;
  }
  return html`<div class="sure" role="group" aria-label=${sure}><p>${sure}</p>
    <button class="plain" ref=${cancel} onClick=${() => setAsked(false)}>${t("cancel")}</button>
    <button class="primary danger" onClick=${done}>${label}</button></div>`;
}

/** @param {{ t: Speaker, page: Person, dialog_id: string, one: any, owns: boolean }} props */
function Member({ t, page, dialog_id, one, owns }) {
  const own = one.id === page.me;
  const [name, who] = [asText(one.name), one.username];
  return html`<li><${Avatar} id=${one.id} name=${name} /><span class="name">${name}
      ${own && html` <small>${t("youMark")}</small>`}
      <small class="below">@${who}${one.owner ? ` · ${t("ownerMark")}` : ""}${
        isSilenced(one) ? ` · ${untilWhen(t, one.muted_until, "mutedMark", "mutedMarkUntil")}` : ""}</small></span>
    ${owns && !own && html`<div class="deeds"><${Silence} ...${{ t, page, dialog_id, one }} />
      <${Sure} small t=${t} label=${t("handOver")} sure=${t("handOverSure", { name })}
        does=${() => page.ask("dialog:hand_over", { dialog_id, who })} />
      <${Sure} small t=${t} label=${t("putOut")} sure=${t("putOutSure", { name })}
        does=${() => page.ask("dialog:remove", { dialog_id, who })} /></div>`}</li>`;
}

/** @param {{ t: Speaker, page: Person, dialog_id: string, title: string }} props */
function Rename({ t, page, dialog_id, title }) {
  const field = useRef();
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const now = field.current.value.trim();
    if (now && now !== title) page.ask("dialog:rename", { dialog_id, title: now });
  };
  return html`<form class="labelled" onSubmit=${submit}><label for="rename">${t("groupTitle")}</label>
    <div class="beside"><input class="input" id="rename" ref=${field} required maxlength="64" defaultValue=${title} />
      <button class="plain">${t("save")}</button></div></form>`;
}

/** @param {{ t: Speaker, page: Person, dialog_id: string }} props */
function Mute({ t, page, dialog_id }) {
  const row = page.list.rows.get(dialog_id);
  const muted = row !== undefined && isMuted(row);
  const turn = () => page.ask("dialog:mute", { dialog_id, off: muted });
  return html`<button class="plain" role="switch" aria-checked=${muted} onClick=${turn}>
    ${t("mute")} <span class="state-word">${t(muted ? "turnedOn" : "turnedOff")}</span></button>`;
}

/** @param {{ t: Speaker, page: Person, dialog_id: string, members: any[] }} props */
function LetIn({ t, page, dialog_id, members }) {
  const but = new Set(members.map(({ id }) => id));
  /** @param {any} one */
  const pick = (one) => page.ask("dialog:invite", { dialog_id, who: one.username });
  return html`<section aria-labelledby="let-in"><h3 id="let-in">${t("letIn")}</h3>
    <${Picker} ...${{ t, page, pick, but }} /></section>`;
}

const USES = [1, 10, 100];
const HOURS = 168;

// Links that let so many people in until then; the owner sees a link once, when it is made.
/** @param {{ t: Speaker, page: Person, dialog_id: string, open: number }} props */
function Links({ t, page, dialog_id, open }) {
  const [made, setMade] = useState(/** @type {any} */ (null));
  const uses = useRef();
  const shown = useRef();
  const busy = useRef(false);
  useLayoutEffect(() => {
    if (made) shown.current.select();
  }, [made]);
  const make = async () => {
    if (busy.current) return;
    busy.current = true;
    const told = await page.ask("dialog:link", { dialog_id, uses: Number(uses.current.value), hours: HOURS });
    busy.current = false;
    if (told) setMade({ ...told, link: new URL(invitePath(told.code), HOME_URL).href });
  };
  const onCopy = async () => {
    page.toasts.say(t((await copy(made.link)) ? "linkCopied" : "notCopied"));
  };
  const end = async () => {
    if (await page.ask("dialog:unlink", { dialog_id })) setMade(null);
  };
  return html`<section aria-labelledby="links"><h3 id="links">${t("inviteLinks")}</h3>
    ${made ? html`<div class="beside"><input class="input" ref=${shown} readonly value=${made.link}
        aria-label=${t("inviteLink")} /><button class="primary" onClick=${onCopy}>${t("copy")}</button></div>
      <p class="hint">${t("linkUntil", { n: made.uses, at: `${dayName(t, made.expires_at)}, ${
        clock(t, made.expires_at)}` })}</p>`
    : html`<div class="beside"><select class="input" ref=${uses} aria-label=${t("linkUses")}>
        ${USES.map((n) => html`<option value=${n}>${t("forPeople", { n })}</option>`)}</select>
      <button class="plain" onClick=${make}>${t("makeLink")}</button></div>`}
    ${open > 0 && html`<p class="hint">${t("linksOpen", { n: open })} <button class="linklike" onClick=${end}>
      ${t("endLinks")}</button></p>`}</section>`;
}

const HOME_URL = new URL(HOME, location.href);
