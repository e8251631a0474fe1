// The window of figures: what became of requests for help, as a picture and a table, whose numbers open
// the tickets behind them. Fetched when it is first opened.
/** @import { Speaker } from "../shared/types" @import { Asked, Column } from "./figures-asked.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { adoptSheet } from "../shared/adopt-sheet.js";
import { BASE } from "../shared/base.js";
import { Modal } from "../shared/modal.js";
import { refusal } from "../shared/refusals.js";
import { sheet } from "../shared/sheet.js";
import { Board } from "./board.js";
import { titleOf } from "./departments.js";
import { Chart } from "./figures-chart.js";
import { COLUMNS, filterOf, filterOfRow, GROUPS, nameOfRow, NONE, PERIODS, valueText } from "./figures-asked.js";
import { Behind } from "./figures-list.js";
import { nameOf } from "./people.js";

/** @type {Asked} */
const FIRST = {
  ...{ about: "requests", period: "days7", from: "", to: "", group: "day", measure: "opened" },
  ...{ site: "", department: "", operator: "" },
};

export async function prepare() {
  adoptSheet(document, await sheet(new URL("../console/figures.css", import.meta.url)));
  return Window;
}

const TABS = [["figures", "report:get"], ["board", "board:get"]];

// Figures, and how the desk stands now.
/** @param {{ model: any, t: Speaker, close: () => void }} props */
function Window({ model, t, close }) {
  const [tab, setTab] = useState("figures");
  const tabs = TABS.filter(([, needed]) => model.may(needed)).map(([name]) => name);
  const shown = tabs.includes(tab) ? tab : tabs[0];
  return html`<${Modal} t=${t} title=${t("figures")} kind="full" close=${close}><div class="body figures" tabindex="0">
    ${tabs.length > 1 && html`<div class="ways">${tabs.map((one) => html`<button key=${one} class="plain small"
      aria-pressed=${one === shown} onClick=${() => setTab(one)}>${t(`tab_${one}`)}</button>`)}</div>`}
    <${shown === "board" ? Board : Figures} model=${model} t=${t} close=${close} /></div></${Modal}>`;
}

/** @param {{ model: any, t: Speaker, close: () => void }} props */
function Figures({ model, t, close }) {
  const [asked, setAsked] = useState(/** @type {Asked} */ ({ ...FIRST, ...model.kept.get().figures }));
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState("");
  const [behind, setBehind] = useState(/** @type {{ title: string, asked: object } | null} */ (null));
  const latest = useRef({});
  const filter = filterOf(asked);
  const query = { report: "queue", group: asked.group, ...filter };
  // An answer to what is not asked any more is let go.
  const ask = async () => {
    const mine = (latest.current = {});
    const answer = await model.ask("report:get", query).catch((/** @type {any} */ error) => error);
    if (mine !== latest.current) return;
    const failed = answer instanceof Error;
    setSaid(failed ? refusal(t, answer) : "");
    if (!failed) setTold({ ...answer, filter });
  };
  const key = JSON.stringify(query);
  useEffect(() => {
    setTold(null);
    setSaid("");
    if (asked.period !== "own" || (asked.from && asked.to)) ask();
  }, [key]);
  /** @param {Partial<Asked>} changes */
  const change = (changes) => {
    const now = { ...asked, ...changes };
    setAsked(now);
    model.kept.set({ figures: now });
  };
  const columns = COLUMNS[asked.about] ?? COLUMNS.requests;
  const column = columns.find(({ name }) => name === asked.measure) ?? columns[0];
  /** @param {Column} of @param {any} row */
  const open = ({ of }, row) => {
    const name = row ? nameOfRow(model, t, told.group, row) : t("inAll");
    const of_row = row ? filterOfRow(told.filter, row) : { ...told.filter, from: told.since, to: told.until };
    setBehind({ title: `${t(`figure_${of}`)}: ${name}`, asked: { ...of_row, of } });
  };
  const shown = { model, t, told, columns, column, open };
  if (behind) return html`<${Behind} ...${{ model, t, close, ...behind }} back=${() => setBehind(null)} />`;
  return html`<${Choices} ...${{ model, t, asked, change, query }} />
    ${said && html`<p class="notice" role="alert">${said}
      <button class="plain small" onClick=${ask}>${t("again")}</button></p>`}
    ${!said && !told && html`<p class="empty" role="status">${t("counting")}</p>`}
    ${told && !told.rows.length && html`<p class="empty" role="status">${t("nothingCounted")}</p>`}
    ${told && told.rows.length > 0 && html`
      <${Totals} ...${shown} measure=${(/** @type {string} */ name) => change({ measure: name })} />
      <${Chart} ...${shown} open=${(/** @type {any} */ row) => open(column, row)} />
      <${Table} ...${shown} />`}`;
}

/** @typedef {[value: string, words: string][]} Options */

/** @param {{ label: string, value: string, options: Options, choose: (value: string) => void }} props */
const Choice = ({ label, value, options, choose }) => html`<label><span>${label}</span>
  <select value=${value} onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
    ${options.map(([one, words]) => html`<option key=${one} value=${one} selected=${one === value}>${words}</option>`)}
  </select></label>`;

/** @param {{ model: any, t: Speaker, asked: Asked, change: (changes: Partial<Asked>) => void, query: any }} props */
function Choices({ model, t, asked, change, query }) {
  /** @type {Options} */
  const any = [["", t("anyOf")]];
  const sites = [...model.tickets.sites].sort().map((one) => /** @type {[string, string]} */ ([one, one]));
  const departments = model.departments.map((/** @type {any} */ { name }) => [name, titleOf(model, t, name)]);
  const operators = model.operators.map((/** @type {any} */ one) => [one.username, nameOf(one)]);
  /** @param {"from" | "to"} name */
  const day = (name) => html`<label><span>${t(`period_${name}`)}</span><input type="date" value=${asked[name]}
    onChange=${(/** @type {any} */ event) => change({ [name]: event.target.value })} /></label>`;
  /** @param {string} period */
  const choose = (period) => {
    const [from, to] = period === "own" ? PERIODS[asked.period]?.() ?? ["", ""] : ["", ""];
    change({ period, from, to });
  };
  return html`<form class="asked" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Choice} label=${t("figuresAbout")} value=${asked.about}
      options=${Object.keys(COLUMNS).map((one) => [one, t(`about_${one}`)])}
      choose=${(/** @type {string} */ about) => change({ about })} />
    <${Choice} label=${t("period")} value=${asked.period} choose=${choose}
      options=${[...Object.keys(PERIODS), "own"].map((one) => [one, t(`period_${one}`)])} />
    ${asked.period === "own" && [day("from"), day("to")]}
    <${Choice} label=${t("groupBy")} value=${asked.group} options=${GROUPS.map((one) => [one, t(`group_${one}`)])}
      choose=${(/** @type {string} */ group) => change({ group })} />
    ${sites.length > 1 && html`<${Choice} label=${t("site")} value=${asked.site} options=${[...any, ...sites]}
      choose=${(/** @type {string} */ site) => change({ site })} />`}
    ${departments.length > 0 && html`<${Choice} label=${t("department")} value=${asked.department}
      options=${[...any, [NONE, t("departmentNone")], ...departments]}
      choose=${(/** @type {string} */ department) => change({ department })} />`}
    ${model.may("report:all") && html`<${Choice} label=${t("group_operator")} value=${asked.operator}
      options=${[...any, [NONE, t("acceptedByNobody")], ...operators]}
      choose=${(/** @type {string} */ operator) => change({ operator })} />`}
    <button class="plain" onClick=${() => saveTable(model, t, query)}>${t("asCsv")}</button>
  </form>`;
}

// The whole table as a file, which the daemon writes: all columns, for a sheet.
/** @param {any} model @param {Speaker} t @param {Record<string, string>} query */
async function saveTable(model, t, { report, ...query }) {
  try {
    const address = `${BASE}/api/admin/reports/${report}?${new URLSearchParams(query)}`;
    const answer = await fetch(address, { headers: { Accept: "text/csv" } });
    if (!answer.ok) throw new Error(address);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `chatd-${query.group}-${query.from}-${query.to}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch {
    model.toasts.say(t("noCsv"), "alert");
  }
}

/** @typedef {{ model: any, t: Speaker, told: any, columns: Column[], column: Column,
  open: (column: Column, row: any) => void }} Shown */

// All of it; what is pressed is what the picture shows.
/** @param {Shown & { measure: (name: string) => void }} props */
const Totals = ({ t, told, columns, column, measure }) => html`<ul class="totals" aria-label=${t("inAll")}>
  ${columns.map((one) => html`<li key=${one.name}><button aria-pressed=${one === column}
    onClick=${() => measure(one.name)}><b>${valueText(t, one.value(told.total), one.kind)}</b>
    <span>${t(`figure_${one.name}`)}</span></button></li>`)}</ul>`;

/** @param {Shown} props */
function Table({ model, t, told, columns, open }) {
  /** @param {Column} column @param {any} row @param {any} from */
  const cell = (column, row, from) => {
    const text = valueText(t, column.value(from), column.kind);
    if (!from[column.of]) return html`<td>${text}</td>`;
    return html`<td><button class="linklike" onClick=${() => open(column, row)}>${text}</button></td>`;
  };
  /** @param {any} row @param {string} name @param {any} from */
  const line = (row, name, from) => html`<tr><th scope="row">${name}</th>
    ${columns.map((column) => cell(column, row, from))}</tr>`;
  return html`<div class="whole" tabindex="0" role="region" aria-label=${t("figures")}><table>
    <thead><tr><th scope="col">${t(`group_${told.group}`)}</th>
      ${columns.map(({ name }) => html`<th scope="col" key=${name}>${t(`figure_${name}`)}</th>`)}</tr></thead>
    <tbody>${told.rows.map((/** @type {any} */ row) => line(row, nameOfRow(model, t, told.group, row), row))}</tbody>
    <tfoot>${line(null, t("inAll"), told.total)}</tfoot></table></div>
    <p class="sub">${t("medianNote")}</p>`;
}
