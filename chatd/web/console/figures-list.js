// The tickets behind a number, the newest first; each opens.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText, fencedRows, itemsOf } from "../shared/fence.js";
import { refusal } from "../shared/refusals.js";
import { clock, dayName } from "../shared/times.js";
import { titleOf } from "./departments.js";
import { spanText } from "./figures-asked.js";

const PAGE = 50;

/** @param {{ model: any, t: Speaker, title: string, asked: object, back: () => void, close: () => void }} props */
export function Behind({ model, t, title, asked, back, close }) {
  const [told, setTold] = useState({ tickets: /** @type {any[]} */ ([]), cursor: null, begun: false });
  const [said, setSaid] = useState("");
  const heading = useRef(/** @type {any} */ (null));
  /** @param {typeof told} before */
  const ask = async (before) => {
    try {
      const more = before.cursor ? { cursor: before.cursor } : {};
      const { tickets, cursor } = await model.ask("report:tickets", { ...asked, limit: PAGE, ...more });
      setTold({ tickets: [...before.tickets, ...itemsOf(tickets)], cursor, begun: true });
      setSaid("");
    } catch (error) {
      setSaid(refusal(t, error));
    }
  };
  useEffect(() => {
    heading.current.focus();
    ask(told);
  }, []);
  /** @param {any} one */
  const open = ({ id }) => {
    close();
    setTimeout(() => model.open(id));
  };
  /** @param {any} one */
  const row = (one) => {
    const at = asText(one.opened_at);
    const facts = [
      one.operator ? model.nameOf(asText(one.operator)) : t("acceptedByNobody"),
      asText(one.site),
      one.department && titleOf(model, t, one.department),
      one.priority !== "normal" && t(`priority_${one.priority}`),
      typeof one.wait_s === "number" && t("waitedFor", { time: spanText(t, one.wait_s) }),
      one.abandoned && t("figure_abandoned"),
      one.score && t("scored", { n: one.score }),
    ];
    return html`<li><button onClick=${() => open(one)}><b>${one.id}</b>
      <time>${dayName(t, at)}, ${clock(t, at)}</time><small>${facts.filter(Boolean).join(" · ")}</small></button></li>`;
  };
  const keyed = told.tickets.map((one) => ({ ...one, key: `${one.id}.${one.number}` }));
  return html`<div class="behind"><div class="ways">
      <button class="plain small" onClick=${back}>← ${t("backToFigures")}</button>
      <h3 tabindex="-1" ref=${heading}>${title}</h3></div>
    ${said && html`<p class="notice" role="alert">${said}</p>`}
    ${!said && !told.begun && html`<p class="empty" role="status">${t("counting")}</p>`}
    ${told.begun && !keyed.length && html`<p class="empty">${t("nothingCounted")}</p>`}
    <ul class="tickets-of">${fencedRows(keyed, "key", row, t)}</ul>
    ${told.cursor && html`<button class="plain" onClick=${() => ask(told)}>${t("more")}</button>`}</div>`;
}
