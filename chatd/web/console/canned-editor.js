// All canned answers, found by typing: what each says, and, for administrators, written anew.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows, itemsOf } from "../shared/fence.js";
import { fetchAll } from "../shared/fetch-all.js";
import { plainText } from "../shared/markdown.js";
import { Text } from "../shared/message.js";
import { Modal } from "../shared/modal.js";
import { fetchCanned, fill, matching, unknownIn, valuesOf, VARIABLES } from "./canned.js";

const LONGEST_NAME = 48;
const LONGEST = 3_000;
const EXAMPLE = "TKT-1730053200";
/** @param {any} one */
const keyOf = ({ site, name }) => `${site}/${name}`;
/** @param {any} one */
const isEdited = ({ version }) => typeof version === "number";
/** @param {Speaker} t @param {string} site */
const siteWords = (t, site) => site || t("cannedAllSites");

// open: the answer that is looked at, or written; nothing: the list.
/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function CannedEditor({ model, t, close }) {
  const [sought, setSought] = useState("");
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const may = model.may("canned:put");
  const found = matching(
    model.canned.map((/** @type {any} */ one) => ({ ...one, key: keyOf(one) })),
    sought,
  );
  /** @param {any} one */
  const row = (one) => html`<li><button onClick=${() => setOpen(one)}><span class="name">
    <span>/${one.name} <span class="tag">${siteWords(t, one.site)}</span>
      ${!isEdited(one) && html` <span class="tag">${t("cannedConfigured")}</span>`}</span>
    <small>${plainText(one.text).slice(0, 200)}</small></span></button></li>`;
  const back = () => setOpen(null);
  return html`<${Modal} t=${t} title=${t("canned")} kind="wide" close=${close}><div class="body canned">
    ${open ? html`<${One} key=${open.key} ...${{ model, t, back, may }} one=${open} />`
      : html`<div class="with-button">
        <input class="input" type="search" aria-label=${t("cannedFind")} placeholder=${t("cannedFind")} autofocus
          value=${sought} onInput=${(/** @type {any} */ event) => setSought(event.target.value)} />
        ${may && html`<button class="primary" onClick=${() => setOpen({ key: "", name: "", text: "", site: "" })}>
          ${t("cannedNew")}</button>`}</div>
        <p class="hidden" role="status">${sought && t("foundSome", { n: found.length })}</p>
        <ul class="choose">${fencedRows(found, "key", row, t)}</ul>
        ${!found.length && html`<p class="empty">${t("emptyAll")}</p>`}
        ${!may && html`<p class="sub">${t("cannedByAdmins")}</p>`}`}
  </div></${Modal}>`;
}

/** @param {{ model: any, t: Speaker, back: () => void, may: boolean, one: any }} props */
function One({ model, t, back, may, one }) {
  const edits = may && (!one.key || isEdited(one));
  return edits ? html`<${Form} ...${{ model, t, back, one }} />` : html`<div class="stacked">
    <p><b>/${one.name}</b> <span class="tag">${siteWords(t, one.site)}</span></p>
    <${Preview} ...${{ model, t }} text=${one.text} />
    <p class="sub">${isEdited(one) ? t("cannedChangedBy", { name: whose(model, one.by) })
      : t("cannedOfConfiguration", { site: one.site })}</p>
    <div class="choices"><button class="plain" onClick=${back}>${t("cannedBack")}</button></div></div>`;
}

/** @param {any} model @param {unknown} by */
const whose = (model, by) => model.nameOf(String(by ?? "").replace(/^operator:/, ""));

// As the customer would read it; without a ticket with made-up values.
/** @param {{ model: any, t: Speaker, text: string }} props */
function Preview({ model, t, text }) {
  const view = model.talk?.view;
  const values = valuesOf(model, view?.id ? view : { id: EXAMPLE, customer_name: t("cannedSomebody") });
  const filled = fill(text, values);
  return html`<div class="preview" role="group" aria-label=${t("cannedPreview")}>
    <${Text} text=${filled} id="canned-preview" t=${t} /></div>`;
}

/** @param {{ model: any, t: Speaker, back: () => void, one: any }} props */
function Form({ model, t, back, one }) {
  const [name, setName] = useState(one.name);
  const [text, setText] = useState(one.text);
  const [site, setSite] = useState(one.site);
  const [version, setVersion] = useState(one.version ?? 0);
  const [wrong, setWrong] = useState("");
  const [other, setOther] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(false);
  const sites = useSites(model, one.site);
  useEffect(() => {
    if (wrong) document.getElementById("canned-wrong")?.scrollIntoView({ block: "center" });
  }, [wrong, other]);
  const unknown = unknownIn(text);
  const allowed = VARIABLES.map((each) => `{${each}}`).join(", ");
  /** @param {string} event @param {object} fields */
  const ask = async (event, fields) => {
    try {
      await model.ask(event, { site: site || null, version, ...fields });
      await fetchCanned(model);
      back();
    } catch (error) {
      await explain(/** @type {any} */ (error));
    }
  };
  // Whoever was slower sees what is there by now, and may still write over it.
  /** @param {any} error */
  const explain = async (error) => {
    setSure(false);
    if (error.code !== "conflict" || error.by === undefined) return setWrong(model.explain(error));
    await fetchCanned(model);
    const key = keyOf({ site, name: one.name || name });
    const now = model.canned.find((/** @type {any} */ each) => keyOf(each) === key);
    setWrong(t("cannedMeanwhile", { name: whose(model, error.by) }));
    if (now && error.version === now.version) setOther(now);
    return undefined;
  };
  /** @param {any} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const renamed = one.name && name !== one.name ? { name: one.name, new_name: name } : { name };
    ask("canned:put", { ...renamed, text });
  };
  /** @param {string} variable */
  const insert = (variable) => {
    /** @type {any} */
    const area = document.getElementById("canned-text");
    area.setRangeText(variable, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    setText(area.value);
  };
  const form = html`<form class="stacked" onSubmit=${onSubmit}>
    <div class="labelled"><label for="canned-name">${t("cannedName")}</label>
      <input class="input" id="canned-name" value=${name} required maxlength=${LONGEST_NAME} autofocus
        onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <p class="hint">${t("cannedNameHint", { name: name || "…" })}</p></div>
    <div class="labelled"><label for="canned-site">${t("site")}</label>
      <select class="input" id="canned-site" value=${site} disabled=${Boolean(one.name)}
        onChange=${(/** @type {any} */ event) => setSite(event.target.value)}>
        ${["", ...sites].map((each) => html`<option key=${each} value=${each} selected=${each === site}>
          ${siteWords(t, each)}</option>`)}</select></div>
    <div class="labelled"><label for="canned-text">${t("cannedText")}</label>
      <textarea class="input" id="canned-text" rows="5" required maxlength=${LONGEST} value=${text}
        aria-describedby="canned-unknown"
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>
      <div class="variables" role="group" aria-label=${t("cannedVariables")}>
        ${VARIABLES.map((each) => html`<button type="button" class="plain small" key=${each}
          title=${t(`cannedVar_${each}`)} onClick=${() => insert(`{${each}}`)}>{${each}}</button>`)}</div>
      <p class="hint ${unknown.length ? "wrong" : ""}" id="canned-unknown" role="status">
        ${unknown.length > 0 && t("cannedUnknown", { name: `{${unknown[0]}}`, allowed })}</p></div>
    ${text && html`<${Preview} ...${{ model, t, text }} />`}
    ${wrong && html`<p class="wrong" role="alert" id="canned-wrong">${wrong}</p>`}
    ${other && html`<div class="labelled"><p>${t("cannedNow")}</p><div class="preview">${other.text}</div>
      <div class="choices"><button type="button" class="plain" onClick=${() => {
        setText(other.text);
        setVersion(other.version);
        setOther(null);
        setWrong("");
      }}>${t("cannedTakeTheirs")}</button><button type="button" class="plain" onClick=${() => {
        setVersion(other.version);
        setOther(null);
        setWrong("");
      }}>${t("cannedKeepMine")}</button></div></div>`}
    <div class="choices">
      ${one.name && model.may("canned:remove") && html`<button type="button" class="plain"
        onClick=${() => setSure(true)}>${t("cannedRemove")}</button>`}
      <span class="space"></span><button type="button" class="plain" onClick=${back}>${t("cannedBack")}</button>
      <button class="primary" disabled=${unknown.length > 0 || Boolean(other)}>${t("cannedSave")}</button></div>
  </form>`;
  return html`${form}${sure && html`<div class="sure" role="alertdialog" aria-label=${t("cannedRemove")}>
    <p>${t("cannedSure", { name: one.name })}</p>
    <button class="plain" onClick=${() => setSure(false)}>${t("cannedBack")}</button>
    <button class="primary danger" autofocus onClick=${() => ask("canned:remove", { name: one.name })}>
      ${t("cannedRemove")}</button></div>`}`;
}

// All that one serves; until they are known, that of the answer.
/** @param {any} model @param {string} own @returns {string[]} */
function useSites({ connection }, own) {
  const [sites, setSites] = useState(own ? [own] : []);
  useEffect(() => {
    if (own) return;
    fetchAll(connection, "hours:list", "sites").then(
      (told) => setSites(itemsOf(told.sites, "site").map(({ site }) => site)),
      () => {},
    );
  }, []);
  return sites;
}
