// What one is heard and seen by in a call: a microphone, and one picture, of the camera or of the screen. Each
// is put in the place of the one before without anything being agreed on anew.
/** @import { Peer } from "./peer.js" */
import { choiceOf, listDevices, openCamera, openMicrophone, openScreen, whyNoCamera, whyNot } from "./devices.js";

/** @typedef {{ peer: Peer | null, set: (changes: { trouble: string }) => void, notify: () => void }} Talk */

export class Capture {
  // Whether the picture is that of the screen.
  screen = false;
  // Whether there was one of the camera before.
  #filmed = false;
  #closed = false;

  /** @param {MediaStream} stream @param {Talk} call */
  constructor(stream, call) {
    this.stream = stream;
    this.call = call;
    for (const track of stream.getTracks()) this.#watch(track);
    navigator.mediaDevices.addEventListener("devicechange", this.#onDevices);
  }

  get microphone() {
    return this.stream.getAudioTracks()[0] ?? null;
  }

  get picture() {
    return this.stream.getVideoTracks()[0] ?? null;
  }

  get muted() {
    return !this.microphone?.enabled;
  }

  toggleMicrophone() {
    const { microphone } = this;
    if (microphone) microphone.enabled = !microphone.enabled;
    this.call.notify();
  }

  toggleCamera() {
    return this.#show(!this.screen && this.picture ? null : openCamera, false);
  }

  // What was filmed before the screen was shown is filmed again.
  toggleScreen() {
    if (this.screen) return this.#show(this.#filmed ? openCamera : null, false);
    this.#filmed = Boolean(this.picture);
    return this.#show(openScreen, true);
  }

  // Those that are chosen now, in place of those that are on.
  async renewCamera() {
    if (!this.picture || this.screen) return;
    // Two of them at once are more than phones can do.
    this.picture.stop();
    await this.#show(openCamera, false);
  }

  async renewMicrophone() {
    const before = this.microphone;
    const track = await openMicrophone();
    if (this.#closed) return void track.stop();
    track.enabled = before?.enabled ?? true;
    this.#put(before, track);
    await this.call.peer?.showSound(track);
    return this.call.set({ trouble: "" });
  }

  // One picture at a time; what a person does not choose is no fault.
  /** @param {(() => Promise<MediaStreamTrack>) | null} open @param {boolean} screen */
  async #show(open, screen) {
    try {
      const track = open && (await open());
      if (this.#closed) return void track?.stop();
      this.#put(this.picture, track);
      this.screen = Boolean(track) && screen;
      await this.call.peer?.showPicture(track);
      return this.call.set({ trouble: "" });
    } catch (error) {
      if (!screen) {
        if (this.picture?.readyState === "ended") await this.#show(null, false);
        return this.call.set({ trouble: whyNoCamera(error) });
      }
      return error.name === "NotAllowedError" ? undefined : this.call.set({ trouble: whyNot(error) });
    }
  }

  /** @param {MediaStreamTrack | null} before @param {MediaStreamTrack | null} after */
  #put(before, after) {
    if (before) {
      before.stop();
      this.stream.removeTrack(before);
    }
    if (!after) return;
    this.stream.addTrack(after);
    this.#watch(after);
  }

  // What ends by itself was pulled out, or is shared no more by the browser's own button.
  /** @param {MediaStreamTrack} track */
  #watch(track) {
    track.addEventListener("ended", () => {
      if (track === this.microphone) this.#onLoss();
      else if (track === this.picture && this.screen) this.toggleScreen();
      else if (track === this.picture) this.#show(null, false).then(() => this.#say("callCameraGone"));
    });
  }

  async #onLoss() {
    try {
      await this.renewMicrophone();
      this.#say("callMicrophoneGone");
    } catch (error) {
      this.#say(whyNot(error));
    }
  }

  /** @param {string} trouble */
  #say(trouble) {
    if (!this.#closed) this.call.set({ trouble });
  }

  // The one that somebody chose is back.
  #onDevices = async () => {
    const wanted = choiceOf("audioinput");
    const now = this.microphone?.getSettings().deviceId;
    if (!wanted || wanted === now) return;
    const there = (await listDevices()).some(({ kind, deviceId }) => kind === "audioinput" && deviceId === wanted);
    if (there && !this.#closed) await this.renewMicrophone().catch(() => {});
  };

  close() {
    this.#closed = true;
    navigator.mediaDevices.removeEventListener("devicechange", this.#onDevices);
    for (const track of this.stream.getTracks()) track.stop();
  }
}
