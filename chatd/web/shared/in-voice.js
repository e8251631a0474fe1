// In a list: who is in the voice channel of a conversation that is perhaps not open.
/** @import { Speaker } from "./types" */
import { html } from "../vendor/preact.js";
import { asText, itemsOf } from "./fence.js";
import { Handset } from "./icons-calls.js";

/** @param {{ t: Speaker, voice: unknown }} props */
export function InVoice({ t, voice }) {
  const names = itemsOf(voice).map(({ name }) => asText(name));
  return names.length > 0 && html`<span class="in-voice" title=${t("voiceChannel")}><${Handset} />
    <span class="hidden">${t("voiceChannel")}: </span><span class="names">${names.join(", ")}</span></span>`;
}
