// One row of a conversation.
/** @import { Acts, Drawn, Row as Kept, Shown, Speaker } from "./types" */
import { html } from "../vendor/preact.js";
import { words } from "./fence.js";
import { hueOf } from "./hues.js";
import { Alert, Check, Checks, Clock, Robot } from "./icons-chat.js";
import { clock, dayName } from "./times.js";

/** @type {Record<string, () => unknown>} */
const STATE_ICONS = { Queued: Clock, Sent: Check, Delivered: Checks, Read: Checks, Failed: Alert };

/** @param {unknown} name */
export const initials = (name) =>
  words(name).split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");

/** @param {{ id?: string, name?: string | null, kind?: string }} props */
export const Avatar = ({ id, name, kind }) =>
  html`<span class="avatar hue${hueOf(id)} ${kind === "bot" ? "bot" : ""}" aria-hidden="true"
    >${kind === "bot" ? html`<${Robot} />` : initials(name)}</span
  >`;

// Text stays text; what looks like a web address becomes a link that knows nothing of us.
const ADDRESS = /https?:\/\/[^\s<>"«»]+/gi;
const TRAILING = /[.,:;!?…)\]}'»]+$/;

/** @param {string} text */
function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    found.push(text.slice(from, match.index), { address });
    from = match.index + address.length;
  }
  found.push(text.slice(from));
  return found.filter((piece) => piece !== "");
}

/** @param {string} text */
export const linked = (text) =>
  pieces(text).map((piece) =>
    typeof piece === "string"
      ? piece
      : html`<a href=${piece.address} target="_blank" rel="noopener noreferrer nofollow"
          >${piece.address}</a
        >`,
  );

// tools: what can be done with a message; retry, discard: for what could not be sent.
/** @param {Acts & { row: Kept }} props */
export function Row({ row, t, tools, retry, discard, jump }) {
  const { message } = row;
  return html`<div class="row" data-seq=${message.seq}>
    ${row.day && html`<div class="day"><span>${dayName(t, message.created_at)}</span></div>`}
    <${look(message)} ...${{ row, message, t, tools, retry, discard, jump }} />
  </div>`;
}

/** @param {Drawn} props */
function Notice({ message, t }) {
  const { kind, again } = message.meta ?? {};
  const joined = kind === "operator_connected" && !again;
  return html`<div class="notice">
    ${joined && html`<p class="joined"><span>${t("manager_connected")}</span></p>`}
    <p>${linked(message.content)} <time>${clock(t, message.created_at)}</time></p>
  </div>`;
}

/** @param {Drawn} props */
function Said({ row, message, t, tools, retry, discard, jump }) {
  const side = row.own ? "own" : "other";
  const quoted = message.meta?.reply_to;
  return html`<article class="said ${side} ${row.first ? "first" : ""} ${message.sender_type}">
    ${!row.own && row.first && html`<${Avatar} id=${message.sender_id} name=${message.sender_name}
      kind=${message.sender_type} />`}
    <div class="stack">
      ${row.first && html`<span class=${row.own ? "hidden" : "sender"}>
        ${row.own ? t("you") : message.sender_name}</span>`}
      <div class="bubble">
        ${quoted && html`<${Quote} ...${{ quoted, jump, t }} />`}
        ${message.deleted_at
          ? html`<em class="gone">${t("deleted")}</em>`
          : html`<span class="text">${linked(message.content)}</span>`}
        <span class="meta">
          ${message.edited_at && !message.deleted_at && html`<span>${t("edited")}</span>`}
          <time dateTime=${message.created_at}>${clock(t, message.created_at)}</time>
          ${row.own && html`<${State} state=${row.state} t=${t} />`}
        </span>
      </div>
      ${row.state === "Failed" && html`<p class="failed">${t("stateFailed")}
        <button onClick=${() => retry(row.key)}>${t("retry")}</button>
        <button onClick=${() => discard(row.key)}>${t("discard")}</button></p>`}
      ${tools?.(message, row)}
    </div>
  </article>`;
}

// Who and what is the daemon's word; of what it does not tell, the number.
/** @param {{ quoted: any, jump?: (seq: number) => void, t: Speaker }} props */
const Quote = ({ quoted: { seq, name, text, deleted }, jump, t }) =>
  html`<button class="quote" onClick=${() => jump?.(seq)}>
    <b>${name ?? `№ ${seq}`}</b> <span>${deleted ? t("deleted") : text}</span>
  </button>`;

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
