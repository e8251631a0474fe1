// The window of a call: it stands beside the conversation, which stays usable.
/** @import { Caller, Stage } from "./calls.js" @import { Speaker } from "./types" */
import { html, render, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { adoptSheet } from "./adopt-sheet.js";
import { Calls } from "./calls.js";
import { canShareScreen } from "./devices.js";
import { formatDuration } from "./file-common.js";
import { Microphone } from "./icons-chat.js";
import {
  Camera, CameraOff, Floating, Grow, Handset, HangUp, MicrophoneOff, Screen, Shrink, Whole,
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
  render(html`<${Place} calls=${calls} t=${t} />`, place);
  return calls;
}

/** @param {{ calls: Calls, t: Speaker }} props */
function Place({ calls, t }) {
  useStore(calls);
  return calls.stage !== "idle" && html`<${CallWindow} calls=${calls} t=${t} />`;
}

/** @param {{ calls: Calls, t: Speaker }} props */
function CallWindow({ calls, t }) {
  const { stage, name, small, peer, said, trouble } = calls;
  const box = useRef();
  const main = useRef();
  // Who calls is led to the window; whoever is called is not torn from what they write.
  useLayoutEffect(() => {
    /** @type {any} */
    const before = box.current.getRootNode().activeElement;
    if (stage === "asking") main.current?.focus({ preventScroll: true });
    return () => before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  // The button that was pressed has gone with what it did.
  const held = useRef(false);
  useLayoutEffect(() => {
    if (held.current && !box.current.contains(box.current.getRootNode().activeElement)) main.current?.focus();
  }, [stage]);
  // Who goes elsewhere; of a button that is taken away it is not said where to.
  /** @param {FocusEvent} event */
  const leave = ({ relatedTarget }) => relatedTarget && (held.current = box.current.contains(relatedTarget));
  /** @param {KeyboardEvent} event */
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (stage === "over" || stage === "asking") calls.end();
    else if (stage === "active") calls.set({ small: !small });
  };
  const look = `is-${stage} ${small ? "is-small" : ""}`;
  return html`<section class="call-window ${look}" ref=${box} aria-label=${t("callWindow", { name })} onKeyDown=${keys}
    onFocusIn=${() => (held.current = true)} onFocusOut=${leave}>
    <div class="scene">
      <${Picture} stream=${peer?.remote ?? null} label=${t("callPicture")} shown=${peer?.shows} />
      ${!peer?.shows && html`<${Avatar} id=${name} name=${name} />`}
      ${calls.picture && html`<${Picture} stream=${calls.own} own key=${calls.picture.id}
        label=${t("callOwnPicture")} shown />`}
      ${peer?.shows && !small && html`<${Sizes} t=${t} box=${box} />`}
    </div>
    <div class="told"><div role=${stage === "ringing" ? "alert" : "status"} aria-atomic="true"><b>${name}</b>
        <span>${t(said || words(calls))}</span></div>
      ${stage === "active" && peer?.reached && html`<${Length} />`}</div>
    ${trouble && html`<p class="trouble" role="alert">${t(trouble)}</p>`}
    <${Controls} ...${{ calls, t, main }} />
  </section>`;
}

// As large as the screen, or a small picture above all windows; where the browser does that.
/** @param {{ t: Speaker, box: any }} props */
function Sizes({ t, box }) {
  const whole = () => (document.fullscreenElement ? document.exitFullscreen() : box.current.requestFullscreen());
  const float = () => box.current.querySelector(".picture").requestPictureInPicture();
  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch(() => {});
  return html`<div class="sizes">
    ${document.fullscreenEnabled && html`<${Round} label=${t("callFullScreen")} Icon=${Whole}
      press=${attempt(whole)} />`}
    ${document.pictureInPictureEnabled && html`<${Round} label=${t("callFloating")} Icon=${Floating}
      press=${attempt(float)} />`}</div>`;
}

/** @type {Record<Stage, string>} */
const WORDS = { idle: "", asking: "callAsking", calling: "callCalling", ringing: "callIncoming", active: "", over: "" };

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
/** @param {{ stream: MediaStream | null, label: string, own?: boolean, shown?: boolean }} props */
function Picture({ stream, label, own, shown }) {
  const video = useRef();
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
  const { stage, media, trouble, muted, screen } = calls;
  const filmed = Boolean(calls.picture) && !screen;
  if (stage === "ringing") {
    return html`<div class="choices">
      ${media.includes("video") && html`<button class="primary" onClick=${() => calls.accept(["audio", "video"])}>
        <${Camera} /> ${t("callAcceptVideo")}</button>`}
      <button class=${media.includes("video") ? "plain" : "primary"} onClick=${() => calls.accept(["audio"])}>
        <${Handset} /> ${t("callAccept")}</button>
      <button class="plain stop" onClick=${() => calls.decline()}><${HangUp} /> ${t("callDecline")}</button></div>`;
  }
  if (stage === "over" || (stage === "asking" && trouble && !calls.own)) {
    return html`<div class="choices">
      ${stage === "asking" && html`<button class="primary" onClick=${() => calls.again()}>${t("callRetry")}</button>`}
      <button class="plain" ref=${main} onClick=${() => calls.end()}>${t("callClose")}</button></div>`;
  }
  const talking = stage === "active";
  return html`<div class="controls" role="group">
    ${talking && html`<${Switch} label=${t("callMicrophone")} on=${!muted} Icon=${muted ? MicrophoneOff : Microphone}
      title=${t(muted ? "callMicrophoneOn" : "callMicrophoneOff")} toggle=${() => calls.toggleMicrophone()} />
    <${Switch} label=${t("callCamera")} on=${filmed} Icon=${filmed ? Camera : CameraOff}
      title=${t(filmed ? "callCameraOff" : "callCameraOn")} toggle=${() => calls.toggleCamera()} />
    ${canShareScreen() && html`<${Switch} label=${t("callScreen")} on=${screen} Icon=${Screen}
      title=${t(screen ? "callScreenOff" : "callScreenOn")} toggle=${() => calls.toggleScreen()} />`}
    <${Round} label=${t(calls.small ? "callLarger" : "callSmaller")} Icon=${calls.small ? Grow : Shrink}
      press=${() => calls.set({ small: !calls.small })} />`}
    <${Round} label=${t(talking ? "callHangUp" : "callCancel")} Icon=${HangUp} press=${() => calls.end()} kind="stop"
      main=${main} />
  </div>`;
}

// Its name stays; what it is now is said by whether it is pressed, and what it would do by its title.
/** @param {{ on: boolean, label: string, title: string, Icon: any, toggle: () => unknown }} props */
const Switch = ({ on, label, title, Icon, toggle }) =>
  html`<button class="round ${on ? "on" : "off"}" aria-pressed=${on} aria-label=${label} title=${title}
    onClick=${toggle}><${Icon} /></button>`;

/** @param {{ label: string, Icon: any, press: () => unknown, kind?: string, main?: any }} props */
const Round = ({ label, Icon, press, kind = "", main }) =>
  html`<button class="round ${kind}" ref=${main} aria-label=${label} title=${label} onClick=${press}>
    <${Icon} /></button>`;
