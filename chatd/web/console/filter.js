// What the list is narrowed to: by site, department, tag, priority, operator, state and waiting time.
/** @import { Speaker } from "../shared/types" */
import { asText, itemsOf } from "../shared/fence.js";
import { titleOf } from "./departments.js";
import { tagsOf } from "./labels.js";
import { nextTarget } from "./targets.js";

export const FIELDS = ["status", "site", "department", "tag", "priority", "operator", "waits_s", "overdue", "snoozed"];
export const STATES = ["bot", "waiting", "active", "closed"];
export const WAITS = [60, 300, 900, 3600];
const MINUTE = 60;

/** @typedef {Record<string, string | number | boolean>} Filter */

// Only what is said.
/** @param {any} from @returns {Filter} */
export const filterOf = (from) => Object.fromEntries(FIELDS.map((name) => [name, from[name]]).filter(isSaid));

/** @param {any[]} field */
const isSaid = ([, value]) => value !== undefined && value !== null;

/** @type {Record<string, (ticket: any, value: any, now: number) => boolean>} */
const HAS = {
  status: (ticket, value) => ticket.status === value,
  site: (ticket, value) => ticket.site === value,
  department: (ticket, value) => asText(ticket.department ?? "") === value,
  tag: (ticket, value) => tagsOf(ticket).includes(value),
  priority: (ticket, value) => (ticket.priority ?? "normal") === value,
  operator: (ticket, value) => asText(ticket.operator ?? "") === value,
  waits_s: ({ status, requested_at, created_at }, value, now) =>
    status === "waiting" && now - Date.parse(requested_at ?? created_at) >= value * 1000,
  snoozed: ({ snoozed_until }, value) => Boolean(snoozed_until) === value,
  overdue: (ticket, value) => (ticket.status !== "closed" && nextTarget(ticket)?.state === "overdue") === value,
};

/** @param {Filter | null} filter @param {any} ticket @param {number} now */
export const isWithin = (filter, ticket, now) =>
  !filter || Object.entries(filter).every(([name, value]) => HAS[name](ticket, value, now));

// In a few words.
/** @param {any} model @param {Speaker} t @param {Filter} filter */
export const filterWords = (model, t, filter) =>
  Object.entries(filter)
    .map(([name, value]) => valueWords(model, t, name, value))
    .join(" · ");

/** @param {any} model @param {Speaker} t @param {string} name @param {any} value @returns {string} */
export function valueWords(model, t, name, value) {
  if (name === "status") return t(`status_${value}`);
  if (name === "priority") return t(`priority_${value}`);
  if (name === "department") return value ? titleOf(model, t, value) : t("departmentNone");
  if (name === "operator") return value ? model.nameOf(value) : t("filterNobodys");
  if (name === "overdue") return value ? t("filterLate") : `≠ ${t("filterLate")}`;
  if (name === "snoozed") return value ? t("filterAside") : `≠ ${t("filterAside")}`;
  if (name === "waits_s") return t("filterWaits", { n: Math.round(value / MINUTE) });
  return name === "tag" ? `#${value}` : asText(value);
}

// The list of all, narrowed; null: to nothing.
/** @param {any} model @param {Filter | null} filter */
export function showFiltered(model, filter) {
  model.filter = filter && Object.keys(filter).length ? filter : null;
  model.lists.cursors = {};
  model.show(model.filter ? "all" : model.tab);
}

/** @param {any} model @param {any} told */
export const takeViews = (model, told) => model.set({ views: itemsOf(told?.views ?? [], "name") });
