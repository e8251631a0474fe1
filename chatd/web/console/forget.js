// Somebody is forgotten: first what there is of them, then, by their name, all of it goes for good.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Refused, Unasked } from "../shared/connection.js";
import { prepareFiles, sizeOf } from "../shared/file-common.js";
import { Modal } from "../shared/modal.js";
import { Field } from "./fields.js";
import { explain } from "./manage-rows.js";

const TICKETS = /TKT-\d+/g;

/** @param {string} text */
const plainly = (text) => text.trim().normalize("NFC");

// A line that broke amid says nothing of what the daemon did; looking again does.
/** @param {Speaker} t @param {any} error @param {boolean} sure */
function whyNot(t, error, sure) {
  if (error.code === "not_found") return t("forgetNobody");
  const open = error.code === "conflict" && error.message.match(TICKETS);
  if (open) return t("forgetOpen", { tickets: open.join(", ") });
  const lost = sure && !(error instanceof Refused) && !(error instanceof Unasked);
  return lost ? t("forgetUnsure") : explain(t, error);
}

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Forget({ model, t, close }) {
  const [person] = useState(model.asking.person);
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(true);
  const body = useRef();
  /** @param {boolean} sure */
  const ask = async (sure) => {
    setBusy(true);
    body.current?.focus();
    try {
      await prepareFiles(t);
      setTold(await model.ask("person:forget", { participant_id: person.id, sure }));
      setWrong("");
    } catch (error) {
      setTold(null);
      setWrong(whyNot(t, error, sure));
    }
    setBusy(false);
  };
  useEffect(() => void ask(false), []);
  // What was open of them is there no more: back to the list.
  const leave = () => {
    close();
    if (told?.gone && model.talk?.missing) model.opened.close();
  };
  return html`<${Modal} t=${t} title=${t("forgetTitle", { name: person.name })} close=${leave}>
    <div class="body account" ref=${body} tabindex="0" aria-busy=${busy}>
      <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
      <div role="status" class="stacked">${busy ? html`<p class="sub">${t("forgetBusy")}</p>`
        : told && html`<${Found} ...${{ told, t }} />`}</div>
      ${!busy && told && !told.gone && html`<${Confirm} ...${{ person, t, does: () => ask(true), close }} />`}
      ${!busy && wrong && html`<button class="plain" onClick=${() => ask(false)}>${t("forgetAgain")}</button>`}
    </div></${Modal}>`;
}

// How much there was, and where it still is.
/** @param {{ told: any, t: Speaker }} props */
function Found({ told, t }) {
  const files = `${told.files} · ${sizeOf(t, told.bytes)}`;
  const counts = { tickets: told.tickets, dialogs: told.dialogs, messages: told.messages, files };
  return html`<p><b>${t(told.gone ? "forgetDone" : "forgetFound")}</b></p>
    <dl class="keys">${Object.entries(counts).map(([what, n]) => html`<div key=${what}>
      <dt>${t(`forget_${what}`)}</dt><dd>${n}</dd></div>`)}</dl>
    <p class="sub">${[told.participant_id, ...told.earlier].join(", ")}</p>
    ${told.backups.length ? html`<div><p>${t("forgetBackups")}</p>
      <ul>${told.backups.map((/** @type {string} */ one) => html`<li key=${one}>${one}</li>`)}</ul></div>`
      : html`<p class="sub">${t("forgetNoBackups")}</p>`}`;
}

/** @param {{ person: any, t: Speaker, does: () => void, close: () => void }} props */
function Confirm({ person: { id, name }, t, does, close }) {
  const [wrong, setWrong] = useState("");
  /** @param {any} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const typed = plainly(event.target.elements.who.value);
    if (typed && [id, plainly(name)].includes(typed)) does();
    else setWrong(t("forgetOther"));
  };
  return html`<form class="ask open" onSubmit=${onSubmit} aria-label=${t("forget")}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <${Field} name="who" label=${t("forgetType")} hint=${t("forgetTypeHint", { name, id })} />
    <div class="choices"><button class="plain" type="button" onClick=${close}>${t("cancel")}</button>
      <button class="primary danger">${t("forgetForGood")}</button></div></form>`;
}
