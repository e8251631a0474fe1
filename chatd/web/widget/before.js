// What stands before the first word: when we open again, what is asked often, and the form by which one
// begins where the answer has to find its way. Fetched where a site has any of it.
/** @import { Visit } from "./visit.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";

// What was given last, for who is asked again.
/** @type {WeakMap<Visit, Record<string, any>>} */
const GIVEN = new WeakMap();

/** @param {Visit} visit */
export async function prepare(visit) {
  const { root, t } = visit;
  const [{ TEXTS }, looks] = await Promise.all([
    loadTexts("before", t.language),
    sheet(new URL("../widget/before.css", import.meta.url)),
  ]);
  t.add(TEXTS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, looks];
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
  const { t, wrong, unsent, site } = visit;
  const first = useRef(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const kept = unsent.entries.filter((one) => !one.dialog_id);
  const wordless = visit.asks || kept.length > 0;
  useEffect(() => {
    if (visit.asked) first.current.querySelector("input, textarea").focus();
  }, []);
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const given = Object.fromEntries(new FormData(event.target));
    GIVEN.set(visit, given);
    await begin(visit, given, kept).catch((error) => visit.refuse(error));
    setBusy(false);
  };
  return html`<form class="before" ref=${first} onSubmit=${submit} aria-label=${t("beforeTitle")}>
    <p>${t(site.open === false ? "beforeClosed" : "beforeAway")}</p>
    <label>${t("beforeContact")} <input name="contact" required maxlength="254" autocomplete="email"
      defaultValue=${GIVEN.get(visit)?.contact} aria-invalid=${wrong === "beforeWrong"}
      aria-describedby="before-wrong" /></label>
    ${!wordless && html`<label>${t("beforeWords")} <textarea name="words" rows="3" required maxlength="8000"
      defaultValue=${visit.text}></textarea></label>`}
    <p role="alert" id="before-wrong">${wrong === "beforeWrong" && t(wrong)}</p>
    <button class="plain" disabled=${busy}>${t("beforeSend")}</button></form>`;
}

// kept: what was said before one was asked how one is reached.
/** @param {Visit} visit @param {any} given @param {import("../shared/types").Entry[]} kept */
async function begin(visit, given, kept) {
  const { connection, t, unsent } = visit;
  const contact = given.contact.trim();
  if (visit.asks) {
    const way = contact.includes("@") ? "contact" : "phone";
    const ticket_id = visit.view?.id;
    visit.answers = { contact };
    await connection.request("ticket:update", { ticket_id, [way]: contact, language: t.language });
    visit.wrong = "";
    visit.asks = false;
    return visit.callPerson();
  }
  visit.wrong = "";
  visit.answers = { contact, language: t.language, wants_person: true };
  if (given.words) visit.send(given.words.trim());
  for (const { client_id } of kept) unsent.retry(client_id);
  visit.notify();
}
