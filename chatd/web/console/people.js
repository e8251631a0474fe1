// Colleagues: who is there, and how much they have to do; faces in the bar, and a list of all.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { fencedRows, asText } from "../shared/fence.js";
import { Avatar } from "../shared/message.js";
import { Modal } from "../shared/modal.js";

const FACES = 4;
/** @type {Record<string, number>} */
const ORDER = { online: 0, away: 1, offline: 2 };
/** @param {{ status: string }} one */
const rank = ({ status }) => ORDER[status] ?? ORDER.offline;
/** @param {any} one */
export const nameOf = ({ display_name, username }) => asText(display_name ?? username);
/** @type {(a: any, b: any) => number} */
export const byPresence = (a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b));

// Who is on line, but is offered none: by their account, or because they only ask over HTTP.
/** @type {(t: Speaker, one: any) => string} */
export const taking = (t, one) => {
  if (one.takes_tickets === false) return ` · ${t("operator_none")}`;
  return one.status === "online" && one.available === false ? ` · ${t("operator_not_now")}` : "";
};

/** @param {any} model @returns {any[]} */
const colleagues = (model) => model.operators.filter((/** @type {any} */ one) => !one.disabled).sort(byPresence);

/** @param {{ model: any, t: Speaker }} props */
export function Faces({ model, t }) {
  const here = colleagues(model).filter((one) => one.status !== "offline" && one.username !== model.me.username);
  const face = (/** @type {any} */ one) => html`<li><${Avatar} id=${one.id} name=${nameOf(one)} />
    <span class="mark-${one.status}"></span></li>`;
  const names = here.map(nameOf).join(", ");
  return html`<button class="faces" aria-haspopup="dialog" title=${names || t("colleagues")}
    onClick=${() => model.set({ asking: { what: "people" } })}>
    <span class="hidden">${t("colleaguesHere", { names: names || t("nobody") })}</span>
    <ul aria-hidden="true">${fencedRows(here.slice(0, FACES), "username", face, t)}</ul>
    ${here.length > FACES && html`<span class="count" aria-hidden="true">+${here.length - FACES}</span>`}
    ${!here.length && html`<span class="sub" aria-hidden="true">${t("colleagues")}</span>`}</button>`;
}

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function People({ model, t, close }) {
  const row = (/** @type {any} */ one) => html`<li><${Avatar} id=${one.id} name=${nameOf(one)} />
    <span class="name">${nameOf(one)}${one.username === model.me.username ? ` (${t("youMark")})` : ""}
      <small><span class="mark-${one.status}"></span>${t(`operator_${one.status}`)}${taking(t, one)}</small></span>
    <span class="load">${t("loadOf", { n: one.active, of: one.capacity })}</span></li>`;
  return html`<${Modal} t=${t} title=${t("colleagues")} close=${close}><div class="body" tabindex="0">
    <ul class="people">${fencedRows(colleagues(model), "username", row, t)}</ul></div></${Modal}>`;
}
