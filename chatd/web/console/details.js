// What is known of the open ticket, and which colleagues are there.
import { html } from "../vendor/preact.js";
import { Close } from "../shared/icons.js";
import { fenced, words } from "../shared/fence.js";
import { Avatar } from "../shared/message.js";
import { useStore } from "../shared/store.js";
import { clock, dayName } from "../shared/times.js";

export function Details({ desk, talk, t }) {
  useStore(talk);
  const { view, dialog } = talk;
  const customer = dialog.people.get(view.customer_id);
  const looking = [...dialog.people.values()].filter((one) => one.kind === "operator" && one.id !== desk.id);
  const fact = (name, value) => value && html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  const looker = (one) => html`<li><${Avatar} id=${one.id} name=${one.name} />${one.name}</li>`;
  const colleague = (one) => html`<li>
      <span class="mark-${one.status}"></span><span>${nameOf(one)}
        ${one.username === desk.me.username ? ` (${t("youMark")})` : ""}${taking(t, one)}</span>
      <span class="load">${t("loadOf", { n: one.active, of: one.capacity })}</span></li>`;
  return html`<aside class="details" aria-label=${t("details")}>
    <button class="quiet shut" aria-label=${t("closeDialog")} onClick=${() => desk.set({ panel: false })}>
      <${Close} /></button>
    <div class="card"><${Avatar} id=${view.customer_id ?? talk.id} name=${view.customer_name} />
      <h2>${view.customer_name ?? talk.id}</h2>
      <p><span class="mark-${customer?.status ?? "offline"}"></span>
        ${t(`customer_${customer?.status ?? "offline"}`)}</p></div>
    <dl>
      ${fact("statusWord", t(`status_${view.status}`))}
      ${fact("number", view.id)}
      ${fact("site", view.site)}
      ${fact("started", moment(t, view.created_at))}
      ${fact("operator", view.status === "active" ? desk.nameOf(view.operator) : null)}
      ${fact("acceptedAt", moment(t, view.accepted_at))}
      ${fact("closedAt", moment(t, view.closed_at))}
    </dl>
    ${looking.length > 0 && html`<h3>${t("lookingToo")}</h3><ul class="people">
      ${fenced(looking, "id", looker, t)}</ul>`}
    <h3>${t("colleagues")}</h3>
    <ul class="people">${fenced(desk.operators.filter((one) => !one.disabled)
      .sort(byPresence), "username", colleague, t)}</ul>
  </aside>`;
}

const ORDER = { online: 0, away: 1, offline: 2 };
const rank = ({ status }) => ORDER[status] ?? ORDER.offline;
export const nameOf = ({ display_name, username }) => words(display_name ?? username);
export const byPresence = (a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b));

// Who is on line, but is offered none: by their account, or because they only ask over HTTP.
export const taking = (t, one) => {
  if (one.takes_tickets === false) return ` · ${t("operator_none")}`;
  return one.status === "online" && one.available === false ? ` · ${t("operator_not_now")}` : "";
};

const moment = (t, at) => at && `${dayName(t, at)}, ${clock(t, at)}`;
