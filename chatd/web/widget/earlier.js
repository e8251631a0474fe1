// A visitor's conversations, ended ones too: to be read again, gone on with, or left for a new one.
// Fetched when they are asked for.
/** @import { Visit } from "./visit.js" */
import { html, render, useEffect, useRef, useState } from "../vendor/preact.js";
import { fencedRows, itemsOf } from "../shared/fence.js";
import { lastText } from "../shared/last-words.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";
import { useStore } from "../shared/store.js";
import { dayName } from "../shared/times.js";
import { adoptSheet } from "../shared/adopt-sheet.js";

const PAGE = 20;

// Over all else that the panel shows, as long as that is open.
/** @param {Visit} visit */
export async function open(visit) {
  const { root, t } = visit;
  const panel = root.querySelector(".panel");
  if (!panel || panel.querySelector(".yours")) return;
  const place = document.createElement("div");
  place.className = "yours";
  panel.append(place);
  try {
    const [{ TEXTS }, looks] = await Promise.all([
      loadTexts("earlier", t.language),
      sheet(new URL("../widget/earlier.css", import.meta.url)),
    ]);
    t.add(TEXTS);
    adoptSheet(root, looks);
  } catch {
    return void place.remove(); // The button is there to be pressed again.
  }
  const below = [...panel.children].filter((one) => one !== place);
  for (const one of below) one.inert = true;
  const button = root.activeElement;
  const close = () => {
    off();
    render(null, place);
    place.remove();
    for (const one of below) one.inert = false;
    button?.focus();
  };
  const off = visit.follow(() => !visit.opened && close());
  render(html`<${Earlier} visit=${visit} close=${close} />`, place);
}

/** @param {{ visit: Visit, close: () => void }} props */
function Earlier({ visit, close }) {
  useStore(visit);
  const { t, connection, view } = visit;
  // What is on its way belongs where it was written.
  const busy = visit.unsent.entries.length > 0;
  const title = useRef(/** @type {any} */ (null));
  const [tickets, setTickets] = useState(/** @type {any[]} */ ([]));
  // Where the next page begins; null where there is none.
  const [cursor, setCursor] = useState(/** @type {string | null | undefined} */ (undefined));
  const [failed, setFailed] = useState(false);
  const fetchMore = async () => {
    setFailed(false);
    try {
      const told = await connection.request("ticket:own", { limit: PAGE, ...(cursor && { cursor }) });
      setTickets([...tickets, ...itemsOf(told.tickets)]);
      setCursor(told.cursor ?? null);
    } catch {
      setFailed(true);
    }
  };
  useEffect(() => {
    title.current.focus();
    fetchMore();
  }, []);
  /** @param {any} event */
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  /** @param {string} [id] */
  const choose = (id) => {
    close();
    go(visit, id);
  };
  /** @param {any} one */
  const row = (one) => html`<li><button class="quiet" aria-current=${one.id === view?.id}
    disabled=${busy} onClick=${() => choose(one.id)}>
    <span class="top"><b>${dayName(t, one.last_message?.at ?? one.created_at)}</b>
      <small>${t(one.status === "closed" ? "yoursEnded" : "yoursOpen")}</small>
      ${one.unread > 0 && html`<small class="news">${t("newMessages", { n: one.unread })}</small>`}</span>
    <span class="last">${lastText(t, one.last_message)}</span></button></li>`;
  return html`<section onKeyDown=${escape}><h2 tabindex="-1" ref=${title}>${t("yours")}</h2>
    <ul>${fencedRows(tickets, "id", row, t)}</ul>
    <p role="status">${failed ? t("yoursFailed") : cursor === null && !tickets.length && t("yoursNone")}</p>
    <div class="choices">
      ${(failed || cursor) && html`<button class="plain" onClick=${fetchMore}>
        ${t(failed ? "retry" : "yoursMore")}</button>`}
      <button class="plain" onClick=${close}>${t("yoursBack")}</button>
      ${view && html`<button class="plain" disabled=${busy} onClick=${() => choose()}>
        ${t("yoursNew")}</button>`}</div></section>`;
}

// Into another of their conversations, or into one that is yet to begin.
/** @param {Visit} visit @param {string} [id] */
function go(visit, id) {
  const { acts, connection } = visit;
  acts?.leave(true);
  connection.emit("dialog:update", { dialog: null });
  visit.newcomer = !id;
  if (id) connection.emit("dialog:update", { dialog: { kind: "ticket", id } });
  visit.notify();
}
