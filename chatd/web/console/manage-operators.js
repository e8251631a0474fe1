// Operators: made, changed, shut out, given a password, rid of a second factor, removed.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";
import { Field } from "./fields.js";
import { fetchRoles } from "./manage-roles.js";
import { useRows, words } from "./manage-rows.js";
import { Sessions } from "./sessions.js";
import { Sure } from "./sure.js";

/** @param {{ t: Speaker, act: any, model: any }} props */
export function Operators({ t, act, model }) {
  const { rows, look } = useRows(act, "operator:list", "operators");
  const [open, setOpen] = useState("");
  const [named, setNamed] = useState(["operator", "admin"]);
  useEffect(() => {
    if (!model.may("role:list")) return;
    fetchRoles(act).then((told) => told && setNamed(told.roles.map((/** @type {any} */ { name }) => name)));
  }, []);
  /** @param {string} event @param {any} data */
  const change = async (event, data) => {
    const told = await act(event, data, t("manageDone", { name: data.username }));
    if (told) await look();
    return told;
  };
  if (!rows) return null;
  const roles = [...new Set([...named, ...rows.map(({ role }) => role)])];
  /** @param {any} one */
  const row = (one) => html`<li><button class="line" aria-expanded=${open === one.username}
      onClick=${() => setOpen(open === one.username ? "" : one.username)}>
      <span class="name">${one.display_name} <small>${one.username}</small></span>
      <span class="sub">${[one.role, t(one.disabled ? "manageOff" : `operator_${one.status}`),
        one.second_factor && t("factorTitle")].filter(Boolean).join(" · ")}</span></button>
    ${open === one.username && html`<${Operator} ...${{ t, one, change, act, model }} />`}</li>`;
  return html`<datalist id="roles">${roles.map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
    <ul class="rows" aria-label=${t("manage_operators")}>${fencedRows(rows, "username", row, t)}</ul>
    <${NewOperator} ...${{ t, change }} />`;
}

/** @param {{ t: Speaker, one: any, change: any, act: any, model: any }} props */
function Operator({ t, one, change, act, model }) {
  const { username } = one;
  const form = useRef();
  /** @param {any} event */
  const save = (event) => {
    event.preventDefault();
    const { display_name, role, sites, capacity, takes } = form.current.elements;
    const limit = capacity.value === String(one.capacity) ? {} : { capacity: Number(capacity.value) };
    change("operator:set", { username, display_name: display_name.value, role: role.value, sites: words(sites.value),
      takes_tickets: takes.checked, ...limit });
  };
  return html`<div class="open"><form ref=${form} class="ask" onSubmit=${save}>
      <${Fields} ...${{ t, one }} />
      <button class="primary">${t("save")}</button></form>
    <${SetPassword} ...${{ t, label: t("manageNewPassword") }}
      set=${(/** @type {string} */ password) => change("operator:passwd", { username, password })} />
    ${model.may("operator:sessions") && html`<${Logins} ...${{ t, username, change, act, model }} />`}
    <div class="choices">
      ${one.disabled ? html`<button class="plain small" onClick=${() =>
          change("operator:disable", { username, disabled: false })}>${t("manageEnable")}</button>`
        : html`<${Sure} t=${t} label=${t("manageDisable")} does=${() => change("operator:disable", { username })} />`}
      ${one.second_factor && html`<${Sure} t=${t} label=${t("manageFactorOff")}
        does=${() => change("operator:factor_off", { username })} />`}
      ${one.passkeys > 0 && model.may("operator:passkey_off") && html`<${Sure} t=${t} label=${t("managePasskeysOff")}
        does=${() => change("operator:passkey_off", { username })} />`}
      <${Sure} t=${t} label=${t("manageRemove")} does=${() => change("operator:remove", { username })} /></div></div>`;
}

// set: answers with whether it was.
/** @param {{ t: Speaker, label: string, set: (password: string) => Promise<any> }} props */
export function SetPassword({ t, label, set }) {
  const fresh = useRef();
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    if (await set(fresh.current.value)) fresh.current.value = "";
  };
  return html`<form class="beside" onSubmit=${submit}><${Field} name="manage-password" label=${label} type="password"
    complete="new-password" held=${fresh} /><button class="plain">${t("ownPasswordChange")}</button></form>`;
}

// Where they are logged in, for who wants to know.
/** @param {{ t: Speaker, username: string, change: any, act: any, model: any }} props */
function Logins({ t, username, change, act, model }) {
  const [open, setOpen] = useState(false);
  /** @param {string} session */
  const end = (session) => change("operator:session_end", { username, session });
  if (!open) return html`<button class="plain small" onClick=${() => setOpen(true)}>${t("sessionsTitle")}</button>`;
  return html`<section aria-label=${t("sessionsTitle")}><${Sessions} t=${t}
    fetch=${(/** @type {string | null} */ cursor) => act("operator:sessions", { username, cursor })}
    end=${model.may("operator:session_end") && end} /></section>`;
}

/** @param {{ t: Speaker, one?: any }} props */
const Fields = ({ t, one = {} }) => html`<${Field} name="display_name" label=${t("manageName")}
    defaultValue=${one.display_name} />
  <${Field} name="role" label=${t("manageRole")} list="roles" defaultValue=${one.role ?? "operator"} />
  <${Field} name="sites" label=${t("manageSites")} required=${false} hint=${t("manageSitesHint")}
    defaultValue=${one.sites?.join(", ")} />
  <${Field} name="capacity" label=${t("manageCapacity")} type="number" min="1" max="1000" required=${false}
    defaultValue=${one.capacity} />
  <label class="check"><input type="checkbox" name="takes" defaultChecked=${one.takes_tickets ?? true} />
    <span>${t("manageTakes")}</span></label>`;

/** @param {{ t: Speaker, change: any }} props */
function NewOperator({ t, change }) {
  const [open, setOpen] = useState(false);
  const form = useRef();
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const { username, secret, display_name, role, sites, capacity, takes } = form.current.elements;
    const limit = capacity.value ? { capacity: Number(capacity.value) } : {};
    const made = await change("operator:create", { username: username.value, password: secret.value,
      display_name: display_name.value, role: role.value, sites: words(sites.value), takes_tickets: takes.checked,
      ...limit });
    if (made) setOpen(false);
  };
  if (!open) return html`<button class="plain" onClick=${() => setOpen(true)}>${t("manageAdd")}</button>`;
  return html`<form ref=${form} class="ask open" onSubmit=${add} aria-label=${t("manageAdd")}>
    <${Field} name="username" label=${t("username")} />
    <${Field} name="secret" label=${t("password")} type="password" complete="new-password"
      hint=${t("ownPasswordRule")} />
    <${Fields} t=${t} /><button class="primary">${t("manageAdd")}</button></form>`;
}
