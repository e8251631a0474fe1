// The list of dialogs, with a field that finds dialogs and people.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { arrows } from "../shared/arrows.js";
import { dialogPath } from "../shared/base.js";
import { asText, fencedRows } from "../shared/fence.js";
import { At, Plus } from "../shared/icons-pages.js";
import { BellOff, Bubble, Search } from "../shared/icons.js";
import { InVoice } from "../shared/in-voice.js";
import { lastText } from "../shared/last-words.js";
import { Avatar } from "../shared/message.js";
import { clock, dayKey, dayName } from "../shared/times.js";
import { fits, isMuted, mentionsOf, otherIn, titleOf, unread } from "./dialogs.js";

// So many rows are drawn at first, and with every wish for more.
const STEP = 100;
const SEARCH_AFTER = 150;

/** @param {{ t: Speaker, page: Person, search: any }} props */
export function Sidebar({ t, page, search }) {
  const [sought, setSought] = useState("");
  const [most, setMost] = useState(STEP);
  const found = useFound(page, sought);
  const rows = page.list.sorted.filter((one) => fits(one, page.me, sought));
  const shown = rows.slice(0, most);
  const first = shown.find((one) => one.id === page.open) ?? shown[0];
  const known = new Set(page.list.sorted.filter((one) => one.kind === "direct").map((one) => otherIn(one, page.me).id));
  const strangers = found.filter((one) => !known.has(one.id));
  /** @param {any} one */
  const row = (one) => html`<${Row} t=${t} page=${page} row=${one} tab=${one.id === first?.id ? 0 : -1} />`;
  /** @param {any} one */
  const stranger = (one) => html`<li><button class="entry" onClick=${() => begin(one)}>
    <${Avatar} id=${one.id} name=${one.name} /><span class="name">${one.name} <small>@${one.username}</small></span>
    </button></li>`;
  /** @param {any} one */
  const begin = (one) => {
    setSought("");
    page.enter("dialog:create", { kind: "direct", with: [one.username] });
  };
  /** @param {any} event */
  const keys = (event) => {
    if (event.key === "Escape" && sought) {
      event.preventDefault();
      setSought("");
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (event.target.closest("nav").querySelector(".entry"))?.focus();
    } else if (event.key === "Enter" && sought && shown[0]) {
      setSought("");
      page.go(shown[0].id);
    } else if (event.key === "Enter" && sought && strangers[0]) begin(strangers[0]);
  };
  return html`<nav class="dialogs" aria-label=${t("dialogs")}>
    <header><span class="mark"><${Bubble} /></span><h2>${t("dialogs")}</h2>
      <button class="quiet" aria-label=${t("newDialog")} title=${t("newDialog")}
        onClick=${() => page.prompt({ what: "begin" })}><${Plus} /></button></header>
    <div class="seek"><${Search} /><input class="input" type="search" ref=${search} aria-label=${t("findDialogs")}
      placeholder=${t("findDialogs")} value=${sought} onKeyDown=${keys} aria-keyshortcuts="Control+K"
      onInput=${(/** @type {any} */ event) => setSought(event.target.value)} /></div>
    <div class="rows" aria-busy=${!page.list.whole}
      onKeyDown=${(/** @type {any} */ event) => arrows(event, { match: ".entry" })}>
      <ul>${fencedRows(shown, "id", row, t)}</ul>
      ${rows.length > most && html`<button class="plain" onClick=${() => setMost(most + STEP)}>${t("more")}</button>`}
      ${sought && strangers.length > 0 && html`<h3>${t("peopleFound")}</h3>
        <ul>${fencedRows(strangers, "id", stranger, t)}</ul>`}
    </div>
    ${sought.trim() && html`<button class="plain deeper" onClick=${() => page.prompt({ what: "found", query: sought })}>
      ${t("findInMessages", { query: sought })}</button>`}
    <p class="quiet-list" role="status">${sought && !rows.length && !strangers.length ? t("emptyAll") : ""}</p>
    <footer><${Avatar} id=${page.me} name=${page.name} /><span class="name">${page.name}
        <small>@${page.account}</small></span>
      <button class="plain" onClick=${() => page.prompt({ what: "account" })}>${t("account")}</button></footer>
  </nav>`;
}

// Who is found by how their user name begins; while more is typed, who of those still fits. Who is sought before the
// line is there is looked for as soon as it is.
/** @param {Person} page @param {string} sought @returns {any[]} */
export function useFound(page, sought) {
  const [found, setFound] = useState(/** @type {any[]} */ ([]));
  const query = sought.trim().replace(/^@/, "").toLowerCase();
  const { online } = page.connection;
  useEffect(() => {
    let wanted = true;
    if (!query) setFound([]);
    const look = async () => {
      const told = await page.find(query);
      if (wanted) setFound(told);
    };
    const timer = query && online ? setTimeout(look, SEARCH_AFTER) : 0;
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [query, online]);
  return query ? found.filter((one) => asText(one.username).startsWith(query)) : [];
}

// Opens the dialog so many rows further down.
/** @param {Person} page @param {number} by */
export function step(page, by) {
  const ids = page.list.sorted.map(({ id }) => id);
  const next = ids[ids.indexOf(page.open) + by];
  if (next) page.go(next);
}

/** @param {Speaker} t @param {string} at */
const when = (t, at) => (dayKey(at) === dayKey(Date.now()) ? clock(t, at) : dayName(t, at));

/** @param {{ t: Speaker, page: Person, row: any, tab: number }} props */
function Row({ t, page, row, tab }) {
  const { last_message: last } = row;
  const n = unread(row);
  const muted = isMuted(row);
  const face = row.kind === "group" ? row.id : otherIn(row, page.me).id;
  /** @param {MouseEvent} event */
  const open = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    page.go(row.id);
  };
  return html`<li><a class="entry" href=${dialogPath(row.id)} tabindex=${tab} onClick=${open}
      aria-current=${row.id === page.open ? "page" : null}>
    <${Avatar} id=${face} name=${titleOf(row, page.me)} />
    <span class="of"><span class="line"><b class="name">${titleOf(row, page.me)}</b>
        ${muted && html`<span class="off" title=${t("muted")}><${BellOff} /><span class="hidden">${t("muted")}</span>
          </span>`}
        ${last && html`<time dateTime=${last.at}>${when(t, last.at)}</time>`}</span>
      <span class="line"><${Said} t=${t} page=${page} row=${row} />
        ${mentionsOf(row).length > 0 && html`<span class="badge at" title=${t("mentioned")}><${At} />
          <span class="hidden">${t("mentioned")}</span></span>`}
        ${n > 0 && html`<span class="badge ${muted ? "low" : ""}">
          <span aria-hidden="true">${n > 999 ? "999+" : n}</span>
          <span class="hidden">${t("unreadCount", { n })}</span></span>`}</span>
      <${InVoice} t=${t} voice=${row.voice} /></span>
  </a></li>`;
}

// What was said last; while somebody is writing, that.
/** @param {{ t: Speaker, page: Person, row: any }} props */
function Said({ t, page, row }) {
  const names = page.list.writing(row.id);
  if (names.length && row.kind !== "group") return html`<span class="last writes">${t("writesNow")}…</span>`;
  if (names.length) return html`<span class="last writes">${names.join(", ")}: ${t("writesNow")}…</span>`;
  const { last_message: last } = row;
  if (!last) return html`<span class="last">${t("noMessages")}</span>`;
  const by = row.kind === "group" && asText(last.sender_name);
  return html`<span class="last">${by && html`<span class="by">${by}: </span>`}${lastText(t, last)
    || t("withoutWords")}</span>`;
}
