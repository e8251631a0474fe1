// Where an operator is logged in: each can be ended, one's own but this one all at once.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";
import { clock, dayName } from "../shared/times.js";
import { Sure } from "./sure.js";

/** @param {Speaker} t @param {string} at */
export const moment = (t, at) => `${dayName(t, at)}, ${clock(t, at)}`;

/** @type {Record<string, (t: Speaker) => string>} */
const WHERE = { browser: (t) => t("sessionBrowser"), terminal: (t) => t("sessionTerminal"),
  other: (t) => t("sessionProgram") };

// fetch: a page of them behind a cursor; end: one that is named, or all (of one's own: all others),
// where that may be done.
/** @param {{ t: Speaker, fetch: (cursor: string | null) => any, end?: any }} props */
export function Sessions({ t, fetch, end }) {
  const [rows, setRows] = useState(/** @type {any[]} */ ([]));
  const look = async () => {
    const found = [];
    for (let page = await fetch(null); page; page = page.more && (await fetch(page.cursor))) {
      found.push(...page.sessions);
    }
    setRows(found.reverse());
  };
  useEffect(() => void look(), []);
  /** @param {string} [session] */
  const finish = async (session) => {
    if (await end(session)) await look();
  };
  const others = rows.filter(({ current }) => !current);
  /** @param {any} one */
  const row = (one) => html`<li class="line">
    <span class="name">${one.device || WHERE[one.where](t)} <small>${one.current && t("sessionHere")}</small></span>
    <span class="sub">${[one.device && WHERE[one.where](t), one.address,
      t("sessionBegun", { at: moment(t, one.created_at) }),
      t("sessionUsed", { at: moment(t, one.used_at) })].filter(Boolean).join(" · ")}</span>
    ${end && !one.current && html`<${Sure} t=${t} label=${t("sessionEnd")} does=${() => finish(one.id)} />`}</li>`;
  return html`<ul class="rows" aria-label=${t("sessionsTitle")}>${fencedRows(rows, "id", row, t)}</ul>
    ${others.length === 0 && rows.length === 0 && html`<p class="sub">${t("sessionsNone")}</p>`}
    ${end && others.length > 1 && html`<div class="choices"><${Sure} t=${t} does=${() => finish()}
      label=${t(others.length < rows.length ? "sessionEndOthers" : "sessionEndAll")} /></div>`}`;
}
