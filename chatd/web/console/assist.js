// What the house's own model writes for an operator, at a key: a draft into the field, a summary above it. Nothing of
// it is sent, and what one had typed can be had back.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { itemsOf } from "../shared/fence.js";
import { Close } from "../shared/icons.js";
import { api } from "./http.js";

/** @typedef {{ what: "draft" | "summary", thinking: boolean, text: string, sources: any[], before: string }} Assist */

// Only where the site has a model, and there is a field that it could go into.
/** @param {any} model */
export const canDraft = ({ talk }) => talk?.view.assists && talk.view.status === "active" && !talk.acts.editing;
/** @param {any} model */
export const canSumUp = ({ talk }) => talk?.view.assists;

/** @param {any} talk @param {Assist | null} assist */
function show(talk, assist) {
  talk.assist = assist;
  talk.notify();
}

/** @param {any} talk */
export const giveUp = (talk) => show(talk, null);

// What comes after it was given up, or after another ticket was opened, is dropped. Asked beside the connection, on
// which everything else would wait until the model has thought.
/** @param {any} model @param {Assist["what"]} what */
async function have(model, what) {
  const { talk } = model;
  /** @type {Assist} */
  const asked = { what, thinking: true, text: "", sources: [], before: "" };
  show(talk, asked);
  const path = `/api/admin/support/${what}/${encodeURIComponent(talk.id)}`;
  const told = await api("POST", path, {}).catch((error) => error);
  if (talk.assist !== asked || model.talk !== talk) return null;
  const text = typeof told.text === "string" ? told.text : "";
  if (!text) model.toasts.say(model.explain(told), "alert");
  show(talk, text ? { ...asked, thinking: false, text, sources: itemsOf(told.sources, "title") } : null);
  return text && talk.assist;
}

/** @param {any} model */
export async function draft(model) {
  const { talk } = model;
  if (!canDraft(model) || talk.assist?.thinking) return;
  const came = await have(model, "draft");
  if (came && canDraft(model)) putDraft(talk, came);
}

/** @param {any} model */
export async function sumUp(model) {
  if (canSumUp(model) && !model.talk.assist?.thinking) await have(model, "summary");
}

/** @param {any} talk @param {Assist} came */
function putDraft(talk, came) {
  talk.setMode("reply");
  show(talk, { ...came, before: talk.text });
  talk.insert(came.text);
}

/** @param {any} talk */
function putBack(talk) {
  const { before } = talk.assist;
  giveUp(talk);
  talk.insert(before);
}

/** @param {{ talk: any, t: Speaker }} props */
export function AssistLine({ talk, t }) {
  const { assist } = talk;
  return html`<div role="status">${assist && html`<div class="assist"><${Written} talk=${talk} t=${t} /></div>`}</div>`;
}

/** @param {{ talk: any, t: Speaker }} props */
function Written({ talk, t }) {
  const { assist } = talk;
  return assist.thinking
    ? html`<p>${t(`assist_soon_${assist.what}`)}</p><button class="plain small" onClick=${() => giveUp(talk)}>
      ${t("assistGiveUp")}</button>`
    : html`<div class="body">
      <p><b>${t(`assist_${assist.what}`)}</b></p>
      ${assist.what === "summary" && html`<p class="words">${assist.text}</p>`}
      ${assist.sources.length > 0 && html`<p class="sub">${t("assistFrom")} ${assist.sources.map(sourceOf)}</p>`}</div>
      ${assist.before && html`<button class="plain small" onClick=${() => putBack(talk)}>${t("assistBack")}</button>`}
      <button class="quiet" aria-label=${t("dismiss")} onClick=${() => giveUp(talk)}><${Close} /></button>`;
}

/** @param {any} source @param {number} at */
const sourceOf = ({ title, url }, at) => html`${at > 0 && ", "}${/^https?:\/\//.test(String(url ?? ""))
  ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${title}</a>` : title}`;
