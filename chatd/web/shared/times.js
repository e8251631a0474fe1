// Times as people read them, in the reader's zone.
const formats = new Map();

function format(language, name, options) {
  const key = `${language} ${name}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, options));
  return formats.get(key);
}

export const clock = (t, at) =>
  Date.parse(at) ? format(t.language, "clock", { hour: "2-digit", minute: "2-digit" }).format(new Date(at)) : "";

export const dayKey = (at) => new Date(at).toDateString();

export function dayName(t, at) {
  const date = new Date(at);
  if (!Date.parse(at)) return "";
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return t("today");
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === before.toDateString()) return t("yesterday");
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  const options = { day: "numeric", month: "long", ...year };
  return format(t.language, `day ${year.year}`, options).format(date);
}
