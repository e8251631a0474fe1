// Several tickets at once: which are marked in the list, by keys and by hand.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { Close } from "../shared/icons.js";
import { Check } from "../shared/icons-chat.js";

export const MOST = 200;

/** @param {any} model @param {(ids: Set<string>) => unknown} change */
function mark(model, change) {
  const ids = new Set(/** @type {string[]} */ (model.marked));
  change(ids);
  const known = [...ids].filter((id) => model.tickets.get(id)).slice(0, MOST);
  model.set({ marked: known, marking: model.marking || known.length > 0 });
}

/** @param {any} model @param {string} id */
export const toggleMark = (model, id) =>
  mark(model, (ids) => {
    if (!ids.delete(id)) ids.add(id);
    model.markedLast = id;
  });

// All from the one that was marked last on, as far as this one.
/** @param {any} model @param {string} id */
export function markUpTo(model, id) {
  const shown = model.visible.map((/** @type {any} */ one) => one.id);
  const [from, to] = [shown.indexOf(model.markedLast), shown.indexOf(id)];
  if (from < 0 || to < 0) return toggleMark(model, id);
  const between = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  return mark(model, (ids) => between.forEach((/** @type {string} */ one) => ids.add(one)));
}

/** @param {any} model */
export const markAll = (model) =>
  mark(model, (ids) => model.visible.forEach((/** @type {any} */ one) => ids.add(one.id)));

/** @param {any} model */
export const unmarkAll = (model) => model.set({ marked: [], marking: false, markedLast: "" });

// The one with the focus in the list, else the one that is open.
/** @param {any} model */
export function markFitting(model) {
  const row = /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-ticket]"));
  const id = row?.dataset.ticket ?? model.talk?.id;
  if (id) toggleMark(model, id);
}

/** @param {any} model */
export const askBulk = (model) => model.marked.length && model.set({ asking: { what: "bulk" } });

// Within the list: x marks, arrows with Shift mark on the way, Ctrl+A all, Esc none. True when it was one of ours.
/** @param {any} event @param {any} model */
export function onListKey(event, model) {
  const id = event.target.closest?.("[data-ticket]")?.dataset.ticket;
  if (!id || event.altKey) return false;
  const sole = !event.ctrlKey && !event.metaKey;
  if (event.code === "KeyX" && sole) toggleMark(model, id);
  else if (event.code === "KeyA" && !sole) markAll(model);
  else if (event.key === "Escape" && model.marking) unmarkAll(model);
  else if (event.shiftKey && /^Arrow(Up|Down)$/.test(event.key)) extend(event, model, id);
  else return false;
  event.preventDefault();
  return true;
}

/** @param {any} event @param {any} model @param {string} id */
function extend(event, model, id) {
  const rows = [...event.currentTarget.querySelectorAll(".ticket")];
  const next = rows[rows.indexOf(event.target.closest(".ticket")) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!model.marked.includes(id)) toggleMark(model, id);
  if (!next) return;
  next.focus();
  markUpTo(model, next.dataset.ticket);
}

// What stands over a row's face.
/** @param {{ model: any, ticket: any, t: Speaker }} props */
export function MarkBox({ model, ticket, t }) {
  if (!model.marking) return null;
  const { id, customer_name } = ticket;
  /** @param {any} event */
  const press = (event) => (event.shiftKey ? markUpTo(model, id) : toggleMark(model, id));
  return html`<button class="mark-box" role="checkbox" aria-checked=${model.marked.includes(id)}
    aria-label=${t("markWhom", { name: customer_name ?? id })} onClick=${press}><${Check} /></button>`;
}

// Above the list, as long as any are to be marked.
/** @param {{ model: any, t: Speaker }} props */
export function MarkBar({ model, t }) {
  if (!model.marking) return null;
  const n = model.marked.length;
  return html`<div class="mark-bar" role="group" aria-label=${t("markedMany")}>
    <span role="status">${t("markedCount", { n })}</span>
    <button class="plain small" onClick=${() => markAll(model)}>${t("markAll")}</button>
    <button class="primary small" disabled=${!n} title="Alt+B" aria-haspopup="dialog" onClick=${() => askBulk(model)}>
      ${t("bulkAct")}</button>
    <button class="quiet" aria-label=${t("unmarkAll")} title=${t("unmarkAll")} onClick=${() => unmarkAll(model)}>
      <${Close} /></button></div>`;
}
