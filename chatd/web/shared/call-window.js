// The window of a call: it stands beside the conversation, which stays usable.
/** @import { Caller, Stage } from "./calls.js" @import { Speaker } from "./types" */
import { html, render, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { adoptSheet } from "./adopt-sheet.js";
import { Grip, usePlace } from "./call-place.js";
import { Recording, RecordingSign } from "./call-recording.js";
import { Calls } from "./calls.js";
import { canShareScreen, choiceOf } from "./devices.js";
import { formatDuration } from "./file-common.js";
import { Microphone } from "./icons-chat.js";
import {
  BARS, Camera, CameraOff, Floating, Grow, Handset, HangUp, MicrophoneOff, Screen, Shrink, Tuning, Whole,
} from "./icons-calls.js";
import { Avatar } from "./message.js";
import { sheet } from "./sheet.js";
import { useStore } from "./store.js";

// What a page's calls are, with their window on it.
/** @param {Caller} page */
export async function prepare(page) {
  const { t, root } = page;
  adoptSheet(root, await sheet(new URL("../shared/call-window.css", import.meta.url)));
  const calls = new Calls(page);
  const place = document.createElement("div");
  (root.body ?? root).append(place);
  const recording = new Recording(calls);
  render(html`<${Place} ...${{ calls, recording, t }} />`, place);
  return calls;
}

/** @param {{ calls: Calls, recording: Recording, t: Speaker }} props */
function Place({ calls, recording, t }) {
  useStore(calls);
  return calls.stage !== "idle" && html`<${CallWindow} ...${{ calls, recording, t }} />`;
}

/** @param {{ calls: Calls, recording: Recording, t: Speaker }} props */
function CallWindow({ calls, recording, t }) {
  const { stage, name, small, peer, gauge, said, trouble } = calls;
  useStore(gauge);
  const box = useRef();
  const main = useRef();
  // Who calls is led to the window; whoever is called is not torn from what they write.
  useLayoutEffect(() => {
    /** @type {any} */
    const before = box.current.getRootNode().activeElement;
    if (stage === "asking" || stage === "testing") main.current?.focus({ preventScroll: true });
    return () => before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  useFocusKept(box, main);
  usePlace(box, calls);
  /** @param {KeyboardEvent} event */
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (calls.part && stage !== "testing") calls.set({ part: "" });
    else if (stage === "over" || stage === "asking" || stage === "testing") calls.end();
    else if (stage === "active") resize(calls);
  };
  const look = `is-${stage} ${small ? "is-small" : ""}`;
  return html`<section class="call-window ${look}" ref=${box} aria-label=${t("callWindow", { name })} onKeyDown=${keys}>
    <${Grip} ...${{ box, calls, t }} />
    <div class="scene ${gauge?.speaks ? "speaks" : ""} ${peer?.shows ? "is-seen" : ""}">
      <${Picture} stream=${peer?.remote ?? null} label=${t("callPicture")} shown=${peer?.shows}
        sink=${choiceOf("audiooutput")} />
      ${!peer?.shows && html`<${Avatar} id=${name} name=${name} />`}
      ${calls.picture && html`<${Picture} stream=${calls.own} own key=${calls.picture.id}
        label=${t("callOwnPicture")} shown />`}
      ${!small && html`<${Corners} ...${{ calls, t, box }} />`}
    </div>
    <div class="told"><div role=${stage === "ringing" ? "alert" : "status"} aria-atomic="true"><b>${name}</b>
        <span>${t(said || words(calls))}</span></div>
      ${stage === "active" && peer?.reached && html`<${Length} />`}</div>
    <${RecordingSign} ...${{ recording, t }} />
    ${trouble && html`<p class="trouble" role="alert">${t(trouble)}</p>`}
    ${calls.part && !small && html`<${Opened} key=${calls.part} ...${{ calls, t }} />`}
    <${Controls} ...${{ calls, t, main }} />
  </section>`;
}

// What is focused in the window goes away with what it did, or is not shown any more: then what ends the call is
// focused, so that who uses a keyboard stays in the window.
/** @param {any} box @param {any} main */
function useFocusKept(box, main) {
  useEffect(() => {
    const { current } = box;
    const root = current.getRootNode();
    /** @type {any} */
    let held = null;
    const isFree = () => !root.activeElement || [document.body, held].includes(root.activeElement);
    const isGone = () => !current.contains(held) || held.disabled || !held.getClientRects().length;
    const watch = new MutationObserver(() => {
      const next = main.current ?? current.querySelector("button:not(.grip)");
      if (held && isFree() && isGone()) next?.focus({ preventScroll: true });
    });
    watch.observe(current, { childList: true, subtree: true, attributeFilter: ["class", "disabled", "hidden"] });
    /** @param {FocusEvent} event */
    const come = ({ target }) => (held = target);
    // Who presses beside everything goes elsewhere, too; of what is taken away no browser says where to.
    /** @param {FocusEvent} event */
    const leave = ({ relatedTarget }) => relatedTarget && (held = null);
    /** @param {Event} event */
    const press = (event) => !event.composedPath().includes(current) && (held = null);
    current.addEventListener("focusin", come);
    current.addEventListener("focusout", leave);
    document.addEventListener("pointerdown", press);
    return () => {
      watch.disconnect();
      document.removeEventListener("pointerdown", press);
    };
  }, []);
}

// The whole screen is left first.
/** @param {Calls} calls */
function resize(calls) {
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  calls.set({ small: !calls.small });
}

// By name, so that what is built has the names of these in it.
const PARTS = { devices: () => import("./call-devices.js"), figures: () => import("./call-figures.js") };

// A part of the window, fetched when it is opened.
/** @param {{ calls: Calls, t: Speaker }} props */
function Opened({ calls, t }) {
  const [{ Part }, setPart] = useState(/** @type {{ Part: any }} */ ({ Part: null }));
  useEffect(() => {
    if (calls.part) PARTS[calls.part]().then(setPart, () => calls.set({ part: "", trouble: "callNoLine" }));
  }, []);
  return Part && html`<${Part} ...${{ calls, t }} />`;
}

// Over the picture: how good the line is, and what is set once; as large as the screen, or a small picture above
// all windows, where the browser does that.
/** @param {{ calls: Calls, t: Speaker, box: any }} props */
function Corners({ calls, t, box }) {
  const { stage, peer, gauge, part } = calls;
  const full = useFull();
  const whole = () => (document.fullscreenElement ? document.exitFullscreen() : box.current.requestFullscreen());
  const float = () => box.current.querySelector(".picture").requestPictureInPicture();
  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch(() => {});
  /** @param {"devices" | "figures"} which */
  const fold = (which) => () => calls.set({ part: part === which ? "" : which });
  const grade = gauge?.grade ?? 0;
  return html`${stage === "active" && gauge && html`<div class="corner grade-${grade}">
      <${Round} label=${t("callLine", { how: t(`callGrade_${grade}`) })} Icon=${BARS[grade]} open=${part === "figures"}
        press=${fold("figures")} /></div>`}
    <div class="corner sizes">
      ${stage === "over" ? html`<${Round} label=${t("callTest")} Icon=${Tuning} press=${() => calls.test()} />`
        : stage !== "testing" && html`<${Round} label=${t("callDevices")} Icon=${Tuning} open=${part === "devices"}
          press=${fold("devices")} />`}
      ${document.fullscreenEnabled && (peer?.shows || full) && html`<${Round}
        label=${t(full ? "callFullScreenOff" : "callFullScreen")} Icon=${full ? Shrink : Whole}
        press=${attempt(whole)} />`}
      ${document.pictureInPictureEnabled && peer?.shows && html`<${Round} label=${t("callFloating")} Icon=${Floating}
        press=${attempt(float)} />`}</div>`;
}

// Whether something is as large as the screen, however it came to be.
function useFull() {
  const [full, setFull] = useState(Boolean(document.fullscreenElement));
  useEffect(() => {
    const look = () => setFull(Boolean(document.fullscreenElement));
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  return full;
}

/** @type {Record<Stage, string>} */
const WORDS = {
  idle: "", testing: "callTesting", asking: "", calling: "callCalling", ringing: "", active: "", over: "",
};

/** @param {Calls} calls */
function words({ stage, media, peer, trouble }) {
  const video = media.includes("video");
  if (stage === "asking") return trouble ? "callVoice" : video ? "callAskingVideo" : "callAsking";
  if (stage === "ringing") return video ? "callIncomingVideo" : "callIncoming";
  if (stage !== "active") return WORDS[stage];
  if (peer?.state === "connected") return "callTalking";
  return peer?.reached ? "callAgain" : "callConnecting";
}

// Never taken off while there is a call: it is what sounds, too.
/** @param {{ stream: MediaStream | null, label: string, own?: boolean, shown?: boolean, sink?: string }} props */
function Picture({ stream, label, own, shown, sink = "" }) {
  const video = useRef();
  // One that is not there any more: then that of the system.
  useEffect(() => {
    if (video.current.sinkId !== undefined && video.current.sinkId !== sink) {
      video.current.setSinkId(sink).catch(() => {});
    }
  }, [sink]);
  useLayoutEffect(() => {
    if (video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  return html`<video ref=${video} class=${own ? "own-picture" : "picture"} aria-label=${label} hidden=${!shown}
    autoplay playsinline muted=${own}></video>`;
}

function Length() {
  const begun = useRef(performance.now());
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((performance.now() - begun.current) / 1_000), 1_000);
    return () => clearInterval(timer);
  }, []);
  return html`<span class="length" role="timer">${formatDuration(seconds)}</span>`;
}

/** @param {{ calls: Calls, t: Speaker, main: any }} props */
function Controls({ calls, t, main }) {
  const { stage, media, trouble, capture, gauge } = calls;
  const { muted = true, screen = false } = capture ?? {};
  const filmed = Boolean(calls.picture) && !screen;
  if (stage === "ringing") {
    return html`<div class="choices">
      ${media.includes("video") && html`<button class="primary" onClick=${() => calls.accept(["audio", "video"])}>
        <${Camera} /> ${t("callAcceptVideo")}</button>`}
      <button class=${media.includes("video") ? "plain" : "primary"} onClick=${() => calls.accept(["audio"])}>
        <${Handset} /> ${t("callAccept")}</button>
      <button class="plain stop" onClick=${() => calls.decline()}><${HangUp} /> ${t("callDecline")}</button></div>`;
  }
  const camera = html`<${Switch} label=${t("callCamera")} on=${filmed} Icon=${filmed ? Camera : CameraOff}
    title=${t(filmed ? "callCameraOff" : "callCameraOn")} toggle=${() => capture?.toggleCamera()} />`;
  if (stage === "testing" && calls.own) {
    return html`<div class="choices is-row">${camera}
      <button class="primary" ref=${main} onClick=${() => calls.dial()}><${Handset} /> ${t("callVoice")}</button>
      <button class="plain" onClick=${() => calls.end()}>${t("callClose")}</button></div>`;
  }
  if (stage === "over" || (stage !== "active" && trouble && !calls.own)) {
    const again = stage === "testing" ? () => calls.open() : () => calls.again();
    return html`<div class="choices">
      ${stage !== "over" && html`<button class="primary" onClick=${again}>${t("callRetry")}</button>`}
      <button class="plain" ref=${main} onClick=${() => calls.end()}>${t("callClose")}</button></div>`;
  }
  const talking = stage === "active";
  return html`<div class="controls" role="group" aria-label=${t("callControls")}>
    ${talking && html`<${Switch} label=${t("callMicrophone")} on=${!muted} Icon=${muted ? MicrophoneOff : Microphone}
      title=${t(muted ? "callMicrophoneOn" : "callMicrophoneOff")} toggle=${() => capture?.toggleMicrophone()}
      kind=${gauge?.saying && !muted ? "saying" : ""} />`}
    ${(talking || stage === "calling") && camera}
    ${talking && canShareScreen() && html`<${Switch} label=${t("callScreen")} on=${screen} Icon=${Screen}
      title=${t(screen ? "callScreenOff" : "callScreenOn")} toggle=${() => capture?.toggleScreen()} />`}
    ${talking && html`<${Round} label=${t(calls.small ? "callLarger" : "callSmaller")}
      Icon=${calls.small ? Grow : Shrink} press=${() => resize(calls)} />`}
    <${Round} label=${t(talking ? "callHangUp" : "callCancel")} Icon=${HangUp} press=${() => calls.end()} kind="stop"
      main=${main} />
  </div>`;
}

// Its name stays; what it is now is said by whether it is pressed, and what it would do by its title.
/** @param {{ on: boolean, label: string, title: string, Icon: any, toggle: () => unknown, kind?: string }} props */
const Switch = ({ on, label, title, Icon, toggle, kind = "" }) =>
  html`<button class="round ${on ? "on" : "off"} ${kind}" aria-pressed=${on} aria-label=${label} title=${title}
    onClick=${toggle}><${Icon} /></button>`;

// open: whether what it folds out is.
/** @param {{ label: string, Icon: any, press: () => unknown, kind?: string, main?: any, open?: boolean }} props */
const Round = ({ label, Icon, press, kind = "", main, open }) =>
  html`<button class="round ${kind}" ref=${main} aria-label=${label} title=${label} aria-expanded=${open}
    onClick=${press}>
    <${Icon} /></button>`;
