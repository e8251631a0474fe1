// What cannot be undone is asked once more.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";

/** @param {{ t: Speaker, label: string, does: () => unknown }} props */
export function Sure({ t, label, does }) {
  const [asked, setAsked] = useState(false);
  if (!asked) return html`<button class="plain small" type="button" onClick=${() => setAsked(true)}>${label}</button>`;
  return html`<span class="sure" role="group" aria-label=${label}>
    <button class="plain small" type="button" onClick=${() => setAsked(false)}>${t("cancel")}</button>
    <button class="primary danger small" type="button" onClick=${() => {
      setAsked(false);
      does();
    }}>${t("manageSure", { what: label })}</button></span>`;
}
