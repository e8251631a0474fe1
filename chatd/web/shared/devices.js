// Microphone, camera and loudspeaker: which of them somebody chose, and what is wrong with them, in the
// key of what is said of it.
import { Kept } from "./storage.js";

/** @typedef {"audioinput" | "videoinput" | "audiooutput"} Kind */

/** @type {Record<string, string>} */
const WHY = {
  NotAllowedError: "callDenied",
  SecurityError: "callDenied",
  NotFoundError: "callNoDevice",
  OverconstrainedError: "callNoDevice",
  NotReadableError: "callInUse",
  AbortError: "callInUse",
  forbidden: "callsOff",
};
/** @type {Record<string, string>} */
const NO_CAMERA = {
  callDenied: "callCameraDenied",
  callNoDevice: "callCameraNone",
  callInUse: "callCameraInUse",
};

/** @param {any} error */
export function whyNot(error) {
  if (error.absent) return "callAbsent";
  if (error.busy) return "callBusyHere";
  if (error.call_id) return "callHereAlready";
  if (error.code === undefined && !(error.name in WHY)) return error.insecure ? "callInsecure" : "callNoLine";
  return WHY[error.name] ?? WHY[error.code] ?? "callWrong";
}

/** @param {any} error */
export const whyNoCamera = (error) => NO_CAMERA[whyNot(error)] ?? "callNoCamera";

// What was chosen in this browser: of each kind one; `tested`: that somebody has seen what theirs do.
const kept = new Kept("chatd:devices");

/** @param {Kind} kind @returns {string} */
export const choiceOf = (kind) => String(kept.get()[kind] ?? "");

/** @param {Kind} kind @param {string} id */
export const choose = (kind, id) => kept.set({ [kind]: id });

export const noteTested = () => kept.set({ tested: true });

// Whether the browser is about to ask for something, and somebody has never tried it here.
export async function isFirst() {
  if (kept.get().tested) return false;
  try {
    const { state } = await navigator.permissions.query({ name: /** @type {any} */ ("microphone") });
    return state === "prompt";
  } catch {
    // Not every browser says.
    return false;
  }
}

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 } };
// In a channel each of the others is sent one.
export const SMALL_PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { max: 20 } };

// Those that were chosen, if they are there: else whichever are.
/** @param {boolean} audio @param {MediaTrackConstraints | null} picture */
async function take(audio, picture) {
  /** @param {Kind} kind */
  const wish = (kind) => (choiceOf(kind) ? { deviceId: { exact: choiceOf(kind) } } : {});
  const { mediaDevices } = navigator;
  try {
    return await mediaDevices.getUserMedia({
      audio: audio && { ...SOUND, ...wish("audioinput") },
      video: Boolean(picture) && { ...picture, ...wish("videoinput") },
    });
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return mediaDevices.getUserMedia({ audio: audio && SOUND, video: picture ?? false });
  }
}

// Without a camera one is heard at least, which is said.
/** @param {boolean} video */
export async function openDevices(video) {
  if (!navigator.mediaDevices || !globalThis.RTCPeerConnection) throw Object.assign(new Error(), { insecure: true });
  try {
    return { stream: await take(true, video ? PICTURE : null), said: "" };
  } catch (error) {
    if (!video) throw error;
    return { stream: await take(true, null), said: whyNoCamera(error) };
  }
}

export async function openMicrophone() {
  const [track] = (await take(true, null)).getAudioTracks();
  return track;
}

/** @param {MediaTrackConstraints} picture */
export async function openCamera(picture = PICTURE) {
  const [track] = (await take(false, picture)).getVideoTracks();
  return track;
}

export async function openScreen() {
  const [track] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks();
  return track;
}

export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

// Those that may be named: before somebody has allowed them, a browser names none.
export async function listDevices() {
  const found = await navigator.mediaDevices.enumerateDevices();
  return found.filter(({ deviceId }) => deviceId && deviceId !== "communications");
}
