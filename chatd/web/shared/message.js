// One row of a conversation.
/** @import { Acts, Drawn, Row as Kept, Shown, Speaker } from "./types" */
import { html, useEffect, useReducer } from "../vendor/preact.js";
import { asText } from "./fence.js";
import { LOST } from "./files.js";
import { translateMessage } from "./translate.js";
import { faces, hueOf } from "./hues.js";
import { Alert, Check, Checks, Clock, Robot } from "./icons-chat.js";
import { clock, dayName } from "./times.js";

/** @type {Record<string, () => unknown>} */
const STATE_ICONS = { Queued: Clock, Sent: Check, Delivered: Checks, Read: Checks, Failed: Alert };

// Of words that are words: Гость 1869 is Г.
/** @param {unknown} name */
export const initials = (name) =>
  (asText(name).match(/(?<=(^|\s)\p{P}*)\p{L}/gu) ?? [...asText(name).trim()].slice(0, 1))
    .slice(0, 2).join("").toUpperCase();

/** @param {{ id?: string, name?: string | null, kind?: string }} props */
export const Avatar = ({ id, name, kind }) =>
  html`<span class="avatar hue${hueOf(id)} ${kind === "bot" ? "bot" : ""}" style=${faces.get(id)} aria-hidden="true"
    >${kind === "bot" ? html`<${Robot} />` : initials(name)}</span
  >`;

// A text is as it was written, unless there is more to it than words. What draws more is fetched then;
// until it is there, and where that fails, it is shown as it was written.
// Signs, addresses, items, numbers; what has no letter, or is very long.
const MORE = /[`*_@]|\/\/|\.\p{L}{2}|^ *(?:[-•]|\d+[.)])\s|\d[\d ().-]{6}|^\P{L}{1,60}$|(?:\n.*){30}|[^]{3000}/mu;

/** @type {Record<string, any>} */
const found = {};
/** @type {Record<string, Promise<unknown> | null>} */
const fetching = {};
/** @type {Record<string, () => Promise<any>>} */
const PARTS = { rich: () => import("./rich.js"), files: () => import("./message-files.js") };

/** @param {string} name @param {Speaker} t */
async function fetchPart(name, t) {
  const part = await PARTS[name]();
  await part.ready(t);
  found[name] = part;
}

/** @param {Speaker} t */
export const prepare = (t, name = "rich") =>
  (fetching[name] ??= fetchPart(name, t).catch(() => (fetching[name] = null)));

// What draws it, once that is there.
/** @param {string} name @param {boolean} wanted @param {Speaker} t */
function usePart(name, wanted, t) {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    if (wanted && !found[name]) prepare(t, name).then(() => again());
  }, [wanted]);
  return wanted && found[name];
}

// id: by which it is known whether it is unfolded; only addresses are marked in what has none. meta: its
// message's, which may say that it stands below a quote, whose looks come with the rest, or what it is from.
/** @param {{ text: string, id?: string, meta?: any, t: Speaker }} props */
export function Text({ text, id, meta, t }) {
  const drawing = usePart("rich", meta?.reply_to || meta?.sources || MORE.test(text), t);
  return drawing ? html`<${drawing.Rich} ...${{ text, id, meta, t }} />` : html`<span class="text">${text}</span>`;
}

// A text in one line without its marks, as it is said aloud.
/** @param {string} text @param {Speaker} t @returns {string | Promise<string>} */
export function inWords(text, t) {
  if (!MORE.test(text)) return text;
  const now = () => found.rich?.plainText(text) ?? text;
  return found.rich ? now() : prepare(t).then(now);
}

// tools: what can be done with a message; retry, discard: for what could not be sent.
/** @param {Acts & { row: Kept }} props */
export function Row({ row, t, tools, ...more }) {
  const message = translateMessage(t, row.message);
  return html`<div class="row" data-seq=${message.seq}>
    ${row.day && html`<div class="day"><span>${dayName(t, message.created_at)}</span></div>`}
    <${look(message)} ...${{ row, message, t, tools, ...more }} />
  </div>`;
}

/** @param {Drawn} props */
function Notice({ message, t }) {
  const { kind, again } = message.meta ?? {};
  const joined = kind === "operator_connected" && !again;
  return html`<p class="notice kind-${kind}">${joined && html`<b class="joined">${t("manager_connected")}</b>`}
    <${Text} text=${message.content} t=${t} /> <time dateTime=${message.created_at}
      >${clock(t, message.created_at)}</time></p>`;
}

/** @param {Drawn} props */
function Said({ row, message, t, tools, retry, discard, jump, files }) {
  const side = row.own ? "own" : "other";
  const brought = message.files ?? message.entry?.files;
  const drawing = usePart("files", Boolean(brought), t);
  const quoted = message.meta?.reply_to;
  return html`<article class="said ${side} ${row.first ? "first" : ""} ${message.sender_type}">
    ${!row.own && row.first && html`<${Avatar} id=${message.sender_id} name=${message.sender_name}
      kind=${message.sender_type} />`}
    <div class="stack">
      ${row.first && html`<span class=${row.own ? "hidden" : "sender"}>
        ${row.own ? t("you") : message.sender_name}</span>`}
      <div class="bubble">
        ${quoted && html`<${Quote} ...${{ quoted, message, jump, t }} />`}
        ${message.deleted_at
          ? html`<em class="gone">${t("deleted")}</em>`
          : drawing ? html`<${drawing.MessageFiles} ...${{ message, brought, files, t, discard }} />`
          : html`<${Text} text=${message.content} id=${message.id} meta=${message.meta} t=${t} />`}
        <span class="meta">
          ${message.edited_at && !message.deleted_at && html`<span>${t("edited")}</span>`}
          <time dateTime=${message.created_at}>${clock(t, message.created_at)}</time>
          ${row.own && html`<${State} state=${row.state} t=${t} />`}
        </span>
      </div>
      ${row.state === "Failed" && html`<p class="failed">${drawing ? drawing.whyNot(message, t) : t("stateFailed")}
        ${message.entry?.failed !== LOST && html`<button onClick=${() => retry(row.key)}>${t("retry")}</button>`}
        <button onClick=${() => discard(row.key)}>${t("discard")}</button></p>`}
      ${tools?.(message, row)}
    </div>
  </article>`;
}

// Who and what is the daemon's word; of what it does not tell, the number.
/** @param {{ quoted: any, message: Shown, jump?: Acts["jump"], t: Speaker }} props */
function Quote({ quoted: { seq, name, text, deleted }, message, jump, t }) {
  const drawing = usePart("rich", true, t);
  return html`<button class="quote" onClick=${() => jump?.(Number(seq), message)}>
    <b>${name ?? `№ ${seq}`}</b> <span>${deleted ? t("deleted") : (drawing ? drawing.plainText(text) : text)}</span>
  </button>`;
}

/** @param {Drawn} props */
const Broken = ({ t }) => html`<p class="notice">${t("unshown")}</p>`;

const LOOKS = new Map([["system", Notice], ["broken", Broken]]);
/** @param {Shown} message @returns {(props: any) => unknown} */
const look = ({ sender_type }) => LOOKS.get(sender_type) ?? Said;

/** @param {{ state: string, t: Speaker }} props */
function State({ state, t }) {
  const Icon = STATE_ICONS[state];
  const name = t(`state${state}`);
  return html`<span class="state ${state}" title=${name}><${Icon} /><span class="hidden">${name}</span></span>`;
}
