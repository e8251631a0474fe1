// The whole conversation, to keep, to print, or by mail to the address that the customer gave.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { BASE } from "../shared/base.js";

/** @param {any} model @param {string} id */
const address = ({ t }, id) => `${BASE}/api/admin/tickets/${id}/transcript?language=${t.language}`;

/** @param {any} model @param {string} id */
async function download(model, id) {
  const answer = await fetch(address(model, id), { headers: { Accept: "text/plain" } }).catch(() => null);
  if (!answer?.ok) return model.toasts.say(model.t("transcriptFailed"));
  const away = document.createElement("a");
  away.href = URL.createObjectURL(await answer.blob());
  away.download = `${id}.txt`;
  away.click();
  URL.revokeObjectURL(away.href);
  return undefined;
}

// In a tab of its own, which stays for who has no printer.
/** @param {any} model @param {string} id */
function print(model, id) {
  const paper = open(address(model, id));
  paper?.addEventListener("load", () => paper.print());
}

/** @param {any} model @param {string} id */
async function mail(model, id) {
  const told = await model.act("ticket:transcript", { ticket_id: id });
  if (told) model.toasts.say(model.t("mailedTranscript", { to: told.to }));
}

/** @param {{ model: any, view: any, t: Speaker }} props */
export function Transcript({ model, view, t }) {
  /** @param {string} name @param {(model: any, id: string) => void} act */
  const button = (name, act) => html`<button class="plain" onClick=${() => act(model, view.id)}>${t(name)}</button>`;
  return html`<div class="transcript"><dt>${t("transcript")}</dt><dd>
    ${button("downloadTranscript", download)} ${button("printTranscript", print)}
    ${view.contact && model.may("ticket:transcript") && button("mailTranscript", mail)}</dd></div>`;
}
