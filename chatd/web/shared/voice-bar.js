// Above a conversation: who is in its voice channel, and how one comes in and leaves.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows, itemsOf } from "./fence.js";
import { Microphone } from "./icons-chat.js";
import { Handset, HangUp, MicrophoneOff } from "./icons-calls.js";
import { Avatar } from "./message.js";
import { useStore } from "./store.js";
import { VoiceChannel } from "./voice.js";

/** @typedef {Talker & { dialog: any }} Page */
/** @type {WeakMap<Page, VoiceChannel>} */
const channels = new WeakMap();

/** @param {Page} page */
function channelOf(page) {
  const found = channels.get(page) ?? new VoiceChannel(page);
  channels.set(page, found);
  return found;
}

// With key=, the dialog's id: who goes on to another conversation leaves its channel.
/** @param {{ t: Speaker, page: Page }} props */
export function VoiceBar({ t, page }) {
  const [voice] = useState(() => channelOf(page));
  useStore(voice);
  useEffect(() => () => voice.leave(), []);
  if (!Array.isArray(page.dialog?.voice)) return null;
  const there = itemsOf(page.dialog.voice);
  const inside = voice.dialog_id === page.dialog?.id;
  /** @param {any} one */
  const row = (one) => html`<li class=${voice.speaking.has(one.id) ? "speaks" : ""}>
    <${Avatar} id=${one.id} name=${one.name} /><span class="name">${one.name}</span>
    ${one.muted && html`<${MicrophoneOff} /><span class="hidden">${t("voiceMutedMark")}</span>`}
    ${voice.speaking.has(one.id) && html`<span class="hidden">${t("voiceSpeaks")}</span>`}</li>`;
  const mute = t(voice.muted ? "callMicrophoneOn" : "callMicrophoneOff");
  return html`<section class="voice-bar" aria-label=${t("voiceChannel")}>
    ${there.length ? html`<ul>${fencedRows(there, "id", row, t)}</ul>` : html`<p>${t("voiceEmpty")}</p>`}
    ${inside ? html`<button class="quiet" aria-pressed=${!voice.muted} aria-label=${t("callMicrophone")} title=${mute}
        onClick=${() => voice.toggle()}>${voice.muted ? html`<${MicrophoneOff} />` : html`<${Microphone} />`}</button>
      <button class="plain" onClick=${() => voice.leave()}><${HangUp} /> ${t("voiceLeave")}</button>`
      : html`<button class="plain" onClick=${() => voice.join(page.dialog?.id ?? "")}><${Handset} />
        ${t("voiceJoin")}</button>`}
  </section>`;
}
