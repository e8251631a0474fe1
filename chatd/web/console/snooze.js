// Tickets that are put aside: until when, and where they are seen meanwhile.
/** @import { Speaker } from "../shared/types" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { arrows } from "../shared/arrows.js";
import { Modal } from "../shared/modal.js";
import { clock, dayKey } from "../shared/times.js";

const HOUR = 3_600_000;
const MORNING = 9;

/** @param {Date} now @param {number} days */
const morning = (now, days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);

// What is offered: its words, and when that is.
/** @param {Date} now @returns {[string, Date][]} */
export const choicesAt = (now) => [
  ["snooze_1h", new Date(now.getTime() + HOUR)],
  ["snooze_3h", new Date(now.getTime() + 3 * HOUR)],
  ["snooze_tomorrow", morning(now, 1)],
  ["snooze_monday", morning(now, (8 - now.getDay()) % 7 || 7)],
];

/** @param {any} model @param {string} ticket_id @param {Date | null} at */
export const snooze = (model, ticket_id, at) =>
  model.act("ticket:snooze", { ticket_id, until: at && at.toISOString() });

// Today by its time, else by its day, too.
/** @param {Speaker} t @param {string} at */
export const untilWords = (t, at) => {
  const day = new Intl.DateTimeFormat(t.language, { weekday: "short", day: "numeric", month: "short" });
  return dayKey(at) === dayKey(Date.now()) ? clock(t, at) : `${day.format(new Date(at))}, ${clock(t, at)}`;
};

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Snooze({ model, t, close }) {
  const { id } = model.talk;
  const list = useRef();
  useLayoutEffect(() => list.current?.querySelector("button")?.focus(), []);
  const now = new Date(Date.now() + model.skew);
  /** @param {Date} at */
  const put = (at) => {
    close();
    snooze(model, id, at);
  };
  /** @param {any} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const at = new Date(event.target.elements.until.value);
    if (at.getTime()) put(at);
  };
  return html`<${Modal} t=${t} title=${t("snoozeUntil")} close=${close}><div class="body">
    <ul class="choose" ref=${list} onKeyDown=${arrows}>
      ${choicesAt(now).map(([words, at]) => html`<li key=${words}><button onClick=${() => put(at)}>
        <span class="name">${t(words)}<small>${untilWords(t, at.toISOString())}</small></span></button></li>`)}</ul>
    <form class="snooze-at" onSubmit=${onSubmit}><label><span>${t("snoozeAt")}</span>
      <input class="input" type="datetime-local" name="until" required /></label>
      <button class="plain">${t("snooze")}</button></form>
  </div></${Modal}>`;
}

// Below one's own: those that wait for their time.
/** @param {{ model: any, t: Speaker }} props */
export function Aside({ model, t }) {
  const { tickets, tab } = model;
  const count = tickets.snoozed.length;
  if (tab !== "mine" || !(count || tickets.aside)) return null;
  return html`<button class="plain more" aria-pressed=${tickets.aside} onClick=${() => {
    tickets.aside = !tickets.aside;
    model.notify();
  }}>${t(tickets.aside ? "snoozedHide" : "snoozedShow", { n: count })}</button>`;
}
