// In the window of a call: which microphone, camera and loudspeaker, and whether they do what they should.
/** @import { Calls } from "./calls.js" @import { Kind } from "./devices.js" @import { Speaker } from "./types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { choiceOf, choose, listDevices, whyNoCamera, whyNot } from "./devices.js";
import { Speaker as Loud } from "./icons-pages.js";
import { note } from "./note.js";

// Of less nothing is heard; so long is waited for some of it.
const SILENT = 0.004;
const PATIENCE_MS = 4_000;
const CHIME = [523, 659, 784];

/** @typedef {{ calls: Calls, t: Speaker }} Props */

const canChooseSpeaker = () => "setSinkId" in HTMLMediaElement.prototype;

/** @param {Props} props */
export function Part({ calls, t }) {
  const [list, setList] = useState(/** @type {MediaDeviceInfo[]} */ ([]));
  const { capture } = calls;
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices) return undefined;
    const look = () => listDevices().then(setList, () => {});
    look();
    mediaDevices.addEventListener("devicechange", look);
    return () => mediaDevices.removeEventListener("devicechange", look);
  }, [capture]);
  useEffect(() => void calls.open(), []);
  /** @param {Kind} kind @param {string} id */
  const take = async (kind, id) => {
    const before = choiceOf(kind);
    choose(kind, id);
    calls.notify();
    try {
      if (kind === "audioinput") await calls.capture?.renewMicrophone();
      if (kind === "videoinput") await calls.capture?.renewCamera();
    } catch (error) {
      choose(kind, before);
      calls.set({ trouble: kind === "videoinput" ? whyNoCamera(error) : whyNot(error) });
    }
  };
  /** @param {Kind} kind @param {MediaStreamTrack | null} [track] */
  const pick = (kind, track) => html`<${Choice} key=${kind} ...${{ t, kind, take, track }}
    list=${list.filter((one) => one.kind === kind)} />`;
  return html`<div class="part devices" role="group" aria-label=${t("callDevices")}>
    ${pick("audioinput", capture?.microphone)}
    ${capture && html`<${Level} ...${{ t, calls }} key=${capture.microphone?.id} />`}
    ${pick("videoinput", calls.picture)}
    <div class="speaker">${canChooseSpeaker() && pick("audiooutput")}
      <button class="plain" aria-label=${t("callChime")} title=${t("callChime")} onClick=${() => void chime()}>
        <${Loud} /> ${!canChooseSpeaker() && t("callChime")}</button></div>
  </div>`;
}

// What is on counts; what was chosen, where nothing is.
/** @param {{ t: Speaker, kind: Kind, list: MediaDeviceInfo[], take: (kind: Kind, id: string) => unknown,
 *   track?: MediaStreamTrack | null }} props */
function Choice({ t, kind, list, take, track }) {
  const now = track?.getSettings().deviceId || choiceOf(kind);
  const known = list.some((one) => one.deviceId === now) ? now : list[0]?.deviceId;
  /** @param {MediaDeviceInfo} one @param {number} index */
  const option = (one, index) => html`<option key=${one.deviceId} value=${one.deviceId}
    selected=${one.deviceId === known}>${one.label || t(`callNth_${kind}`, { n: index + 1 })}</option>`;
  return html`<label><span>${t(`callChoose_${kind}`)}</span>
    <select disabled=${!list.length} onChange=${(/** @type {any} */ event) => take(kind, event.target.value)}>
      ${list.length ? list.map(option) : html`<option>${t(`callNone_${kind}`)}</option>`}</select></label>`;
}

// How loud one is, as long as one looks; after a while of nothing it is said.
/** @param {Props} props */
function Level({ t, calls }) {
  const bar = useRef();
  const [silent, setSilent] = useState(false);
  const { capture } = calls;
  useEffect(() => {
    if (!capture?.microphone) return undefined;
    let heardAt = performance.now();
    return listen(capture.microphone, (level) => {
      if (level > SILENT || capture.muted) heardAt = performance.now();
      setSilent(performance.now() - heardAt > PATIENCE_MS);
      bar.current.setAttribute("aria-valuenow", String(Math.round(level * 100)));
      bar.current.firstChild.style.transform = `scaleX(${level})`;
    });
  }, []);
  const said = capture?.muted ? "callLevelMuted" : silent ? "callLevelSilent" : "callLevelSpeak";
  return html`<div class="level" ref=${bar} role="meter" aria-label=${t("callLevel")} aria-valuemin="0"
      aria-valuemax="100" aria-valuenow="0"><i></i></div>
    <p class="heard ${silent ? "is-silent" : ""}" role="status">${t(said)}</p>`;
}

// Tells how loud it is, from 0 to 1, until what is given back is called.
/** @param {MediaStreamTrack} track @param {(level: number) => void} told */
function listen(track, told) {
  const audio = new AudioContext();
  audio.resume().catch(() => {});
  const ear = audio.createAnalyser();
  audio.createMediaStreamSource(new MediaStream([track])).connect(ear);
  const wave = new Float32Array(ear.fftSize);
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(wave);
    const power = Math.sqrt(wave.reduce((all, one) => all + one * one, 0) / wave.length);
    told(Math.min(1, power * 4));
  }, 60);
  return () => {
    clearInterval(timer);
    audio.close();
  };
}

// From the loudspeaker that was chosen.
async function chime() {
  const audio = new AudioContext();
  const speaker = new Audio();
  const into = audio.createMediaStreamDestination();
  speaker.srcObject = into.stream;
  const sink = choiceOf("audiooutput");
  if (sink) await speaker.setSinkId?.(sink).catch(() => {});
  await speaker.play().catch(() => {});
  CHIME.forEach((pitch, index) => note(audio, pitch, index * 0.18, 0.3, into));
  setTimeout(() => audio.close(), 1_500);
}
