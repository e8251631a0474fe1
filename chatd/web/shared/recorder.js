// A voice message: recorded with its loudness before one's eyes, listened to, then sent or discarded.
/** @import { Speaker } from "./types" @import { Attachments } from "./attachments.js" */
/** @import { Heard } from "./spoken.js" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { Send } from "./icons-chat.js";
import { Trash } from "./icons-acts.js";
import { Stop } from "./icons-files.js";
import { formatDuration } from "./file-common.js";
import { Player } from "./player.js";
import { Store, useStore } from "./store.js";
import { toField } from "./tools.js";

// The daemon takes no longer ones.
const LONGEST_S = 300;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS = 32_000;
// Who lets go earlier has tapped.
const HELD_MS = 400;
const EVERY_MS = 80;
const BARS = 48;
// Of the picture that goes with it; none is drawn larger than a soft voice was soft.
const PEAKS = 64;
const SOFT = 0.1;
// Of a loud voice.
const LOUD = 0.25;
/** @type {Record<string, string>} */
const WHY = { NotAllowedError: "voiceDenied", SecurityError: "voiceDenied", NotFoundError: "voiceMissing" };

export class Recorder extends Store {
  /** @type {"asking" | "recording" | "recorded"} */
  state = "asking";
  seconds = 0;
  full = false;
  asks = true;
  /** @type {number[]} */
  levels = [];
  /** @type {number[]} */
  peaks = [];
  /** @type {File | null} */
  file = null;
  url = "";
  #begun = 0;
  /** @type {number[]} */
  #heard = [];
  #timer = 0;
  #over = false;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {AudioContext | null} */
  #sound = null;

  // keep(name, type): what takes the parts of it as they come.
  /** @param {(name: string, type: string) => (part: Blob, heard: Heard) => unknown} [keep] */
  constructor(keep) {
    super();
    this.keep = keep;
  }

  // What was spoken before a reload; who loads a page does not want to be led there.
  /** @param {File} file @param {Heard} heard */
  static of(file, { seconds, peaks }) {
    const made = new Recorder();
    Object.assign(made, { seconds, peaks, file, url: URL.createObjectURL(file), state: "recorded", asks: false });
    return made;
  }

  /** @param {Error} error */
  static why({ name }) {
    return WHY[name] ?? "voiceFailed";
  }

  // held: for how long the button was, when it is let go. Whoever was asked for the microphone meanwhile
  // has not begun to speak.
  /** @param {Promise<number>} [held] */
  async start(held) {
    held?.then((ms) => ms > HELD_MS && this.stop());
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    if (this.#over) return this.#silence();
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: BITS });
    /** @type {Blob[]} */
    const parts = [];
    const type = (mimeType ?? recorder.mimeType).split(";")[0];
    const name = `voice.${type === "audio/mp4" ? "m4a" : type.split("/")[1]}`;
    const keep = this.keep?.(name, type);
    recorder.ondataavailable = ({ data }) => {
      parts.push(data);
      if (!this.#over) keep?.(data, { seconds: this.#lasts(), peaks: peaksOf(this.#heard) });
    };
    recorder.onstop = () => this.#finish(new File(parts, name, { type }));
    recorder.start(1_000);
    this.#recorder = recorder;
    this.#begun = performance.now();
    this.#listen(this.#stream);
    this.state = "recording";
    this.notify();
    return undefined;
  }

  /** @param {MediaStream} stream */
  #listen(stream) {
    this.#sound = new AudioContext();
    const ear = this.#sound.createAnalyser();
    ear.fftSize = 1024;
    this.#sound.createMediaStreamSource(stream).connect(ear);
    const wave = new Float32Array(ear.fftSize);
    this.#timer = setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      const loudness = Math.sqrt(wave.reduce((sum, one) => sum + one * one, 0) / wave.length);
      this.#heard.push(Math.min(1, loudness / LOUD));
      this.levels = this.#heard.slice(-BARS);
      this.seconds = (performance.now() - this.#begun) / 1_000;
      this.full = this.seconds >= LONGEST_S;
      if (this.full) this.stop();
      this.notify();
    }, EVERY_MS);
  }

  stop() {
    if (this.#recorder?.state === "recording") this.#recorder.stop();
  }

  #lasts() {
    return Math.min(LONGEST_S, (performance.now() - this.#begun) / 1_000);
  }

  /** @param {File} file */
  #finish(file) {
    this.seconds = this.#lasts();
    this.#silence();
    if (this.#over) return;
    this.file = file;
    this.url = URL.createObjectURL(this.file);
    this.peaks = peaksOf(this.#heard);
    this.state = "recorded";
    this.notify();
  }

  // The microphone is let go of, so that the browser's sign goes out.
  #silence() {
    clearInterval(this.#timer);
    this.#sound?.close();
    this.#sound = null;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
  }

  end() {
    this.#over = true;
    this.stop();
    this.#silence();
    URL.revokeObjectURL(this.url);
  }
}

// The loudest moment of each part, of 100.
/** @param {number[]} heard */
function peaksOf(heard) {
  const count = Math.min(PEAKS, heard.length);
  const loudest = heard.reduce((most, one) => Math.max(most, one), SOFT);
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((one) => Math.floor((one * heard.length) / count));
    return Math.round((Math.max(...heard.slice(from, to)) / loudest) * 100);
  });
}

/** @param {{ recorder: Recorder, part: Attachments, at: string, submit: () => void, t: Speaker }} props */
export function Recording({ recorder, part, at, submit, t }) {
  useStore(recorder);
  const { state, seconds, levels, peaks, full, file, url } = recorder;
  const box = useRef();
  const main = useRef();
  useLayoutEffect(() => {
    const root = box.current.getRootNode();
    return () => {
      // Who has left before the microphone was given does not mean to speak any more.
      if (recorder.state === "asking" && part.recording(at)) part.discard(at);
      else recorder.stop();
      queueMicrotask(() => toField(root.querySelector(".composer") ?? root.body ?? root));
    };
  }, []);
  useLayoutEffect(() => recorder.asks && main.current?.focus({ preventScroll: true }), [state]);
  /** @param {KeyboardEvent} event */
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    part.discard(at);
  };
  const send = () => {
    const duration_s = Math.round(seconds * 10) / 10;
    if (file) part.speak(at, { file, duration_s, peaks: peaks.join(",") || undefined }, submit);
  };
  const level = levels.at(-1) ?? 0;
  return html`<div class="recorder" ref=${box} role="group" aria-label=${t("voiceMessage")} onKeyDown=${escape}>
    <button class="quiet" aria-label=${t("discardRecording")} title=${t("discardRecording")}
      onClick=${() => part.discard(at)}><${Trash} /></button>
    ${state === "recorded"
      ? html`<${Player} ...${{ src: url, duration: seconds, peaks, t }} />
        <button class="send" ref=${main} key="send" aria-label=${t("sendRecording")} title=${t("sendRecording")}
          onClick=${send}><${Send} /></button>`
      : html`<span class="live" aria-hidden="true"></span>
        <span class="lasts">
          <span class="hidden" role="status">${t("recording")}</span> ${formatDuration(seconds)}</span>
        <span class="levels" role="meter" aria-label=${t("soundLevel")} aria-valuemin="0" aria-valuemax="100"
          aria-valuenow=${Math.round(level * 100)}>${levels.map((one, index) => html`<i key=${index}
            style=${{ height: `${Math.round(8 + one * 92)}%` }}></i>`)}</span>
        <button class="send" ref=${main} key="stop" aria-label=${t("stopRecording")} title=${t("stopRecording")}
          disabled=${state === "asking"} onClick=${() => recorder.stop()}><${Stop} /></button>`}
    <p class="hidden" role="status">${state === "recorded" &&
      (full ? t("voiceLongest", { n: LONGEST_S / 60 }) : t("listenFirst"))}</p>
  </div>`;
}
