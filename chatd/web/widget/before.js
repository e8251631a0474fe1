// What stands before the first word: when we open again, what is asked often, and the form by which one
// begins where the answer has to find its way. Fetched where a site has any of it.
/** @import { Visit } from "./visit.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";
import { adoptFields } from "./fields.js";
import { KNOWN } from "./known.js";

// What was given last, for who is asked again.
/** @type {WeakMap<Visit, Record<string, any>>} */
const GIVEN = new WeakMap();

/** @param {Visit} visit */
export async function prepare(visit) {
  const { root, t } = visit;
  const [{ TEXTS }] = await Promise.all([
    loadTexts("before", t.language),
    adoptFields(root, sheet(new URL("../widget/before.css", import.meta.url))),
  ]);
  t.add(TEXTS);
  return { Above, Form };
}

/** @param {{ visit: Visit }} props */
function Above({ visit }) {
  const { site, t, view } = visit;
  const questions = site.language === t.language && Array.isArray(site.questions) ? site.questions : [];
  const opens = (!view || view.status === "waiting") && opening(visit);
  return html`
    ${opens && html`<p class="opens">${opens}</p>`}
    ${!visit.begun && !visit.formal && questions.length > 0 && html`<ul class="questions" aria-label=${t("questions")}>
      ${questions.map(asText).filter(Boolean).map((one) => html`<li key=${one}>
        <button class="plain" onClick=${() => visit.send(one)}>${one}</button></li>`)}</ul>`}`;
}

// When a site that is closed opens, by the clock of who reads it.
/** @param {Visit} visit */
function opening({ site, t }) {
  const at = new Date(asText(site.opens_at));
  if (!(at.getTime() > Date.now())) return "";
  /** @param {Intl.DateTimeFormatOptions} shape */
  const say = (shape) => new Intl.DateTimeFormat(t.language, shape).format(at);
  const time = say({ hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return t("opensToday", { time });
  return t("opensOn", { day: say({ weekday: "long", day: "numeric", month: "long" }), time });
}

/** @param {{ visit: Visit }} props */
function Form({ visit }) {
  const { t, wrong, unsent, site, asks } = visit;
  const first = useRef(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const kept = unsent.entries.filter((one) => !one.dialog_id);
  const [was, known] = [GIVEN.get(visit), KNOWN.get(visit)];
  const fields = asks ? [] : fieldsOf(site.form);
  const reaches = fields.some(({ kind, required }) => required && (kind === "email" || kind === "phone"));
  const contact = asks || ((site.needs_contact || wrong === 1) && !reaches);
  useEffect(() => {
    if (visit.asked) first.current.querySelector("input, textarea, select").focus();
  }, []);
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    GIVEN.set(visit, given);
    setBusy(true);
    await begin(visit, given, kept).catch((error) => visit.refuse(error));
    setBusy(false);
  };
  const away = site.needs_contact || asks;
  return html`<form class="before" ref=${first} onSubmit=${submit} aria-label=${t("beforeTitle")}>
    <p>${away ? t(site.open === false ? "beforeClosed" : "beforeAway") : t("beforeFirst")}</p>
    ${fields.map((one) => html`<${Field} key=${one.name} one=${one} given=${was} known=${known} />`)}
    ${contact && html`<label>${t("beforeContact")} <input name="contact" required maxlength="254"
      autocomplete="email" defaultValue=${was?.contact ?? known?.email} aria-invalid=${wrong === 2}
      aria-describedby="before-wrong" /></label>`}
    ${!asks && !kept.length && html`<label>${t("beforeWords")} <textarea name="words" rows="3" required
      maxlength="8000" defaultValue=${visit.text}></textarea></label>`}
    <p role="alert" id="before-wrong">
      ${wrong === 2 && t(fields.length ? "beforeUnfit" : "beforeWrong")}</p>
    <button class="plain" disabled=${busy}>${t("beforeSend")}</button></form>`;
}

// What a site asks, as far as it can be asked.
/** @type {(form: any) => any[]} */
const fieldsOf = (form) => (Array.isArray(form) ? form : []).filter((one) => typeof one?.name === "string");

/** @type {Record<string, [string, string]>} */
const INPUTS = { name: ["text", "name"], email: ["email", "email"], phone: ["tel", "tel"], text: ["text", "off"] };

// One thing that the site asks, in its words.
/** @param {{ one: any, given: any, known?: any }} props */
function Field({ one, given, known }) {
  const name = `form.${asText(one.name)}`;
  const label = `${asText(one.label)}${one.required ? " *" : ""}`;
  const was = given?.[name] ?? known?.[one.kind];
  if (one.kind === "consent") {
    const link = asText(one.link);
    return html`<label class="consent"><input type="checkbox" name=${name} value="true" required=${one.required}
      defaultChecked=${Boolean(was)} />
      ${link ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${label}</a>` : label}</label>`;
  }
  if (one.kind === "choice") {
    const choices = Array.isArray(one.choices) ? one.choices.map(asText).filter(Boolean) : [];
    return html`<label>${label} <select name=${name} required=${one.required}><option></option>
      ${choices.map((/** @type {string} */ text) => html`<option key=${text} value=${text}
        selected=${text === was}>${text}</option>`)}</select></label>`;
  }
  const [type, autocomplete] = INPUTS[one.kind] ?? INPUTS.text;
  return html`<label>${label} <input name=${name} type=${type} autocomplete=${autocomplete} maxlength="500"
    required=${one.required} defaultValue=${was} /></label>`;
}

// kept: what was said before one was asked how one is reached.
/** @param {Visit} visit @param {any} given @param {import("../shared/types").Entry[]} kept */
async function begin(visit, given, kept) {
  const { connection, t, unsent, site } = visit;
  const contact = given.contact?.trim();
  if (visit.asks) {
    const way = contact.includes("@") ? "contact" : "phone";
    visit.answers = { contact };
    await connection.request("ticket:update", { ticket_id: visit.view?.id, [way]: contact, language: t.language });
    visit.wrong = 0;
    visit.asks = false;
    return visit.callPerson();
  }
  const own = Object.entries(given).filter(([name, value]) => name.startsWith("form.") && value);
  const form = Object.fromEntries(own.map(([name, value]) => [name.slice("form.".length), value]));
  const reached = contact && { contact };
  visit.wrong = 0;
  visit.answers = { language: t.language, form, ...reached, wants_person: Boolean(reached || site.needs_contact) };
  if (given.words) visit.send(given.words.trim());
  for (const { client_id } of kept) unsent.retry(client_id);
  visit.notify();
}
