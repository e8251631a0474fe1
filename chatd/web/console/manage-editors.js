// How each key of a site or department is written in a form, and read out of it again.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";
import { Field } from "./fields.js";
import { words } from "./manage-rows.js";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const PRIORITIES = ["urgent", "high", "normal", "low"];
const PROMISES = ["response", "resolution"];
const KINDS = ["text", "name", "email", "phone", "choice", "consent"];
const MONDAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

/** @typedef {[(props: any) => unknown, (form: any, value: any) => unknown]} Editor */

// As the file has it, on one line.
/** @param {any} value @returns {string} */
export function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
  return `{ ${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)} = ${toml(one)}`).join(", ")} }`;
}

/** @param {string} text */
const lines = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);
/** @param {string} name @returns {(form: any) => string} */
const valueOf = (name) => (form) => form.elements[name].value;

/** @param {any} props */
const Plain = ({ hint, ...field }) => html`<${Field} required=${false} complete="off" hint=${hint} ...${field} />`;
/** @param {any} props */
const Area = ({ name, label, value, hint, rows = 4 }) => html`<div class="labelled"><label for=${`set-${name}`}>${label}
  </label><textarea class="input" id=${`set-${name}`} name=${name} rows=${rows} defaultValue=${value}></textarea>
  ${hint && html`<p class="hint">${hint}</p>`}</div>`;

/** @param {string} key @returns {Editor} */
const text = (key) => [({ value, ...field }) => html`<${Plain} ...${field} defaultValue=${value} />`, valueOf(key)];
/** @param {string} key @returns {Editor} */
const number = (key) => [
  ({ value, ...field }) => html`<${Plain} ...${field} type="number" min="0" defaultValue=${value} />`,
  (form) => Number(form.elements[key].value),
];
/** @param {string} key @param {string[]} values @returns {Editor} */
const choice = (key, values) => [
  ({ t, value, name, label }) => html`<label class="labelled"><span>${label}</span><select class="input" name=${name}>
    ${values.map((one) => html`<option key=${one} value=${one} selected=${one === value}>${t(`set_choice_${one}`)}
      </option>`)}</select></label>`,
  valueOf(key),
];
/** @param {string} key @returns {Editor} */
const list = (key) => [
  ({ t, value, ...field }) => html`<${Plain} ...${field} hint=${t("setWordsHint")} defaultValue=${value.join(", ")} />`,
  (form) => words(form.elements[key].value),
];
/** @type {Editor} */
const check = [
  ({ value, name, label }) => html`<label class="check"><input type="checkbox" name=${name} defaultChecked=${value} />
    <span>${label}</span></label>`,
  (form) => form.querySelector("input").checked,
];
/** @type {Editor} */
const questions = [
  ({ t, value, ...field }) => html`<${Area} ...${field} value=${value.join("\n")} hint=${t("setLinesHint")} />`,
  (form) => lines(valueOf("questions")(form)),
];

// Each text that there is; what is left empty is as it is by itself.
/** @type {Editor} */
const texts = [
  ({ told, value }) => html`${Object.entries({ ...told.texts, ...value }).map(([key]) => html`<${Area} key=${key}
    name=${`text ${key}`} label=${key} rows=${2} value=${value[key] ?? ""} hint=${told.texts?.[key]} />`)}`,
  (form) => {
    const fields = [...form.querySelectorAll("textarea")].filter((one) => one.value.trim());
    return Object.fromEntries(fields.map((one) => [one.name.replace("text ", ""), one.value]));
  },
];

// "09:00-13:00, 14:00-18:00"; a holiday has its day before that.
/** @type {Editor} */
const hours = [
  ({ t, value }) => {
    const day = new Intl.DateTimeFormat(t.language, { weekday: "long", timeZone: "UTC" });
    const apart = Object.entries(value.holidays).map(([date, spans]) => `${date} ${spans.join(", ")}`.trim());
    const zone = value.timezone;
    return html`<${Plain} name="timezone" label=${t("set_timezone")} hint="Europe/Moscow" defaultValue=${zone} />
      ${DAYS.map((name, at) => html`<${Plain} key=${name} name=${name} label=${day.format(MONDAY + at * DAY)}
        hint=${at ? "" : t("setHoursHint")} defaultValue=${value[name].join(", ")} />`)}
      <${Area} name="holidays" label=${t("set_holidays")} hint=${t("setHolidaysHint")} value=${apart.join("\n")} />`;
  },
  (form) => {
    const days = DAYS.map((name) => [name, words(form.elements[name].value)]);
    const apart = lines(form.elements.holidays.value).map((line) => {
      const [date, ...spans] = words(line);
      return [date, spans];
    });
    const week = Object.fromEntries(days);
    return { timezone: form.elements.timezone.value.trim(), ...week, holidays: Object.fromEntries(apart) };
  },
];

const SAID = ["waits", "away", "still_waits"];
/** @type {Editor} */
const automatic = [
  ({ t, value }) => html`${SAID.map((one) => html`<${Area} key=${one} name=${one} rows=${2} label=${t(`set_${one}`)}
      value=${value[one]} />`)}
    <${Plain} name="still_seconds" type="number" min="1" step="any" label=${t("set_still_seconds")}
      defaultValue=${value.still_seconds} />`,
  ({ elements }) => ({
    ...Object.fromEntries(SAID.map((one) => [one, elements[one].value])),
    still_seconds: Number(elements.still_seconds.value),
  }),
];

/** @type {Editor} */
const sla = [
  ({ t, value }) => html`${PROMISES.map((kind) => html`<fieldset class="scopes" key=${kind}>
    <legend>${t(`set_${kind}`)}</legend>${PRIORITIES.map((one) => html`<${Plain} key=${one} name=${`${kind} ${one}`}
      type="number" min="0" label=${t(`priority_${one}`)} defaultValue=${value[kind][one]} />`)}</fieldset>`)}`,
  ({ elements }) => Object.fromEntries(PROMISES.map((kind) => {
    const given = PRIORITIES.filter((one) => elements[`${kind} ${one}`].value !== "");
    return [kind, Object.fromEntries(given.map((one) => [one, Number(elements[`${kind} ${one}`].value)]))];
  })),
];

/** @type {Editor} */
const title = [
  ({ value }) => ["ru", "en"].map((one) => html`<${Plain} key=${one} name=${one} label=${one}
    defaultValue=${value[one] ?? ""} />`),
  ({ elements }) => {
    const given = ["ru", "en"].filter((one) => elements[one].value);
    return Object.fromEntries(given.map((one) => [one, elements[one].value]));
  },
];

// What is asked before the first word.
/** @type {Editor} */
const asked = [Asked, (form) => [...form.querySelectorAll("[data-row]")].map((row) => {
  /** @param {string} name */
  const of = (name) => row.querySelector(`[name=${name}]`);
  const choices = of("choices").value.split(",").map((/** @type {string} */ one) => one.trim()).filter(Boolean);
  return { name: of("name").value, kind: of("kind").value, label: of("label").value, required: of("required").checked,
    choices, link: of("link").value };
})];

/** @param {{ t: Speaker, value: any[] }} props */
function Asked({ t, value }) {
  const [rows, setRows] = useState(value.map((one, at) => ({ ...one, at })));
  const fresh = { at: Math.max(-1, ...rows.map(({ at }) => at)) + 1, name: "", kind: "text", label: "", choices: [] };
  return html`${rows.map((one) => html`<div data-row key=${one.at} class="asked-row">
      <${Plain} name="name" label=${t("set_field_name")} defaultValue=${one.name} />
      <label class="labelled"><span>${t("set_field_kind")}</span><select class="input" name="kind">
        ${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === one.kind}>
          ${t(`set_kind_${kind}`)}</option>`)}</select></label>
      <${Plain} name="label" label=${t("set_field_label")} defaultValue=${one.label} />
      <${Plain} name="choices" label=${t("set_field_choices")} defaultValue=${one.choices.join(", ")} />
      <${Plain} name="link" label=${t("set_field_link")} defaultValue=${one.link} />
      <label class="check"><input type="checkbox" name="required" defaultChecked=${one.required} />
        <span>${t("set_field_required")}</span></label>
      <button type="button" class="plain small" onClick=${() => setRows(rows.filter((other) => other !== one))}>
        ${t("manageRemove")}</button></div>`)}
    <button type="button" class="plain small" onClick=${() => setRows([...rows, fresh])}>${t("setAddField")}</button>`;
}

// What has no form of its own: as JSON, which reads like the file.
/** @type {Editor} */
const raw = [
  ({ t, value, ...field }) => html`<${Area} ...${field} rows=${6} value=${JSON.stringify(value, null, 2)}
    hint=${t("setRawHint")} />`,
  (form, value) => {
    try {
      return JSON.parse(form.querySelector("textarea").value);
    } catch {
      return typeof value === "string" ? value : form.querySelector("textarea").value;
    }
  },
];

/** @type {Record<string, Record<string, Editor>>} */
const EDITORS = {
  site: {
    ...Object.fromEntries(["title", "accent", "department"].map((key) => [key, text(key)])),
    ...Object.fromEntries(["auto_close", "warn_minutes"].map((key) => [key, number(key)])),
    language: choice("language", ["ru", "en"]),
    when_nobody: choice("when_nobody", ["queue", "form"]),
    rating: check,
    ...{ texts, questions, hours, automatic, sla, form: asked },
  },
  department: { title, members: list("members"), sites: list("sites"), sla },
};

/** @param {string} what @param {string} key @returns {Editor} */
export const editorOf = (what, key) => EDITORS[what][key] ?? raw;
