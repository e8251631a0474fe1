// What those show who are in a voice channel: their cameras, and above them a screen.
/** @import { Speaker } from "./types" @import { VoiceParty } from "./protocol" */
/** @import { VoiceChannel } from "./voice.js" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { adoptSheet } from "./adopt-sheet.js";
import { fencedRows } from "./fence.js";
import { Whole } from "./icons-calls.js";
import { Avatar } from "./message.js";
import { sheet } from "./sheet.js";

/** @param {Document} root */
export async function prepare(root) {
  adoptSheet(root, await sheet(new URL("../shared/voice-stage.css", import.meta.url)));
  return VoiceStage;
}

/** @param {{ t: Speaker, voice: VoiceChannel, me: string, shown: VoiceParty[] }} props */
function VoiceStage({ t, voice, me, shown }) {
  /** @param {VoiceParty} one */
  const row = (one) => html`<${Tile} ...${{ t, voice, one, own: one.id === me }} />`;
  const screens = shown.filter(({ screen }) => screen);
  const cameras = shown.filter(({ screen }) => !screen);
  return html`<ul class="voice-stage" aria-label=${t("voicePictures")}>
    ${fencedRows([...screens, ...cameras], "id", row, t)}</ul>`;
}

// What it sounds like is heard beside it.
/** @param {{ t: Speaker, voice: VoiceChannel, one: VoiceParty, own: boolean }} props */
function Tile({ t, voice, one, own }) {
  const box = useRef();
  const video = useRef();
  const { stream, comes } = voice.view(one.id);
  const label = t(one.screen ? "voiceScreenOf" : "voiceCameraOf", { name: one.name });
  // Muted is a property: who draws it as an attribute is heard before.
  useLayoutEffect(() => {
    video.current.muted = true;
    if (video.current.srcObject !== stream) video.current.srcObject = stream;
  });
  const whole = () =>
    (document.fullscreenElement ? document.exitFullscreen() : box.current.requestFullscreen()).catch(() => {});
  const look = `${one.screen ? "screen" : ""} ${own && !one.screen ? "mirror" : ""}`;
  return html`<li class="${look} ${voice.speaking.has(one.id) ? "speaks" : ""}" ref=${box}>
    <video ref=${video} aria-label=${label} hidden=${!comes} autoplay playsinline muted></video>
    ${!comes && html`<${Avatar} id=${one.id} name=${one.name} />`}
    <span class="name" aria-hidden="true">${one.name}</span>
    ${document.fullscreenEnabled && html`<button aria-label=${t("voiceWhole", { label })} title=${t("callFullScreen")}
      onClick=${whole}><${Whole} /></button>`}</li>`;
}
