// Programs' tokens: made, shown once, taken back.
/** @import { Speaker } from "../shared/types" */
import { html, useRef, useState } from "../vendor/preact.js";
import { copy } from "../shared/clipboard.js";
import { fencedRows } from "../shared/fence.js";
import { Field } from "./fields.js";
import { useRows, words } from "./manage-rows.js";
import { Sure } from "./sure.js";

const SCOPES = ["tickets:read", "tickets:write", "tickets:note", "tickets:send", "rooms:read", "figures:read",
  "canned:write"];
const DAY = 86_400;

/** @param {string | null} at */
const day = (at) => at?.slice(0, 10) ?? "";

/** @param {{ t: Speaker, act: any }} props */
export function Tokens({ t, act }) {
  const { rows, look } = useRows(act, "token:list", "tokens");
  const [made, setMade] = useState("");
  const form = useRef();
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const { program, sites, days } = form.current.elements;
    const scopes = SCOPES.filter((one) => form.current.elements[one].checked);
    const data = { name: program.value, scopes, sites: words(sites.value), seconds: Number(days.value) * DAY };
    const told = await act("token:create", data, t("manageTokenOnce"));
    if (!told) return;
    setMade(told.token);
    form.current.reset();
    const tokens = await look();
    return tokens;
  };
  /** @param {string} name */
  const revoke = async (name) => {
    if (await act("token:revoke", { name }, t("manageDone", { name }))) await look();
  };
  /** @param {any} one */
  const row = (one) => html`<li class="line"><span class="name">${one.name}</span>
    <span class="sub">${[one.scopes.join(", "), one.sites.join(", "), t("manageUntil", { day: day(one.expires_at) }),
      one.used_at ? t("manageUsed", { day: day(one.used_at) }) : t("manageUnused")].filter(Boolean).join(" · ")}</span>
    <${Sure} t=${t} label=${t("manageRevoke")} does=${() => revoke(one.name)} /></li>`;
  return html`${made && html`<p class="once"><code class="secret">${made}</code>
      <button class="plain small" onClick=${() => copy(made)}>${t("factorCopy")}</button></p>`}
    <ul class="rows" aria-label=${t("manage_tokens")}>${rows && fencedRows(rows, "name", row, t)}</ul>
    ${rows?.length === 0 && html`<p class="sub">${t("manageNoTokens")}</p>`}
    <form ref=${form} class="ask open" onSubmit=${add} aria-label=${t("manageTokenAdd")}>
      <${Field} name="program" label=${t("manageProgram")} />
      <fieldset class="scopes"><legend>${t("manageScopes")}</legend>${SCOPES.map((one) => html`<label class="check"
        key=${one}><input type="checkbox" name=${one} /><span>${one}</span></label>`)}</fieldset>
      <${Field} name="sites" label=${t("manageSites")} required=${false} hint=${t("manageSitesHint")} />
      <${Field} name="days" label=${t("manageDays")} type="number" min="1" max="1095" defaultValue="90" />
      <button class="primary">${t("manageTokenAdd")}</button></form>`;
}
