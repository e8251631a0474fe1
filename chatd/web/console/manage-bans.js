// Who is kept out: addresses, networks, participants, for a time or for good.
/** @import { Speaker } from "../shared/types" */
import { html, useRef } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";
import { Field } from "./fields.js";
import { useRows } from "./manage-rows.js";
import { moment } from "./sessions.js";
import { Sure } from "./sure.js";

const HOUR = 3_600;

/** @param {{ t: Speaker, act: any, model: any }} props */
export function Bans({ t, act, model }) {
  const { rows, look } = useRows(act, "ban:list", "bans");
  const form = useRef();
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const { target, reason, hours, network, sure } = form.current.elements;
    const ends = hours.value ? { seconds: Number(hours.value) * HOUR } : {};
    const data = { target: target.value, reason: reason.value, network: network.checked, sure: sure.checked, ...ends };
    if (!await act("ban:add", data, t("manageDone", { name: target.value }))) return;
    form.current.reset();
    await look();
  };
  /** @param {string} target */
  const remove = async (target) => {
    if (await act("ban:remove", { target }, t("manageDone", { name: target }))) await look();
  };
  /** @param {any} one */
  const row = (one) => html`<li class="line">
    <span class="name">${one.id} <small>${one.networks.join(", ")}</small></span>
    <span class="sub">${[one.reason, one.by, moment(t, one.created_at),
      one.expires_at ? t("manageUntil", { day: moment(t, one.expires_at) }) : t("manageForGood")]
      .filter(Boolean).join(" · ")}</span>
    ${model.may("ban:remove")
      && html`<${Sure} t=${t} label=${t("manageEnable")} does=${() => remove(one.id)} />`}</li>`;
  return html`<ul class="rows" aria-label=${t("manage_bans")}>${rows && fencedRows(rows, "id", row, t)}</ul>
    ${rows?.length === 0 && html`<p class="sub">${t("manageNoBans")}</p>`}
    ${model.may("ban:add") && html`<form ref=${form} class="ask open" onSubmit=${add} aria-label=${t("manageBan")}>
      <${Field} name="target" label=${t("manageTarget")} hint=${t("manageTargetHint")} />
      <${Field} name="reason" label=${t("manageReason")} required=${false} maxlength="200" />
      <${Field} name="hours" label=${t("manageHours")} type="number" min="1" max="876000" required=${false} />
      <label class="check"><input type="checkbox" name="network" /><span>${t("manageNetwork")}</span></label>
      <label class="check"><input type="checkbox" name="sure" /><span>${t("manageWide")}</span></label>
      <button class="primary">${t("manageBan")}</button></form>`}`;
}
