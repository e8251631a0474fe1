// Filters of the list, and those that are saved under a name: chosen, written, removed.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows, itemsOf } from "../shared/fence.js";
import { fetchAll } from "../shared/fetch-all.js";
import { Close } from "../shared/icons.js";
import { Modal } from "../shared/modal.js";
import { filterOf, filterWords, showFiltered, STATES, takeViews, valueWords, WAITS } from "./filter.js";
import { PRIORITIES } from "./labels.js";

const LONGEST_NAME = 48;

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Views({ model, t, close }) {
  const [filter, setFilter] = useState(/** @type {any} */ (model.filter ?? {}));
  const [name, setName] = useState("");
  const [was, setWas] = useState("");
  const [wrong, setWrong] = useState("");
  const [sites, setSites] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    model.ask("view:list", {}).then((/** @type {any} */ told) => takeViews(model, told), () => {});
    fetchAll(model.connection, "hours:list", "sites").then(
      (told) => setSites(itemsOf(told.sites, "site").map(({ site }) => site)),
      () => {},
    );
  }, []);
  /** @param {string} event @param {object} data */
  const change = async (event, data) => {
    try {
      takeViews(model, await model.ask(event, data));
      setWrong("");
      return true;
    } catch (error) {
      setWrong(model.explain(error));
      return false;
    }
  };
  /** @param {any} [chosen] */
  const show = (chosen = filter) => {
    close();
    showFiltered(model, filterOf(chosen));
  };
  /** @param {any} event */
  const onSave = async (event) => {
    event.preventDefault();
    const renamed = was && was !== name ? { was } : {};
    if (await change("view:save", { name, ...renamed, ...filterOf(filter) })) setWas(name);
  };
  /** @param {any} one */
  const row = (one) => html`<li class="saved"><button onClick=${() => show(one)}>
      <span class="name">${one.name}<small>${filterWords(model, t, filterOf(one))}</small></span></button>
    <button class="plain small" aria-label=${t("viewChangeNamed", { name: one.name })} onClick=${() => {
      setFilter(filterOf(one));
      setName(one.name);
      setWas(one.name);
    }}>${t("viewChange")}</button>
    <button class="quiet" aria-label=${t("viewRemove", { name: one.name })}
      onClick=${() => change("view:remove", { name: one.name })}><${Close} /></button></li>`;
  return html`<${Modal} t=${t} title=${t("views")} close=${close}><div class="body views">
    ${model.views.length > 0 && html`<ul class="choose" aria-label=${t("viewsSaved")}>
      ${fencedRows(model.views, "name", row, t)}</ul>`}
    <${Fields} ...${{ model, t, filter, setFilter, sites }} />
    <div class="choices"><button class="plain" onClick=${() => show({})}>${t("filterNone")}</button>
      <button class="primary" onClick=${() => show()}>${t("filterShow")}</button></div>
    ${model.may("view:save") && html`<form class="sure" onSubmit=${onSave}>
      <input class="input" value=${name} required maxlength=${LONGEST_NAME}
        aria-label=${t("viewName")} placeholder=${t("viewName")}
        onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <button class="plain">${t("viewSave")}</button></form>`}
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
  </div></${Modal}>`;
}

// Each is one of some values, or any.
/** @param {any} props */
function Fields({ model, t, filter, setFilter, sites }) {
  const departments = model.departments.map((/** @type {any} */ one) => one.name);
  const operators = model.operators.map((/** @type {any} */ one) => one.username);
  /** @type {[string, string, any[]][]} */
  const choices = [
    ["status", t("filterStatus"), STATES],
    ["site", t("site"), sites.length > 1 ? sites : []],
    ["department", t("department"), departments.length ? ["", ...departments] : []],
    ["priority", t("priority"), PRIORITIES],
    ["operator", t("operator"), ["", ...operators]],
    ["waits_s", t("filterWaiting"), WAITS],
    ["overdue", t("filterPromised"), [true]],
    ["snoozed", t("filterSnoozed"), [true]],
  ];
  /** @param {string} field @param {any} value */
  const set = (field, value) => setFilter(filterOf({ ...filter, [field]: value }));
  /** @param {any} choice */
  const field = ([key, label, values]) => {
    const has = filter[key];
    const all = has === undefined || values.includes(has) ? values : [...values, has];
    return all.length > 0 && html`<label key=${key}><span>${label}</span><select name=${key}
      onChange=${(/** @type {any} */ { target }) => set(key, target.value ? all[Number(target.value)] : undefined)}>
      <option value="" selected=${has === undefined}>${t("filterAny")}</option>
      ${all.map((/** @type {any} */ one, /** @type {number} */ at) => html`<option key=${one} value=${at}
        selected=${one === has}>${valueWords(model, t, key, one)}</option>`)}</select></label>`;
  };
  return html`<div class="label-form">${choices.map(field)}
    <label><span>${t("tags")}</span><input class="input" name="tag" maxlength="64" list="filter-tags"
      value=${filter.tag ?? ""} placeholder=${t("filterAny")}
      onInput=${(/** @type {any} */ event) => set("tag", event.target.value.trim() || undefined)} /></label>
    <datalist id="filter-tags">${model.tickets.tags.map((/** @type {string} */ one) =>
      html`<option key=${one} value=${one}></option>`)}</datalist></div>`;
}

// Above the list: to what it is narrowed, and the way back.
/** @param {{ model: any, t: Speaker }} props */
export function FilterBar({ model, t }) {
  if (!model.filter) return null;
  return html`<p class="mark-bar"><span>${filterWords(model, t, model.filter)}</span>
    <button class="quiet" aria-label=${t("filterNone")} title=${t("filterNone")}
      onClick=${() => showFiltered(model, null)}><${Close} /></button></p>`;
}

// In the palette.
/** @param {any} model @param {Speaker} t */
export const viewChoices = (model, t) =>
  model.views.map((/** @type {any} */ one) => ({
    key: `view-${one.name}`,
    label: t("viewNamed", { name: one.name }),
    more: filterWords(model, t, filterOf(one)),
    does: () => showFiltered(model, filterOf(one)),
  }));
