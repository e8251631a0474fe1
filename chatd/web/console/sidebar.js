// The list of tickets: tabs, search, and a row for each.
/** @import { Speaker } from "../shared/types" */
import { html, useRef } from "../vendor/preact.js";
import { Search } from "../shared/icons.js";
import { Done, Funnel, Inbox } from "../shared/icons-pages.js";
import { fencedRows } from "../shared/fence.js";
import { lastText } from "../shared/last-words.js";
import { Avatar } from "../shared/message.js";
import { arrows } from "../shared/arrows.js";
import { clock, dayName, dayKey } from "../shared/times.js";
import { useNow } from "./bar.js";
import { ColleaguesHere } from "./colleagues.js";
import { DepartmentFilter } from "./departments.js";
import { hint } from "./keys.js";
import { Labels } from "./labels.js";
import { MarkBar, MarkBox, markUpTo, onListKey, toggleMark, unmarkAll } from "./marks.js";
import { Aside } from "./snooze.js";
import { TABS } from "./tickets.js";
import { FilterBar } from "./views.js";

const SHOWN = 200;
// From so many seconds on somebody waits long, and too long.
const LEVELS = [60, 180];
/** @param {number} seconds */
const levelOf = (seconds) => LEVELS.filter((least) => seconds >= least).length;

/** @param {{ model: any, t: Speaker }} props */
export function Sidebar({ model, t }) {
  const visible = model.visible;
  const { empty, asks } = TABS[model.tab];
  /** @param {any} ticket */
  const row = (ticket) => html`<${Ticket} ticket=${ticket} model=${model} t=${t} />`;
  const more = visible.length > SHOWN || (asks && model.lists.cursors[model.tab]);
  return html`<nav class="side" aria-label=${t("tickets")}>
    <p class="hidden" role="status">${model.called}</p>
    <div class="find"><${Search} />
      <input type="search" id="find" aria-label=${t("search")} placeholder=${t("search")} value=${model.query}
        onInput=${(/** @type {any} */ event) => model.lists.search(event.target.value)}
      onKeyDown=${(/** @type {any} */ event) => fromSearch(event, model)} />
      <button class="quiet several" aria-pressed=${Boolean(model.filter)} aria-label=${t("views")}
        title=${hint(t, "views")} aria-haspopup="dialog" onClick=${() => model.set({ asking: { what: "views" } })}>
        <${Funnel} /></button>
      <button class="quiet several" aria-pressed=${model.marking} aria-label=${t("markSeveral")}
        title=${t("markSeveral")} onClick=${() => (model.marking ? unmarkAll(model) : model.set({ marking: true }))}>
        <${Done} /></button></div>
    <${DepartmentFilter} model=${model} t=${t} />
    <${Tabs} model=${model} t=${t} />
    <${FilterBar} model=${model} t=${t} />
    <${MarkBar} model=${model} t=${t} />
    <div class="tickets" role="tabpanel" id="tickets" aria-labelledby=${`tab-${model.tab}`}
      tabindex=${visible.length ? -1 : 0} aria-busy=${!model.listed}>
      <p class="hidden" role="status">${model.query && t("foundCount", { n: visible.length })}</p>
      ${model.tab === "queue" && !model.query && html`<${Next} model=${model} t=${t} />`}
      <ul onKeyDown=${(/** @type {any} */ event) => onListKey(event, model) || arrows(event, { match: ".ticket" })}>
        ${fencedRows(visible.slice(0, SHOWN), "id", row, t)}
      </ul>
      ${!visible.length && html`<div class="empty"><${Inbox} />
        <p>${t(model.query || model.filter ? "emptyAll" : empty)}</p></div>`}
      ${model.query && html`<button class="plain more in-messages"
        onClick=${() => model.set({ asking: { what: "found", query: model.query } })}>
        ${t("findInMessages", { query: model.query })}</button>`}
      <${Aside} model=${model} t=${t} />
      ${more && html`<button class="plain more" onClick=${() => model.lists.loadMore()}>${t("more")}</button>`}
    </div>
  </nav>`;
}

// The one main thing to do with a queue, as long as nothing else is at hand.
/** @param {{ model: any, t: Speaker }} props */
function Next({ model, t }) {
  const [first] = model.tickets.waiting;
  if (!first) return null;
  return html`<button class="${model.talk ? "plain" : "primary"} next" title=${hint(t, "accept")}
    onClick=${() => model.accept(first.id)}><span>${t("acceptNext")}</span>
    <kbd aria-hidden="true">Alt+A</kbd></button>`;
}

/** @param {any} event @param {any} model */
function fromSearch(event, model) {
  if (event.key === "Escape" && model.query) {
    event.preventDefault();
    model.lists.search("");
  }
  if (event.key === "ArrowDown") {
    event.preventDefault();
    document.querySelector(".ticket")?.focus();
  }
}

/** @param {{ model: any, t: Speaker }} props */
function Tabs({ model, t }) {
  const bar = useRef();
  /** @param {any} event */
  const key = (event) => arrows(event, { sideways: true })?.click();
  return html`<div class="tabs" role="tablist" aria-label=${t("tickets")} ref=${bar} onKeyDown=${key}>
    ${Object.entries(TABS).map(([tab, { label }]) => {
      const chosen = tab === model.tab;
      const count = tab === "queue" || tab === "mine" ? model.tickets.count(tab) : 0;
      const unread = tab === "mine" && model.tickets.unread("mine") > 0;
      return html`<button key=${tab} role="tab" id=${`tab-${tab}`} aria-selected=${chosen} aria-controls="tickets"
        tabindex=${chosen ? 0 : -1} onClick=${() => model.show(tab)}>
        ${t(label)}${count > 0 && html` <span class="count ${unread ? "unread" : ""}">${count}</span>`}</button>`;
    })}
  </div>`;
}

/** @param {{ ticket: any, model: any, t: Speaker }} props */
function Ticket({ ticket, model, t }) {
  const chosen = model.talk?.id === ticket.id;
  const unread = model.tickets.unreadOf(ticket);
  const waits = ticket.status === "waiting";
  const offered = waits && ticket.offered_to === model.me.username;
  const last = ticket.last_message;
  // With Ctrl or Shift it is marked.
  const press = (/** @type {any} */ event) => {
    if (event.ctrlKey || event.metaKey) toggleMark(model, ticket.id);
    else if (event.shiftKey) markUpTo(model, ticket.id);
    else model.open(ticket.id);
  };
  return html`<li class="${chosen ? "chosen" : ""} ${offered ? "offered" : ""} ${waits ? "waits" : ""}">
    <${MarkBox} model=${model} ticket=${ticket} t=${t} />
    <button class="ticket" data-ticket=${ticket.id} aria-current=${chosen} onClick=${press}>
      <${Avatar} id=${ticket.customer_id ?? ticket.id} name=${ticket.customer_name} />
      <span class="what">
        <span class="top"><b>${ticket.customer_name ?? ticket.id}</b>
          ${model.tickets.sites.size > 1 && html`<span class="tag">${ticket.site}</span>`}
          ${waits ? html`<${Waited} ticket=${ticket} model=${model} t=${t} />`
            : html`<time>${shortTime(t, last?.at || ticket.updated_at)}</time>`}</span>
        <span class="bottom"><span class="last">${preview(last, model, t) || ticket.id}</span>
          ${model.alerts.attention.has("mention", ticket.id) && html`<span class="badge">
            <span aria-hidden="true">@</span><span class="hidden">${t("newMention")}</span></span>`}
          ${unread > 0 && html`<span class="badge"><span aria-hidden="true">${unread}</span><span class="hidden">
            ${t("unreadCount", { n: unread })}</span></span>`}
          ${!waits && !unread && model.tab === "all" && html`<span class="tag ${ticket.status}">
            ${t(`status_${ticket.status}`)}</span>`}</span>
        <${Labels} ticket=${ticket} model=${model} t=${t} />
        <${ColleaguesHere} ticket=${ticket} model=${model} t=${t} />
        ${offered && html`<span class="offer">${t("offeredToYou")}</span>`}
      </span>
    </button>
    ${waits && html`<button class="plain take" aria-label=${t("acceptWhom",
      { name: ticket.customer_name ?? ticket.id })} onClick=${() => model.accept(ticket.id)}>${t("accept")}</button>`}
  </li>`;
}

/** @param {{ ticket: any, model: any, t: Speaker }} props */
function Waited({ ticket, model, t }) {
  const seconds = useNow(() => (Date.now() + model.skew - Date.parse(ticket.requested_at ?? ticket.created_at)) / 1000);
  return html`<span class="waited level${levelOf(seconds)}"><span class="hidden">${t("waitsFor")} </span>
    ${formatWait(t.language, seconds)}</span>`;
}

/** @param {any} last @param {any} model @param {Speaker} t */
function preview(last, model, t) {
  const text = lastText(t, last);
  return text && last.sender_name === model.me.display_name ? `${t("you")}: ${text}` : text;
}

/** @param {Speaker} t @param {string} at */
function shortTime(t, at) {
  if (!at) return "";
  return dayKey(at) === dayKey(Date.now()) ? clock(t, at) : dayName(t, at);
}

// In words, "12 min": figures alone would be read as the time of day that other lists have there.
/** @param {string} language @param {number} seconds */
function formatWait(language, seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  /** @param {number} n @param {string} unit */
  const words = (n, unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(n);
  if (!minutes) return words(Math.max(0, Math.floor(seconds)), "second");
  if (minutes < 60) return words(minutes, "minute");
  return `${words(Math.floor(minutes / 60), "hour")} ${minutes % 60 ? words(minutes % 60, "minute") : ""}`.trim();
}
