// What is done with all marked tickets: a request for each, a few at a time, and how each ended.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";
import { asText, fencedRows } from "../shared/fence.js";
import { Modal } from "../shared/modal.js";
import { handing } from "./actions.js";
import { serves } from "./alerts.js";
import { titleOf } from "./departments.js";
import { PRIORITIES } from "./labels.js";
import { unmarkAll } from "./marks.js";
import { byPresence, nameOf } from "./people.js";
import { choicesAt } from "./snooze.js";

const AT_ONCE = 4;
const TRIES = 5;
const SECOND = 1_000;

/** @typedef {{ id: string, name: string, error?: any }} Ended */

/** @param {number} seconds @returns {Promise<void>} */
const pause = (seconds) =>
  new Promise((resolve) => {
    setTimeout(() => resolve(), seconds * SECOND);
  });

// Who is told to wait waits; of all else it is said why not.
/** @param {(id: string) => Promise<any>} does @param {string} id */
async function attempt(does, id) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await does(id);
    } catch (error) {
      const { code, retry_after } = /** @type {any} */ (error);
      if (code !== "rate_limited" || left <= 1) throw error;
      await pause(Math.max(1, Number(retry_after) || 1));
    }
  }
}

/** @param {any} model @param {string[]} ids @param {(id: string) => Promise<any>} does
 * @param {(ended: Ended[]) => void} tell @returns {Promise<Ended[]>} */
export async function doAll(model, ids, does, tell) {
  const left = [...ids];
  /** @type {Ended[]} */
  const ended = [];
  const work = async () => {
    for (let id = left.shift(); id; id = left.shift()) {
      const name = asText(model.tickets.get(id)?.customer_name ?? id);
      try {
        const told = await attempt(does, id);
        if (told?.ticket) model.takeTicket(told.ticket);
        ended.push({ id, name });
      } catch (error) {
        ended.push({ id, name, error });
      }
      tell([...ended]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return ended;
}

/** @typedef {{ label: string, does: (id: string) => Promise<any>,
 * back?: (id: string, before: any) => Promise<any> }} Deed */

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Bulk({ model, t, close }) {
  const [ids] = useState(/** @type {string[]} */ ([...model.marked]));
  const [deed, setDeed] = useState(/** @type {Deed | null} */ (null));
  const [ended, setEnded] = useState(/** @type {Ended[]} */ ([]));
  const [before, setBefore] = useState(/** @type {Map<string, any>} */ (new Map()));
  /** @param {Deed} chosen @param {string[]} [which] */
  const start = async (chosen, which = ids) => {
    setBefore(new Map(which.map((id) => [id, model.tickets.get(id) ?? {}])));
    setEnded([]);
    setDeed(chosen);
    const all = await doAll(model, which, chosen.does, setEnded);
    if (all.every(({ error }) => !error)) unmarkAll(model);
    else model.set({ marked: all.filter(({ error }) => error).map(({ id }) => id) });
    model.lists.refreshSoon();
  };
  const title = t("bulkTitle", { n: ids.length });
  return html`<${Modal} t=${t} title=${title} close=${close}><div class="body bulk">
    ${deed ? html`<${Outcome} ...${{ model, t, deed, ended, before, start, close }} />`
      : html`<${Deeds} ...${{ model, t, ids, start }} />`}
  </div></${Modal}>`;
}

/** @param {{ model: any, t: Speaker, ids: string[], start: (deed: Deed) => void }} props */
function Deeds({ model, t, ids, start }) {
  const tickets = ids.map((id) => model.tickets.get(id) ?? {});
  /** @param {string} event @param {object} fields */
  const asking = (event, fields) => (/** @type {string} */ ticket_id) => model.ask(event, { ticket_id, ...fields });
  const colleagues = model.operators
    .filter((/** @type {any} */ one) => !one.disabled && tickets.every(({ site }) => !site || serves(one, site)))
    .sort(byPresence);
  const now = new Date(Date.now() + model.skew);
  const close = {
    label: t("bulkClosed"),
    does: asking("ticket:close", {}),
    back: (/** @type {string} */ id, /** @type {any} */ was) => openAgain(model, id, was),
  };
  /** @param {any} event */
  const onTags = (event) => {
    event.preventDefault();
    const { tags } = event.target.elements;
    const words = tags.value.split(",").map((/** @type {string} */ one) => one.trim()).filter(Boolean);
    const isOff = (/** @type {string} */ one) => one.startsWith("-");
    const add = words.filter((/** @type {string} */ one) => !isOff(one));
    const remove = words.filter(isOff).map((/** @type {string} */ one) => one.slice(1));
    const change = { add, remove };
    if (words.length) start({ label: t("bulkTagged", { tags: words.join(", ") }), does: asking("ticket:tag", change) });
  };
  /** @param {string} command @param {string} name @param {string} label @param {[string, string][]} choices
   * @param {(value: string, words: string) => Deed} make */
  const choice = (command, name, label, choices, make) => model.may(command) && choices.length > 0 && html`<label>
    <span>${label}</span><select name=${name} onChange=${(/** @type {any} */ { target }) => {
      if (target.value) start(make(target.value.slice(1), target.selectedOptions[0].textContent.trim()));
    }}><option value="">${t("bulkChoose")}</option>
      ${choices.map(([value, words]) => html`<option key=${value} value=${`:${value}`}>${words}</option>`)}
    </select></label>`;
  return html`<div class="label-form">
    ${model.may("ticket:close") && html`<button class="plain" onClick=${() => start(close)}>${t("close")}</button>`}
    ${choice("ticket:update", "priority", t("priority"), PRIORITIES.map((one) => [one, t(`priority_${one}`)]),
      (value, words) => ({
        label: `${t("priority")}: ${words}`,
        does: asking("ticket:update", { priority: value }),
      }))}
    ${model.departments.length > 0 && choice("ticket:update", "department", t("department"), [["", t("departmentNone")],
      ...model.departments.map((/** @type {any} */ { name }) => [name, titleOf(model, t, name)])], (value, words) => ({
      label: `${t("department")}: ${words}`,
      does: asking("ticket:update", { department: value }),
    }))}
    ${choice("ticket:transfer", "operator", t("transfer"),
      colleagues.map((/** @type {any} */ one) => [one.username, nameOf(one)]),
      (value, name) => ({ label: t("transferred", { name }), does: asking("ticket:transfer", { operator: value }) }))}
    ${choice("ticket:snooze", "snooze", t("snoozeUntil"),
      choicesAt(now).map(([words, at]) => [at.toISOString(), t(words)]),
      (value, words) => ({ label: `${t("snooze")}: ${words}`, does: asking("ticket:snooze", { until: value }) }))}
    ${model.may("ticket:tag") && html`<form onSubmit=${onTags}><label><span>${t("tags")}</span>
      <input class="input" name="tags" maxlength="200" list="bulk-tags" placeholder=${t("bulkTags")} /></label>
      <datalist id="bulk-tags">${model.tickets.tags.map((/** @type {string} */ one) =>
        html`<option key=${one} value=${one}></option>`)}</datalist></form>`}
  </div>`;
}

// To whoever had it.
/** @param {any} model @param {string} id @param {any} was */
async function openAgain(model, id, { status, operator }) {
  const told = await model.ask("ticket:reopen", { ticket_id: id });
  if (status === "active" && operator === model.me.username) return told;
  return model.ask(...handing({ id }, status === "active" ? operator : null));
}

/** @param {any} props */
function Outcome({ model, t, deed, ended, before, start, close }) {
  const all = before.size;
  const failed = ended.filter((/** @type {Ended} */ { error }) => error);
  const done = ended.filter((/** @type {Ended} */ { error }) => !error);
  const over = ended.length === all;
  /** @param {Ended} one */
  const row = ({ id, name, error }) => html`<li><b>${name}</b> <span class="sub">${id}</span>
    <p>${model.explain(error)}</p>
    ${error.code === "conflict" && !error.by && html`<p>${asText(error.message)}</p>`}</li>`;
  const takeBack = () => {
    const does = (/** @type {string} */ id) => deed.back(id, before.get(id));
    const ids = done.map((/** @type {Ended} */ { id }) => id);
    start({ label: t("bulkReopened"), does }, ids);
  };
  return html`<div class="stacked"><p>${deed.label}</p>
    <progress max=${all} value=${ended.length} aria-label=${deed.label}></progress>
    <p role="status">${over ? t("bulkDone", { done: done.length, all })
      : t("bulkGoes", { done: ended.length, all })}</p>
    ${failed.length > 0 && html`<div class="wrong"><p>${t("bulkFailed", { n: failed.length })}</p>
      <ul class="failed">${fencedRows(failed, "id", row, t)}</ul></div>`}
    ${over && html`<div class="choices">
      ${deed.back && done.length > 0 && html`<button class="plain" onClick=${takeBack}>${t("undo")}</button>`}
      <button class="primary" onClick=${close}>${t("closeDialog")}</button></div>`}
  </div>`;
}
