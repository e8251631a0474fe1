// Departments: in whose queue a ticket is, where it may go, and which of them are looked at.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { asText, itemsOf } from "../shared/fence.js";
import { flatObject } from "../shared/sanitize.js";

// As they are told with the queue.
/** @param {any} model @param {unknown} told */
export function takeDepartments(model, told) {
  const { tickets } = model;
  const titles = new Map((Array.isArray(told) ? told : []).map((one) => [one?.name, flatObject(one?.title)]));
  model.departments = itemsOf(told, "name").map((one) => ({ ...one, title: titles.get(one.name) }));
  tickets.closed = new Set(model.departments.filter((/** @type {any} */ one) => !one.mine).map(nameOf));
  const names = ["", ...model.departments.map(nameOf)];
  if (tickets.department !== null && !names.includes(tickets.department)) tickets.department = null;
}

/** @param {{ name: string }} one */
const nameOf = ({ name }) => name;

// Who waits in the one that is looked at, which may be no queue of one's own.
/** @param {any} model */
export async function fetchQueueOf(model) {
  const { department } = model.tickets;
  if (!department) return;
  const told = await model.ask("queue:get", { department, limit: 50 }).catch(() => ({}));
  for (const ticket of itemsOf(told.tickets ?? [])) model.takeTicket(ticket);
}

// null: one's own queue.
/** @param {any} model @param {string | null} name */
function show(model, name) {
  model.tickets.department = name;
  model.lists.cursors = { all: model.lists.cursors.all };
  fetchQueueOf(model);
  model.show(model.tab);
}

/** @param {any} model @param {Speaker} t @param {unknown} name */
export function titleOf(model, t, name) {
  const known = model.departments.find((/** @type {any} */ one) => one.name === name);
  const titles = /** @type {Record<string, unknown>} */ (known?.title ?? {});
  return asText(titles[t.language] ?? Object.values(titles)[0] ?? name);
}

// Those that a ticket may be given to: of its site.
/** @param {any} model @param {any} ticket @returns {any[]} */
export const fittingFor = ({ departments }, { site }) =>
  departments.filter((/** @type {any} */ { sites }) => !Array.isArray(sites) || !sites.length || sites.includes(site));

/** @param {any} model @param {any} ticket @param {Speaker} t @param {string} name */
export async function giveToDepartment(model, { id }, t, name) {
  const told = await model.act("ticket:update", { ticket_id: id, department: name });
  if (told && name) model.toasts.say(t("departmentGiven", { name: titleOf(model, t, name) }));
}

// Beside the conversation: to be changed.
/** @param {{ model: any, view: any, t: Speaker }} props */
export function DepartmentField({ model, view, t }) {
  const has = asText(view.department ?? "");
  const names = fittingFor(model, view).map(nameOf);
  if ((!names.length && !has) || !model.may("ticket:update")) return null;
  const choices = ["", ...names, ...(has && !names.includes(has) ? [has] : [])];
  return html`<label><span>${t("department")}</span><select value=${has}
    onChange=${(/** @type {any} */ event) => giveToDepartment(model, view, t, event.target.value)}>
    ${choices.map((one) => html`<option key=${one} value=${one} selected=${one === has}>
      ${one ? titleOf(model, t, one) : t("departmentNone")}</option>`)}</select></label>`;
}

// Above the list: one's own, or one of them.
/** @param {{ model: any, t: Speaker }} props */
export function DepartmentFilter({ model, t }) {
  if (!model.departments.length) return null;
  const chosen = model.tickets.department;
  /** @type {[string, string, string | null][]} */
  const choices = [
    ["own", t("departmentsOwn"), null],
    ["none", t("departmentNone"), ""],
    ...model.departments.map((/** @type {any} */ { name }) => [`:${name}`, titleOf(model, t, name), name]),
  ];
  /** @param {any} event */
  const onChange = (event) => {
    const [, , name] = choices.find(([value]) => value === event.target.value) ?? choices[0];
    show(model, name);
  };
  return html`<label class="by-department"><span class="hidden">${t("department")}</span><select onChange=${onChange}>
    ${choices.map(([value, words, name]) => html`<option key=${value} value=${value} selected=${name === chosen}>
      ${words}</option>`)}</select></label>`;
}

// In the palette.
/** @param {any} model @param {Speaker} t */
export function departmentChoices(model, t) {
  const { view } = model.talk;
  if (!model.may("ticket:update")) return [];
  return fittingFor(model, view)
    .filter(({ name }) => name !== view.department)
    .map(({ name }) => ({
      key: `department-${name}`,
      label: t("giveToDepartment", { name: titleOf(model, t, name) }),
      does: () => giveToDepartment(model, view, t, name),
    }));
}
