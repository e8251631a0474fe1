// What an operator may do about somebody in a room: keep them from writing, or keep them out.
/** @import { Shown, Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useRef } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { Shield } from "../shared/icons-pages.js";
import { Modal } from "../shared/modal.js";
import { isSilenced, untilWhen } from "../shared/muted.js";
import { ForHowLong, Silence } from "../shared/silence.js";

// Whether something may be done about somebody: an operator is nobody's to moderate.
/** @param {Visitor} visitor @param {string | undefined} id @param {boolean} isMember */
const mayMind = (visitor, id, isMember) => visitor.operates && isMember && id !== visitor.me;

// before: what is done first: what lies over the page would lie over what is said of it later.
/** @param {{ t: Speaker, visitor: Visitor, one: any, isMember: boolean, tab?: number, before?: () => void }} props */
export function Mind({ t, visitor, one, isMember, tab, before }) {
  if (!mayMind(visitor, one.id, isMember)) return null;
  const label = t("moderateWho", { name: one.name });
  const onClick = () => {
    before?.();
    visitor.mind(one);
  };
  return html`<button class="quiet" tabindex=${tab} aria-label=${label} title=${label} aria-haspopup="dialog"
    onClick=${onClick}><${Shield} /></button>`;
}

// Of a message: about who wrote it.
/** @param {{ t: Speaker, visitor: Visitor, message: Shown, tab: number }} props */
export function MindWriter({ t, visitor, message, tab }) {
  const one = { id: message.sender_id, name: message.sender_name };
  return html`<${Mind} ...${{ t, visitor, one, tab }} isMember=${message.sender_type === "member"} />`;
}

/** @param {{ t: Speaker, visitor: Visitor, corner: unknown }} props */
export function Moderate({ t, visitor, corner }) {
  const { minding, dialog, role } = visitor;
  const network = useRef();
  if (!minding || !dialog) return null;
  // As they are now; who has gone is as they were.
  const one = { ...minding, ...dialog.people.get(minding.id) };
  const name = asText(one.name);
  const close = () => visitor.mind(null);
  /** @param {string} said */
  const done = (said) => {
    close();
    visitor.toasts.say(t(said, { name }));
  };
  /** @param {object} asked */
  const ban = async (asked) => {
    const more = { ...asked, network: network.current.checked };
    if (await visitor.ask("ban:add", { target: one.id, ...more })) done("banished");
  };
  return html`<${Modal} ...${{ t, close, corner }} title=${t("moderateWho", { name })}>
    <div class="body stacked" tabindex="0">
      ${isSilenced(one) && html`<p class="hint">
        ${untilWhen(t, asText(one.muted_until), "mutedMark", "mutedMarkUntil")}</p>`}
      <${Silence} ...${{ t, page: visitor, dialog_id: visitor.room, one, done }} />
      ${role === "admin" && html`<${ForHowLong} t=${t} label=${t("banish")} does=${ban}
        more=${html`<label class="tick"><input type="checkbox" ref=${network} /> ${t("withNetwork")}</label>
          <p class="hint">${t("banishHint")}</p>`} />`}
    </div></${Modal}>`;
}
