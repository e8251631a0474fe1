// A picture of a column: bars along the time, or one for each name. What it shows stands in the table,
// too, which is what screen readers read.
/** @import { Speaker } from "../shared/types" @import { Column } from "./figures-asked.js" */
import { html } from "../vendor/preact.js";
import { nameOfRow, valueText } from "./figures-asked.js";

const [WIDTH, HEIGHT] = [1000, 200];
const GAP = 0.16; // of a bar's width
const ROOM = 0.2; // of the picture's width: for a time below it
const MOST_NAMED = 15;
/** @type {Record<string, number>} */
const MOST = { score: 5, share: 1 };
const TIMED = new Set(["hour", "day", "week", "month"]);

/** @typedef {{ model: any, t: Speaker, told: any, column: Column, open: (row: any) => void }} Props */

/** @param {Props} props */
export function Chart(props) {
  const { t, told, column } = props;
  const label = t("chartOf", { what: t(`figure_${column.name}`) });
  return html`<figure class="chart"><figcaption>${label}</figcaption>
    ${TIMED.has(told.group) ? html`<${AlongTime} ...${props} />` : html`<${ByName} ...${props} />`}</figure>`;
}

// A number that is not below a value, and easy to halve.
/** @param {number} value @param {Column["kind"]} kind */
function roundUp(value, kind) {
  if (kind in MOST) return MOST[kind];
  const steps = kind === "time" ? [60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400] : [2, 4, 10];
  const fits = steps.find((one) => value <= one);
  if (fits) return fits;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((one) => one * ten).find((one) => value <= one) ?? value;
}

// The parts of a time in which there was nothing have no row: every bar stands where its time is.
/** @param {Props} props */
function AlongTime({ model, t, told, column, open }) {
  const [begin, end] = [Date.parse(told.since), Date.parse(told.until)];
  const values = told.rows.map(column.value);
  const top = roundUp(Math.max(1, ...values.map((/** @type {any} */ one) => one ?? 0)), column.kind);
  /** @param {any} row @param {number} at */
  const bar = (row, at) => {
    const x = ((Date.parse(row.since) - begin) / (end - begin)) * WIDTH;
    const width = ((Date.parse(row.until) - Date.parse(row.since)) / (end - begin)) * WIDTH;
    const height = ((values[at] ?? 0) / top) * HEIGHT;
    const said = `${nameOfRow(model, t, told.group, row)}: ${valueText(t, values[at], column.kind)}`;
    return html`<g class="column" onClick=${() => open(row)}><title>${said}</title>
      <rect class="reach" x=${x} y="0" width=${width} height=${HEIGHT} />
      <rect x=${x + (width * GAP) / 2} y=${HEIGHT - height} width=${width * (1 - GAP)} height=${height} /></g>`;
  };
  const steps = [top, top / 2, 0].map((one) => html`<span>${valueText(t, one, column.kind)}</span>`);
  const { rows } = told;
  /** @param {any} row */
  const middle = (row) => ((Date.parse(row.since) + Date.parse(row.until)) / 2 - begin) / (end - begin);
  /** @type {any[]} */
  const ticks = [];
  for (const row of [rows.at(-1), rows[0], rows[Math.floor(rows.length / 2)]]) {
    if (row && ticks.every((one) => Math.abs(middle(one) - middle(row)) > ROOM)) ticks.push(row);
  }
  return html`<div class="along" aria-hidden="true"><div class="steps">${steps}</div>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
      ${[0, HEIGHT / 2, HEIGHT].map((y) => html`<line x1="0" x2=${WIDTH} y1=${y} y2=${y} />`)}
      ${rows.map(bar)}</svg>
    <div class="ticks">${ticks.map((row) => html`<span style=${{ "--at": `${100 * middle(row)}%` }}>
      ${nameOfRow(model, t, told.group, row, true)}</span>`)}</div></div>`;
}

// The largest first.
/** @param {Props} props */
function ByName({ model, t, told, column, open }) {
  const rows = [...told.rows]
    .sort((one, other) => (column.value(other) ?? -1) - (column.value(one) ?? -1))
    .slice(0, MOST_NAMED);
  const top = Math.max(MOST[column.kind] ?? 0, ...rows.map((row) => column.value(row) ?? 0)) || 1;
  return html`<div class="by-name" aria-hidden="true">${rows.map((row) => html`
    <span class="name">${nameOfRow(model, t, told.group, row)}</span>
    <svg class="column" onClick=${() => open(row)}><rect width="100%" height="100%" class="reach" rx="4" />
      <rect width="${((column.value(row) ?? 0) / top) * 100}%" height="100%" rx="4" /></svg>
    <span class="value">${valueText(t, column.value(row), column.kind)}</span>`)}</div>`;
}
