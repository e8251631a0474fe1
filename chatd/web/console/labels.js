// What a ticket is sorted by: its priority and its tags, and the address of its customer.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { hueOf } from "../shared/hues.js";
import { Close } from "../shared/icons.js";
import { untilWords } from "./snooze.js";
import { nextTarget, TargetLabel } from "./targets.js";
import { departmentChoices, DepartmentField, titleOf } from "./departments.js";

// So many seconds ahead of who asks at the same time, as the daemon counts (chatd/domain/ticket.py).
/** @type {Record<string, number>} */
const HEAD_STARTS = { urgent: 3600, high: 1200, normal: 0, low: -1200 };
export const PRIORITIES = Object.keys(HEAD_STARTS);
const MARKS = { urgent: "‼", high: "!", low: "↓" };

// When a ticket came, or would have come to be where it stands.
/** @param {any} ticket */
export function turnOf({ requested_at, created_at, priority }) {
  const since = asText(requested_at ?? created_at);
  const lead = HEAD_STARTS[priority] ?? 0;
  return lead && Date.parse(since) ? new Date(Date.parse(since) - lead * 1000).toISOString() : since;
}

/** @param {any} ticket @returns {string[]} */
export const tagsOf = ({ tags }) => (Array.isArray(tags) ? tags : []).filter((one) => typeof one === "string");

/** @param {any} model @param {string} id @param {any} change */
export const update = (model, id, change) => model.act("ticket:update", { ticket_id: id, ...change });

/** @param {any} model @param {string} id @param {string[]} add @param {string[]} [remove] */
export const tag = (model, id, add, remove = []) => model.act("ticket:tag", { ticket_id: id, add, remove });

// In a row of a list: what is out of the ordinary.
/** @param {{ ticket: any, model: any, t: Speaker }} props */
export function Labels({ ticket, model, t }) {
  const mark = Object(MARKS)[ticket.priority];
  const tags = tagsOf(ticket);
  const { department } = ticket;
  const plain = !department && !ticket.offline && !ticket.snoozed_until && !nextTarget(ticket);
  if (!mark && !tags.length && plain) return null;
  return html`<span class="labels">
    ${mark && html`<span class="tag own priority-${ticket.priority}"><span aria-hidden="true">${mark} </span>
      ${t(`priority_${ticket.priority}`)}</span>`}
    <${TargetLabel} ticket=${ticket} t=${t} />
    ${ticket.snoozed_until && html`<span class="tag own department">
      ${t("snoozedUntil", { at: untilWords(t, ticket.snoozed_until) })}</span>`}
    ${department && html`<span class="tag own department">${titleOf(model, t, department)}</span>`}
    ${ticket.offline && html`<span class="tag own">${t("askedOffline")}</span>`}
    ${tags.map((one) => html`<span key=${one} class="tag own hue${hueOf(one)}">${one}</span>`)}</span>`;
}

// Beside the conversation: to be changed.
/** @param {{ model: any, view: any, t: Speaker }} props */
export function LabelForm({ model, view, t }) {
  const { id } = view;
  if (!id) return null;
  /** @param {any} event */
  const onAdd = async (event) => {
    event.preventDefault();
    const field = event.target.elements.tag;
    const words = field.value.split(",").filter((/** @type {string} */ one) => one.trim());
    if (words.length && (await tag(model, id, words))) field.value = "";
  };
  /** @param {any} event */
  const onContact = async (event) => {
    event.preventDefault();
    const field = event.target.elements.contact;
    if (await update(model, id, { contact: field.value.trim() })) model.toasts.say(t("contactKept"));
  };
  /** @param {string} one */
  const chip = (one) => html`<li key=${one} class="tag own hue${hueOf(one)}">${one}
    ${model.may("ticket:tag") && html`<button class="quiet" aria-label=${t("untag", { tag: one })}
      onClick=${() => tag(model, id, [], [one])}><${Close} /></button>`}</li>`;
  const [updates, tags] = [model.may("ticket:update"), model.may("ticket:tag")];
  return html`<div class="label-form">
    ${updates && html`<label><span>${t("priority")}</span><select value=${view.priority ?? "normal"}
      onChange=${(/** @type {any} */ event) => update(model, id, { priority: event.target.value })}>
      ${PRIORITIES.map((one) => html`<option key=${one} value=${one} selected=${one === (view.priority ?? "normal")}>
        ${t(`priority_${one}`)}</option>`)}</select></label>
    <${DepartmentField} model=${model} view=${view} t=${t} />
    <form onSubmit=${onContact}><label><span>${t("contact_mail")}</span>
      <input class="input" type="email" name="contact" key=${`${id} ${view.contact}`} maxlength="254"
        defaultValue=${asText(view.contact)} placeholder=${t("contactNone")} /></label></form>`}
    ${tags && html`<form onSubmit=${onAdd}><label><span>${t("tags")}</span>
      <input class="input" name="tag" key=${id} maxlength="200" list="known-tags" placeholder=${t("addTag")} /></label>
      <datalist id="known-tags">${model.tickets.tags.map((/** @type {string} */ one) =>
        html`<option key=${one} value=${one}></option>`)}</datalist></form>`}
    ${tagsOf(view).length > 0 && html`<ul class="labels" aria-label=${t("tags")}>${tagsOf(view).map(chip)}</ul>`}
  </div>`;
}

// In the palette.
/** @param {any} model @param {Speaker} t */
export function labelChoices(model, t) {
  const { id, view } = model.talk;
  const priorities = PRIORITIES.filter((one) => one !== (view.priority ?? "normal")).map((one) => ({
    key: `priority-${one}`,
    label: t("setPriority", { priority: t(`priority_${one}`) }),
    does: () => update(model, id, { priority: one }),
  }));
  const own = tagsOf(view);
  const tags = model.tickets.tags.map((/** @type {string} */ name) => ({
    key: `tag-${name}`,
    label: t(own.includes(name) ? "untag" : "addTagNamed", { tag: name }),
    does: () => (own.includes(name) ? tag(model, id, [], [name]) : tag(model, id, [name])),
  }));
  const [updates, tagged] = [model.may("ticket:update"), model.may("ticket:tag")];
  return [...(updates ? priorities : []), ...departmentChoices(model, t), ...(tagged ? tags : [])];
}
