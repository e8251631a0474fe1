// How the desk stands now: who waits where, who has what, who is away, who has too much; asked anew with
// the changes of the queue, once for those of a second, while the page is looked at. For administrators.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText, fencedRows, itemsOf } from "../shared/fence.js";
import { Avatar } from "../shared/message.js";
import { refusal } from "../shared/refusals.js";
import { useNow } from "./bar.js";
import { titleOf } from "./departments.js";
import { spanText } from "./figures-asked.js";

const SOON = 1000;
const OFTEN = 10_000;

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Board({ model, t, close }) {
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState("");
  const soon = useRef(0);
  const ask = async () => {
    soon.current = 0;
    try {
      const answer = await model.ask("board:get", {});
      setTold({ ...answer, heard: Date.now() });
      setSaid("");
    } catch (error) {
      setSaid(refusal(t, error));
    }
  };
  useEffect(() => {
    const askSoon = () => document.hidden || (soon.current ||= setTimeout(ask, SOON));
    ask();
    document.addEventListener("visibilitychange", askSoon);
    const off = model.connection.on("queue:update", askSoon);
    const often = setInterval(askSoon, OFTEN); // who goes away is no change of the queue
    return () => {
      off();
      document.removeEventListener("visibilitychange", askSoon);
      clearInterval(often);
      clearTimeout(soon.current);
    };
  }, []);
  const passed = useNow(() => (told ? (Date.now() - told.heard) / 1000 : 0));
  if (said && !told) return html`<p class="notice" role="alert">${said}</p>`;
  if (!told) return html`<p class="empty" role="status">${t("counting")}</p>`;
  const span = (/** @type {number} */ seconds) => spanText(t, seconds + passed);
  const open = (/** @type {string} */ id) => {
    close();
    setTimeout(() => model.open(id));
  };
  const lines = (told.lines ?? []).map((/** @type {any} */ one) => ({ ...one, key: `${one.site}/${one.department}` }));
  const line = (/** @type {any} */ one) => html`<li><span class="name">${asText(one.site)}
      ${one.department && html`<small>${titleOf(model, t, one.department)}</small>`}</span>
    <span>${t("boardWait", { n: one.waiting })}</span><b>${span(one.longest_wait_s)}</b></li>`;
  const ticket = (/** @type {any} */ one) => html`<li><button class="linklike" onClick=${() => open(one.id)}>
    ${asText(one.customer_name) || one.id}</button> <small>${boardWords(t, one)} ${span(one.for_s)}</small></li>`;
  const held = new Map((told.operators ?? []).map((/** @type {any} */ one) => [one?.username, itemsOf(one?.tickets)]));
  const operator = (/** @type {any} */ one) => html`<li class=${one.over ? "overfull" : ""}>
    <div class="who"><${Avatar} id=${one.username} name=${asText(one.display_name)} />
      <span class="name">${asText(one.display_name)}<small><span class="mark-${one.status}"></span>
        ${t(`operator_${one.status}`)}</small></span>
      <span class="load">${one.over && html`<b>${t("boardOver")}</b> `}
        ${t("loadOf", { n: one.active, of: one.capacity })}</span></div>
    ${held.get(one.username).length > 0 && html`<ul class="with-them">
      ${fencedRows(held.get(one.username), "id", ticket, t)}</ul>`}</li>`;
  return html`<ul class="totals" aria-label=${t("board")}>
      <li><p><b>${told.waiting}</b><span>${t("figure_waiting")}</span></p></li>
      <li><p><b>${told.waiting ? span(told.longest_wait_s) : "–"}</b><span>${t("boardLongest")}</span></p></li>
      <li><p><b>${told.operators_online}</b><span>${t("boardOnline")}</span></p></li></ul>
    ${said && html`<p class="notice" role="alert">${said}</p>`}
    <section><h3>${t("boardLines")}</h3>${lines.length
      ? html`<ul class="lines">${fencedRows(lines, "key", line, t)}</ul>`
      : html`<p class="empty">${t("emptyQueue")}</p>`}</section>
    <section><h3>${t("colleagues")}</h3>
      <ul class="staff">${fencedRows(itemsOf(told.operators, "username"), "username", operator, t)}</ul></section>`;
}

// Offered, put aside, or with them.
/** @param {Speaker} t @param {any} one */
function boardWords(t, { status, snoozed_until }) {
  if (snoozed_until) return t("boardAside");
  return t(status === "waiting" ? "boardOffered" : "boardWith");
}
