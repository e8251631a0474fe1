// Times as people read them, in the reader's zone.
/** @import { Speaker } from "./types" */
const formats = new Map();

/** @param {string} language @param {string} name @param {Intl.DateTimeFormatOptions} options */
function format(language, name, options) {
  const key = `${language} ${name}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(localeOf(language), options));
  return formats.get(key);
}

// As in the reader's country, where the browser says one that speaks this language: 09:05 or 9:05 AM.
/** @param {string} language */
const localeOf = (language) =>
  navigator.languages.find((one) => COUNTRY.test(one) && one.startsWith(`${language}-`)) ?? language;
const COUNTRY = /^[a-z]{2,3}-[A-Z]{2}$/;

/** @param {Speaker} t @param {string} at */
export const clock = (t, at) =>
  Date.parse(at) ? format(t.language, "clock", { timeStyle: "short" }).format(new Date(at)) : "";

// How long today lasts, in milliseconds.
export function untilMidnight() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}

/** @param {string | number} at */
export const dayKey = (at) => new Date(at).toDateString();

/** @param {Speaker} t @param {string} at */
export function dayName(t, at) {
  const date = new Date(at);
  if (!Date.parse(at)) return "";
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return t("today");
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === before.toDateString()) return t("yesterday");
  /** @type {Intl.DateTimeFormatOptions} */
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { day: "numeric", month: "long", ...year };
  return format(t.language, `day ${year.year}`, options).format(date);
}
