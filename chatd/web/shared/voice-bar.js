// Above a conversation: who is in its voice channel, and how one comes in and leaves.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows, itemsOf } from "./fence.js";
import { canShareScreen } from "./devices.js";
import { Microphone } from "./icons-chat.js";
import { Camera, CameraOff, Handset, HangUp, MicrophoneOff, Screen } from "./icons-calls.js";
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

// The pictures, which are fetched with the first one.
/** @param {boolean} wanted @returns {any} */
function useStage(wanted) {
  const [Stage, setStage] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const load = () => import("./voice-stage.js").then((part) => part.prepare(document));
    if (wanted && !Stage) load().then((found) => setStage(() => found), () => {});
  }, [wanted]);
  return wanted && Stage;
}

// With key=, the dialog's id: who goes on to another conversation leaves its channel.
/** @param {{ t: Speaker, page: Page }} props */
export function VoiceBar({ t, page }) {
  const [voice] = useState(() => channelOf(page));
  useStore(voice);
  useEffect(() => () => voice.leave(), []);
  const there = itemsOf(page.dialog?.voice);
  const inside = Boolean(voice.dialog_id) && voice.dialog_id === page.dialog?.id;
  const Stage = useStage(inside && there.some(shows));
  if (!Array.isArray(page.dialog?.voice)) return null;
  /** @param {any} one */
  const row = (one) => html`<li class=${voice.speaking.has(one.id) ? "speaks" : ""}>
    <${Avatar} id=${one.id} name=${one.name} /><span class="name">${one.name}</span>
    ${one.muted && html`<${MicrophoneOff} /><span class="hidden">${t("voiceMutedMark")}</span>`}
    ${one.video === true && html`<${Camera} /><span class="hidden">${t("voiceFilmed")}</span>`}
    ${one.screen === true && html`<${Screen} /><span class="hidden">${t("voiceShares")}</span>`}
    ${voice.speaking.has(one.id) && html`<span class="hidden">${t("voiceSpeaks")}</span>`}</li>`;
  return html`<section class="voice-bar ${inside ? "inside" : ""}" aria-label=${t("voiceChannel")}>
    ${there.length ? html`<ul>${fencedRows(there, "id", row, t)}</ul>` : html`<p>${t("voiceEmpty")}</p>`}
    <div class="switches">${inside ? html`<${Switches} ...${{ t, voice }} />`
      : html`<button class="plain" onClick=${() => voice.join(page.dialog?.id ?? "")}><${Handset} />
        ${t("voiceJoin")}</button>`}</div>
    ${Stage && html`<${Stage} ...${{ t, voice, me: page.me }} shown=${there.filter(shows)} />`}
  </section>`;
}

/** @param {any} one */
const shows = ({ video, screen }) => video === true || screen === true;

/** @param {{ t: Speaker, voice: VoiceChannel }} props */
function Switches({ t, voice }) {
  const filmed = voice.picture?.kind === "video";
  const shared = voice.picture?.kind === "screen";
  return html`
    <${Switch} on=${!voice.muted} label=${t("callMicrophone")} Icon=${voice.muted ? MicrophoneOff : Microphone}
      title=${t(voice.muted ? "callMicrophoneOn" : "callMicrophoneOff")} toggle=${() => voice.toggle()} />
    <${Switch} on=${filmed} label=${t("callCamera")} Icon=${filmed ? Camera : CameraOff}
      title=${t(filmed ? "callCameraOff" : "callCameraOn")} toggle=${() => voice.show("video")} />
    ${canShareScreen() && html`<${Switch} on=${shared} label=${t("callScreen")} Icon=${Screen}
      title=${t(shared ? "callScreenOff" : "callScreenOn")} toggle=${() => voice.show("screen")} />`}
    <button class="plain" onClick=${() => voice.leave()}><${HangUp} /> ${t("voiceLeave")}</button>`;
}

// Its name stays; what it is now is said by whether it is pressed, and what it would do by its title.
/** @param {{ on: boolean, label: string, title: string, Icon: any, toggle: () => unknown }} props */
const Switch = ({ on, label, title, Icon, toggle }) =>
  html`<button class="quiet ${on ? "on" : ""}" aria-pressed=${on} aria-label=${label} title=${title}
    onClick=${toggle}><${Icon} /></button>`;
