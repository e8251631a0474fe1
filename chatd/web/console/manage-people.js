// People with an account: made, invited, shut out, given a password, removed.
/** @import { Speaker } from "../shared/types" */
import { html, useRef, useState } from "../vendor/preact.js";
import { copy } from "../shared/clipboard.js";
import { fencedRows } from "../shared/fence.js";
import { Field } from "./fields.js";
import { ForgetButton } from "./forgetting.js";
import { SetPassword } from "./manage-operators.js";
import { useRows } from "./manage-rows.js";
import { Sure } from "./sure.js";

// Where no site is named it is the first.
/** @param {string} site */
const on = (site) => site ? { site } : {};

/** @param {{ t: Speaker, act: any, model: any }} props */
export function People({ t, act, model }) {
  const { rows, look } = useRows(act, "user:list", "people");
  const [open, setOpen] = useState("");
  /** @param {string} event @param {any} data */
  const change = async (event, data) => {
    const told = await act(event, data, t("manageDone", { name: data.username }));
    if (told) await look();
    return told;
  };
  if (!rows) return null;
  /** @param {any} one */
  const row = (one) => html`<li><button class="line" aria-expanded=${open === one.username}
      onClick=${() => setOpen(open === one.username ? "" : one.username)}>
      <span class="name">${one.display_name} <small>${one.username}</small></span>
      <span class="sub">${one.site} · ${t(one.disabled ? "manageOff" : `operator_${one.status}`)}</span></button>
    ${open === one.username && html`<${Account} ...${{ t, one, change, model }} />`}</li>`;
  return html`<ul class="rows" aria-label=${t("manage_people")}>${fencedRows(rows, "username", row, t)}</ul>
    ${rows.length === 0 && html`<p class="sub">${t("manageNoPeople")}</p>`}
    ${model.may("user:create") && html`<${NewAccount} ...${{ t, change }} />`}
    ${model.may("user:invite") && html`<${Invitation} ...${{ t, act }} />`}`;
}

/** @param {{ t: Speaker, one: any, change: any, model: any }} props */
function Account({ t, one, change, model }) {
  const { username } = one;
  return html`<div class="open">
    ${model.may("user:passwd") && html`<${SetPassword} ...${{ t, label: t("manageTheirPassword") }}
      set=${(/** @type {string} */ password) => change("user:passwd", { username, password })} />`}
    <div class="choices">
      ${model.may("user:disable") && (one.disabled ? html`<button class="plain small" onClick=${() =>
          change("user:disable", { username, disabled: false })}>${t("manageEnable")}</button>`
        : html`<${Sure} t=${t} label=${t("manageDisable")} does=${() => change("user:disable", { username })} />`)}
      ${one.avatar && model.may("user:avatar") && html`<${Sure} t=${t} label=${t("managePictureOff")}
        does=${() => change("user:avatar", { username })} />`}
      ${model.may("user:remove") && html`<${Sure} t=${t} label=${t("manageRemove")}
        does=${() => change("user:remove", { username })} />`}
      <${ForgetButton} ...${{ model, t, id: one.id, name: one.display_name }} /></div></div>`;
}

/** @param {{ t: Speaker, change: any }} props */
function NewAccount({ t, change }) {
  const [open, setOpen] = useState(false);
  const form = useRef();
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const { username, secret, display_name, site } = form.current.elements;
    const made = await change("user:create", { username: username.value, password: secret.value,
      display_name: display_name.value, ...on(site.value) });
    if (made) setOpen(false);
  };
  if (!open) return html`<button class="plain" onClick=${() => setOpen(true)}>${t("manageAddPerson")}</button>`;
  return html`<form ref=${form} class="ask open" onSubmit=${add} aria-label=${t("manageAddPerson")}>
    <${Field} name="username" label=${t("username")} />
    <${Field} name="secret" label=${t("password")} type="password" complete="new-password"
      hint=${t("ownPasswordRule")} />
    <${Field} name="display_name" label=${t("managePersonName")} />
    <${Field} name="site" label=${t("manageSite")} required=${false} hint=${t("manageSiteHint")} />
    <button class="primary">${t("manageAddPerson")}</button></form>`;
}

// A code by which so many make an account of their own, shown once.
/** @param {{ t: Speaker, act: any }} props */
function Invitation({ t, act }) {
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState("");
  const form = useRef();
  /** @param {any} event */
  const invite = async (event) => {
    event.preventDefault();
    const { site, uses, days } = form.current.elements;
    const data = { uses: Number(uses.value), hours: Number(days.value) * 24, ...on(site.value) };
    const told = await act("user:invite", data, t("manageInviteOnce"));
    if (told) setCode(`${location.href.replace(/\/console.*$/, "")}/invite/${told.code}`);
  };
  if (!open) return html`<button class="plain" onClick=${() => setOpen(true)}>${t("manageInvite")}</button>`;
  return html`${code && html`<p class="once"><code class="secret">${code}</code>
      <button class="plain small" onClick=${() => copy(code)}>${t("factorCopy")}</button></p>`}
    <form ref=${form} class="ask open" onSubmit=${invite} aria-label=${t("manageInvite")}>
      <${Field} name="site" label=${t("manageSite")} required=${false} hint=${t("manageSiteHint")} />
      <${Field} name="uses" label=${t("manageUses")} type="number" min="1" max="1000" defaultValue="1" />
      <${Field} name="days" label=${t("manageDays")} type="number" min="1" max="365" defaultValue="7" />
      <button class="primary">${t("manageInvite")}</button></form>`;
}
