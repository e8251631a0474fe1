// Sites and departments: what the file says of them and what is set here in its place, key by key.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText, fencedRows } from "../shared/fence.js";
import { editorOf, toml } from "./manage-editors.js";
import { Field } from "./fields.js";
import { explain, useRows, words } from "./manage-rows.js";
import { Sure } from "./sure.js";

/** @param {any} model @param {unknown} by */
const nameOf = (model, by) => model.nameOf(asText(by ?? "").replace(/^operator:/, ""));

/** @param {any} props */
export const Sites = (props) => html`<${Named} ...${props} what="site" list="sites" />`;
/** @param {any} props */
export const Departments = (props) => html`<${Named} ...${props} what="department" list="departments" />`;

// what: in the names of commands, and what they call the one that is meant.
/** @param {{ t: Speaker, act: any, model: any, what: string, list: string }} props */
function Named({ t, act, model, what, list }) {
  const { rows, look } = useRows(act, `${what}:list`, list);
  const [open, setOpen] = useState("");
  if (!rows) return null;
  /** @param {any} one */
  const row = (one) => html`<li><button class="line" aria-expanded=${open === one.name}
      onClick=${() => setOpen(open === one.name ? "" : one.name)}><span class="name">${one.name}</span>
      <span class="sub">${one.problem ?? (one.changed.length
        ? t("setHere", { keys: one.changed.map((/** @type {string} */ key) => t(`set_${key}`)).join(", ") })
        : t("setInFile"))}</span></button>
    ${open === one.name && html`<div class="open"><${One} ...${{ t, act, model, what, one, look }} />
      ${what === "department" && !one.in_file && model.may("department:remove")
        && html`<${Removal} ...${{ t, act, one, rows, look }} />`}</div>`}</li>`;
  return html`<p class="sub">${t("setLead")}</p>
    <ul class="rows" aria-label=${t(`manage_${list}`)}>${fencedRows(rows, "name", row, t)}</ul>
    ${rows.length === 0 && html`<p class="sub">${t("setNoDepartments")}</p>`}
    ${what === "department" && model.may("department:put")
      && html`<${NewDepartment} ...${{ t, act, look, setOpen }} />`}`;
}

/** @param {any} props */
function One({ t, act, model, what, one, look }) {
  const [told, setTold] = useState(/** @type {any} */ (null));
  useEffect(() => void act(`${what}:settings`, { [what]: one.name }).then(setTold), []);
  /** @param {any} now */
  const take = async (now) => {
    setTold(now);
    await look();
  };
  if (!told) return null;
  const by = told.managed.by;
  /** @param {any} setting */
  const part = (setting) => html`<${Setting} key=${setting.key}
    ...${{ t, model, what, name: one.name, told, setting, take, setTold }} />`;
  return html`${one.problem && html`<p class="wrong">${t("setNotInForce")}: ${one.problem}</p>`}
    ${by && html`<p class="sub">${t("setBy", { name: nameOf(model, by) })}</p>`}
    ${told.settings.map(part)}`;
}

// One key: each is saved by itself, so that what somebody else has changed beside it stays.
/** @param {any} props */
function Setting({ t, model, what, name, told, setting, take, setTold }) {
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState("");
  const [done, setDone] = useState("");
  const [round, setRound] = useState(0);
  const form = useRef(/** @type {any} */ (null));
  const { key, value, source } = setting;
  const [Editor, read] = editorOf(what, key);
  const version = told.managed.version ?? 0;
  const may = model.may(`${what}:put`);
  /** @param {string} command @param {object} fields */
  const ask = async (command, fields) => {
    try {
      const now = await model.ask(`${what}:${command}`, { [what]: name, version, ...fields });
      setWrong("");
      setDone(t("setSaved"));
      setRound(round + 1);
      await take(now);
    } catch (error) {
      await refuse(/** @type {any} */ (error));
    }
  };
  // Who was slower keeps what they typed, and may write it over what is there by now.
  /** @param {any} error */
  const refuse = async (error) => {
    setDone("");
    if (error.code !== "conflict" || error.version === undefined) return setWrong(explain(t, error));
    const now = await model.ask(`${what}:settings`, { [what]: name }).catch(() => null);
    if (now) setTold(now);
    const theirs = now?.settings.find((/** @type {any} */ each) => each.key === key)?.toml ?? "";
    return setWrong(t("setMeanwhile", { name: nameOf(model, error.by), theirs }));
  };
  /** @param {any} event */
  const save = (event) => {
    event.preventDefault();
    ask("put", { piece: `${key} = ${toml(read(form.current, value))}` });
  };
  const label = t(`set_${key}`);
  return html`<div class="setting"><button class="line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <span class="name">${label}
        <span class="tag">${t(source === "here" ? "setSourceHere" : "setSourceFile")}</span></span>
      <span class="sub">${setting.toml.slice(0, 120)}</span></button>
    ${open && html`<form ref=${form} class="ask" aria-label=${label} onSubmit=${save}>
      <fieldset key=${round} disabled=${!may}><${Editor} ...${{ t, value, name: key, label, told }} /></fieldset>
      <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
      <p class="hidden" role="status">${done}</p>
      <div class="choices">${source === "here" && model.may(`${what}:reset`) && told.managed.in_file
        && html`<button type="button" class="plain small" onClick=${() => ask("reset", { keys: [key] })}>
          ${t("setReset")}</button>`}
        ${may && html`<button class="primary">${t("save")}</button>`}</div></form>`}</div>`;
}

/** @param {any} props */
function NewDepartment({ t, act, look, setOpen }) {
  const form = useRef(/** @type {any} */ (null));
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const { department, members } = form.current.elements;
    const piece = `members = ${toml(words(members.value))}`;
    const data = { department: department.value, piece, version: 0 };
    if (!(await act("department:put", data, t("manageDone", { name: data.department })))) return;
    form.current.reset();
    await look();
    setOpen(data.department);
  };
  return html`<form ref=${form} class="ask open" onSubmit=${add} aria-label=${t("setNewDepartment")}>
    <${Field} name="department" label=${t("setDepartmentName")} hint=${t("setNameHint")} />
    <${Field} name="members" label=${t("set_members")} hint=${t("setWordsHint")} />
    <button class="primary">${t("setNewDepartment")}</button></form>`;
}

/** @param {any} props */
function Removal({ t, act, one, rows, look }) {
  const [to, setTo] = useState("");
  const others = rows.filter((/** @type {any} */ { name }) => name !== one.name);
  const remove = async () => {
    const data = { department: one.name, to };
    if (await act("department:remove", data, t("manageDone", { name: one.name }))) await look();
  };
  return html`<div class="choices"><label class="labelled"><span>${t("setTicketsTo")}</span>
      <select class="input" onChange=${(/** @type {any} */ { target }) => setTo(target.value)}>
        <option value="">${t("departmentNone")}</option>
        ${others.map((/** @type {any} */ { name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select></label>
    <${Sure} t=${t} label=${t("manageRemove")} does=${remove} /></div>`;
}
