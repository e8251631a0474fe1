// Until when a customer is to be answered and helped, as that was promised.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { untilWords } from "./snooze.js";

const KINDS = ["response", "resolution"];
const RUNNING = ["due", "soon", "overdue"];

// What is due first, of what is still to be done.
/** @param {any} ticket @returns {{ kind: string, by: string, state: string } | undefined} */
export function nextTarget({ targets }) {
  const told = KINDS.map((kind) => ({ kind, by: asText(targets?.[kind]?.by), state: asText(targets?.[kind]?.state) }));
  const open = told.filter(({ by, state }) => RUNNING.includes(state) && Date.parse(by));
  return open.sort((one, other) => Date.parse(one.by) - Date.parse(other.by))[0];
}

/** @param {{ ticket: any, t: Speaker }} props */
export function TargetLabel({ ticket, t }) {
  const next = nextTarget(ticket);
  if (!next) return null;
  const { kind, by, state } = next;
  const at = untilWords(t, by);
  const words = state === "overdue" ? t(`late_${kind}`, { at }) : t(`due_${kind}`, { at });
  return html`<span class="tag own target is-${state}">${words}</span>`;
}
