// Microphone and camera, and what is wrong with them, in the key of what is said of it.

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

/** @param {any} error */
export function whyNot(error) {
  if (error.absent) return "callAbsent";
  if (error.busy) return "callBusyHere";
  if (error.call_id) return "callHereAlready";
  if (error.code === undefined && !(error.name in WHY)) return error.insecure ? "callInsecure" : "callNoLine";
  return WHY[error.name] ?? WHY[error.code] ?? "callWrong";
}

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 } };
// In a channel each of the others is sent one.
export const SMALL_PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { max: 20 } };

// Without a camera one is heard at least, which is said.
/** @param {boolean} video */
export async function openDevices(video) {
  const { mediaDevices } = navigator;
  if (!mediaDevices || !globalThis.RTCPeerConnection) throw Object.assign(new Error(), { insecure: true });
  try {
    const stream = await mediaDevices.getUserMedia({ audio: SOUND, video: video && PICTURE });
    return { stream, said: "" };
  } catch (error) {
    if (!video) throw error;
    const stream = await mediaDevices.getUserMedia({ audio: SOUND });
    return { stream, said: "callNoCamera" };
  }
}

/** @param {MediaTrackConstraints} picture */
export async function openCamera(picture = PICTURE) {
  const [track] = (await navigator.mediaDevices.getUserMedia({ video: picture })).getVideoTracks();
  return track;
}

export async function openScreen() {
  const [track] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks();
  return track;
}

export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);
