// Keeping somebody from writing, or out: for how long, and why.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { isSilenced } from "./muted.js";

/** @type {[string, number | null][]} */
const SPANS = [["for15m", 900], ["for1h", 3_600], ["for1d", 86_400], ["for7d", 604_800], ["forGood", null]];

// A button; pressed, it asks for how long and why, and says it. more: what else is asked.
/** @param {{ t: Speaker, label: string, does: (asked: { seconds: number | null, reason: string }) => unknown,
  more?: unknown }} props */
export function ForHowLong({ t, label, does, more }) {
  const [asked, setAsked] = useState(false);
  const [span, why] = [useRef(), useRef()];
  useLayoutEffect(() => {
    if (asked) span.current.focus();
  }, [asked]);
  if (!asked) return html`<button class="plain small" onClick=${() => setAsked(true)}>${label}</button>`;
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    setAsked(false);
    const [, seconds] = SPANS[span.current.selectedIndex];
    does({ seconds, reason: why.current.value.trim() });
  };
  return html`<form class="sure" onSubmit=${submit} aria-label=${label}>
    <select class="input" ref=${span} aria-label=${t("howLong")}>
      ${SPANS.map(([key]) => html`<option>${t(key)}</option>`)}</select>
    <input class="input" ref=${why} maxlength="200" placeholder=${t("whyMuted")} aria-label=${t("whyMuted")} />
    ${more}
    <button type="button" class="plain" onClick=${() => setAsked(false)}>${t("cancel")}</button>
    <button class="primary danger">${label}</button></form>`;
}

// Keeps somebody from writing; or lets them again. done: what follows once that is so.
/** @param {{ t: Speaker, page: Talker, dialog_id: string, one: any, done?: (said: string) => unknown }} props */
export function Silence({ t, page, dialog_id, one, done }) {
  const about = { dialog_id, participant_id: one.id };
  /** @param {string} event @param {string} said @param {object} [more] */
  const ask = async (event, said, more) => {
    if (await page.ask(event, { ...about, ...more })) done?.(said);
  };
  if (isSilenced(one)) {
    return html`<button class="plain small" onClick=${() => ask("member:unmute", "mayWriteNow")}>
      ${t("letWrite")}</button>`;
  }
  return html`<${ForHowLong} t=${t} label=${t("silence")}
    does=${(/** @type {object} */ asked) => ask("member:mute", "silenced", asked)} />`;
}
