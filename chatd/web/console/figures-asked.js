// What figures are asked of: a time as the reader's clocks have it, told apart by something.
/** @import { Speaker } from "../shared/types" */
import { asText } from "../shared/fence.js";
import { titleOf } from "./departments.js";

/** @typedef {{ about: string, period: string, from: string, to: string, group: string, site: string,
  department: string, operator: string, measure: string }} Asked */

export const GROUPS = ["hour", "day", "week", "month", "operator", "site", "department", "tag", "priority"];
const SUBJECTS = ["operator", "site", "department", "tag", "priority"];
export const NONE = " none";

/** @param {Date} date */
const dayOf = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((one) => String(one).padStart(2, "0")).join("-");

/** @param {number} days */
function daysAgo(days) {
  const now = new Date();
  return dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days));
}

/** @param {number} months @param {number} day */
function inMonth(months, day) {
  const now = new Date();
  return dayOf(new Date(now.getFullYear(), now.getMonth() + months, day));
}

// Each from a day to a day, which belongs to it.
/** @type {Record<string, () => [string, string]>} */
export const PERIODS = {
  today: () => [daysAgo(0), daysAgo(0)],
  yesterday: () => [daysAgo(1), daysAgo(1)],
  days7: () => [daysAgo(6), daysAgo(0)],
  days30: () => [daysAgo(29), daysAgo(0)],
  month: () => [inMonth(0, 1), daysAgo(0)],
  lastMonth: () => [inMonth(-1, 1), inMonth(0, 0)],
};

// A column of the table: its value, how it is said, and the figure whose tickets it opens.
/** @typedef {{ name: string, of: string, value: (row: any) => number | null,
  kind: "count" | "time" | "score" | "share" }} Column */

/** @param {string} name @returns {Column} */
const count = (name) => ({ name, of: name, value: (row) => row[name], kind: "count" });
/** @param {string} name @param {string} of @returns {Column} */
const time = (name, of) => ({ name, of, value: (row) => row[name]?.median_s ?? null, kind: "time" });

// Which part of what was promised was kept, of what is known; it opens what was missed.
/** @param {string} name @param {string} met @param {string} missed @returns {Column} */
const shareOf = (name, met, missed) => ({
  name,
  of: missed,
  value: ({ [met]: kept, [missed]: late }) => (kept + late ? kept / (kept + late) : null),
  kind: "share",
});

// What the table is about → its columns.
/** @type {Record<string, Column[]>} */
export const COLUMNS = {
  requests: [
    ...["opened", "offline", "waiting", "accepted", "abandoned", "dropped", "closed"].map(count),
    time("wait", "accepted"),
    time("first_response", "answered"),
    time("handling", "closed"),
    { name: "rating_mean", of: "rated", value: (row) => row.rating_mean, kind: "score" },
  ],
  targets: [
    ...["opened", "response_met", "response_missed"].map(count),
    shareOf("response_kept", "response_met", "response_missed"),
    ...["resolution_met", "resolution_missed"].map(count),
    shareOf("resolution_kept", "resolution_met", "resolution_missed"),
  ],
};

// What the daemon is asked.
/** @param {Asked} asked @returns {Record<string, string>} */
export function filterOf({ period, from, to, site, department, operator }) {
  const [begin, end] = period === "own" ? [from, to] : PERIODS[period]();
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const named = Object.entries({ site, department, operator }).filter(([, name]) => name);
  const filter = named.map(([key, name]) => [key, name === NONE ? "" : name]);
  return { ...(begin && { from: begin }), ...(end && { to: end }), tz, ...Object.fromEntries(filter) };
}

// The tickets of a row: what it is told apart by is added to what was asked.
/** @param {Record<string, string>} filter @param {any} row */
export function filterOfRow(filter, row) {
  const own = SUBJECTS.filter((name) => typeof row[name] === "string").map((name) => [name, row[name]]);
  return { ...filter, from: row.since, to: row.until, ...Object.fromEntries(own) };
}

// What a row is called.
/** @param {any} model @param {Speaker} t @param {string} group @param {any} row @param {boolean} [brief] */
export function nameOfRow(model, t, group, row, brief = false) {
  const name = asText(row[group] ?? "");
  if (group === "operator") return name ? model.nameOf(name) : t("acceptedByNobody");
  if (group === "department") return name ? titleOf(model, t, name) : t("departmentNone");
  if (group === "priority") return t(`priority_${name}`);
  if (group === "tag") return name ? `#${name}` : t("tagless");
  if (group === "site") return name;
  const at = asText(row.at ?? "");
  const [year, month, day] = at.slice(0, 10).split("-").map(Number);
  const date = new Date(year, month - 1, day);
  /** @param {Intl.DateTimeFormatOptions} options */
  const inWords = (options) => new Intl.DateTimeFormat(t.language, options).format(date);
  if (group === "month") return inWords({ month: "long", year: "numeric" });
  const named = inWords({ day: "numeric", month: "short", ...(group === "day" && !brief && { weekday: "short" }) });
  if (group === "week") return t("weekFrom", { day: named });
  return group === "hour" ? `${named}, ${at.slice(11, 16)}` : named;
}

/** @param {Speaker} t @param {number | null | undefined} value @param {Column["kind"]} kind */
export function valueText(t, value, kind) {
  if (value === null || value === undefined) return "–";
  if (kind === "time") return spanText(t, value);
  if (kind === "share") return new Intl.NumberFormat(t.language, { style: "percent" }).format(value);
  const digits = kind === "score" ? { minimumFractionDigits: 1, maximumFractionDigits: 2 } : {};
  return new Intl.NumberFormat(t.language, digits).format(value);
}

// A time that something took: "45 s", "12 min", "1 h 20 min".
/** @param {Speaker} t @param {number} seconds */
export function spanText(t, seconds) {
  /** @param {number} n @param {string} unit */
  const words = (n, unit) => new Intl.NumberFormat(t.language, { style: "unit", unit, unitDisplay: "short" }).format(n);
  const whole = Math.round(seconds);
  if (whole < 60) return words(whole, "second");
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return words(minutes, "minute");
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${words(hours, "hour")} ${rest ? words(rest, "minute") : ""}`.trim();
}
