// Beside the conversation: whose it is, how and where they are, what they asked before.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { Close } from "../shared/icons.js";
import { asText, fencedRows, itemsOf } from "../shared/fence.js";
import { lastText } from "../shared/last-words.js";
import { Avatar } from "../shared/message.js";
import { stars } from "../shared/stars.js";
import { useStore } from "../shared/store.js";
import { clock, dayName } from "../shared/times.js";
import { contacts } from "./contact.js";
import { ForgetButton } from "./forgetting.js";
import { LabelForm } from "./labels.js";
import { moment } from "./moments.js";
import { Transcript } from "./transcript.js";
import { Where } from "./where.js";

/** @param {{ model: any, talk: any, t: Speaker }} props */
export function Customer({ model, talk, t }) {
  useStore(talk);
  const { view, dialog } = talk;
  const status = dialog.people.get(view.customer_id)?.status ?? "offline";
  if (talk.missing) return null;
  return html`<aside class="details" aria-label=${t("customer")}>
    <button class="quiet shut" aria-label=${t("closeDialog")} onClick=${() => model.set({ panel: false })}>
      <${Close} /></button>
    <div class="card"><${Avatar} id=${view.customer_id ?? talk.id} name=${view.customer_name} />
      <h2>${view.customer_name ?? talk.id}</h2>
      <p><span class="mark-${status}"></span>${t(`customer_${status}`)}</p>
      ${view.offline && html`<span class="tag own">${t("askedOffline")}</span>`}</div>
    <${LabelForm} model=${model} view=${view} t=${t} />
    <${Facts} model=${model} talk=${talk} t=${t} />
    <${Looking} model=${model} talk=${talk} t=${t} />
    <${Before} model=${model} talk=${talk} t=${t} />
    <${ForgetButton} ...${{ model, t, id: view.customer_id, name: view.customer_name }} />
  </aside>`;
}

/** @param {{ model: any, talk: any, t: Speaker }} props */
function Facts({ model, talk, t }) {
  const { customer, dialog, view } = talk;
  const reach = contacts(dialog.messages, view.customer_id, { mail: view.contact, phone: view.phone });
  const visit = customer?.visits.at(-1);
  /** @type {(name: string, value: unknown) => unknown} */
  const fact = (name, value) => value && html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  return html`<dl>
    ${reach.map(({ kind, text, href }) => html`<div key=${kind}><dt>${t(`contact_${kind}`)}</dt>
      <dd><a href=${href}>${text}</a></dd></div>`)}
    ${itemsOf(view.answers, "name").map(({ name, kind, label, value, at }) => html`<div key=${name}>
      <dt>${asText(label)}</dt><dd>${kind === "consent" ? `✓ ${moment(t, asText(at))}` : asText(value)}</dd></div>`)}
    ${itemsOf(view.attributes, "name").map(({ name, value, verified }) => html`<div key=${`a ${name}`}>
      <dt>${name}</dt>
      <dd>${String(value)} ${verified === true && html`<span title=${t("attributeSigned")}>✓</span>`}</dd></div>`)}
    ${customer && html`<${Where} customer=${customer} visit=${visit} t=${t} />`}
    ${fact("hereSince", visit && clock(t, visit.since))}
    ${fact("firstSeen", customer?.since && moment(t, customer.since))}
    ${fact("site", view.site)}
    ${view.rating && html`<div><dt>${t("rating")}</dt><dd class="rated"><span role="img"
      aria-label=${t("ratingOf", { score: asText(view.rating.score) })}>${stars(view.rating.score)}</span>
      ${asText(view.rating.comment)}</dd></div>`}
    <${Transcript} ...${{ model, view, t }} />
  </dl>`;
}

/** @param {{ model: any, talk: any, t: Speaker }} props */
function Looking({ model, talk, t }) {
  const looking = [...talk.dialog.people.values()].filter((one) => one.kind === "operator" && one.id !== model.id);
  const watcher = (/** @type {any} */ one) => html`<li><${Avatar} id=${one.id} name=${one.name} />${one.name}</li>`;
  return looking.length > 0 && html`<h3>${t("lookingToo")}</h3><ul class="people">
    ${fencedRows(looking, "id", watcher, t)}</ul>`;
}

/** @param {{ model: any, talk: any, t: Speaker }} props */
function Before({ model, talk, t }) {
  const { others, customer } = talk;
  const row = (/** @type {any} */ one) => html`<li><button class="past" onClick=${() => model.open(one.id)}>
    <span class="top"><b>${dayName(t, one.created_at)}</b>
      <span class="tag ${one.status}">${t(`status_${one.status}`)}</span></span>
    <span class="last">${lastText(t, one.last_message) || one.id}</span></button></li>`;
  return html`<h3>${t("earlierTickets")}</h3>
    ${others.length > 0 ? html`<ul class="before-list">${fencedRows(others, "id", row, t)}</ul>`
      : html`<p class="sub">${customer ? t("earlierNone") : ""}</p>`}
    ${talk.moreOthers && html`<button class="plain more" onClick=${() => talk.fetchCustomer()}>${t("more")}</button>`}`;
}
