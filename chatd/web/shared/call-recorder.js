// Records a call: what both are heard and seen by is mixed here, and sent in parts as they come, so that a lost
// tab loses the last of them alone. What comes of it is the daemon's to say.
import { Disconnected, LATER } from "./connection.js";
import { Mix } from "./call-mix.js";
import * as tus from "./tus.js";

const PART_MS = 2_000;
const AGAIN_MS = 1_000;
// So much may wait while the network is away.
const MOST_WAITING = 33_554_432;
const BITS = { audioBitsPerSecond: 48_000, videoBitsPerSecond: 700_000 };
const SOUND = ["audio/webm;codecs=opus", "audio/mp4"];
const PICTURE = ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];

/** @param {boolean} video */
const kindOf = (video) => (video ? PICTURE : SOUND).find((kind) => MediaRecorder.isTypeSupported(kind));

export const canRecord = () => Boolean(globalThis.MediaRecorder && globalThis.AudioContext && kindOf(false));

export class Recorder {
  #parts = /** @type {Blob[]} */ ([]);
  #offset = 0;
  #sending = false;
  #over = new AbortController();
  /** @type {() => void} */
  #onSent = () => {};

  // failed(): it does not go on.
  /** @param {{ id: string, video: boolean, sides: () => MediaStream[], headers: tus.Headers,
   *   failed: () => void }} made */
  constructor({ id, video, sides, headers, failed }) {
    this.id = id;
    this.headers = headers;
    this.failed = failed;
    this.mix = new Mix(sides, video);
    this.recorder = new MediaRecorder(this.mix.stream, { mimeType: kindOf(video), ...BITS });
    this.recorder.ondataavailable = ({ data }) => this.#take(data);
    this.recorder.onerror = () => this.#fail();
    this.recorder.start(PART_MS);
  }

  // A microphone or a camera is another one.
  look() {
    this.mix.look();
  }

  /** @param {Blob} data */
  #take(data) {
    if (data.size) this.#parts.push(data);
    if (this.#parts.reduce((sum, { size }) => sum + size, 0) > MOST_WAITING) this.#fail();
    else this.#send();
  }

  // One after another; what waits goes together.
  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#parts.length && !this.#over.signal.aborted) {
      const rest = new Blob(this.#parts.splice(0));
      try {
        await tus.send(this.headers, this.id, this.#offset, rest, () => {}, this.#over.signal);
        this.#offset += rest.size;
      } catch (error) {
        this.#parts.unshift(rest);
        await this.#recover(error);
      }
    }
    this.#sending = false;
    this.#onSent();
  }

  // Goes on where the daemon is, or not at all.
  /** @param {any} error */
  async #recover(error) {
    if (this.#over.signal.aborted) return;
    const passing = error instanceof Disconnected || LATER.has(error.code) || error.offset !== undefined;
    if (!passing) return void this.#fail();
    await new Promise((done) => void setTimeout(done, AGAIN_MS));
    try {
      const at = await tus.offset(this.headers, this.id);
      const skipped = (at ?? -1) - this.#offset;
      if (skipped < 0) return void this.#fail();
      this.#parts = [new Blob(this.#parts).slice(skipped)].filter(({ size }) => size);
      this.#offset += skipped;
    } catch (fault) {
      if (!(fault instanceof Disconnected || LATER.has(fault.code))) this.#fail();
    }
  }

  #fail() {
    if (this.#over.signal.aborted) return;
    this.close();
    this.failed();
  }

  // Whoever records has enough: what was recorded until now is sent first, within so long.
  /** @param {number} ms @returns {Promise<void>} */
  finish(ms) {
    return new Promise((done) => {
      setTimeout(done, ms);
      this.recorder.onstop = () => {
        this.#onSent = done;
        this.#send();
      };
      if (this.recorder.state === "inactive") done();
      else this.recorder.stop();
    });
  }

  // From now on nothing is recorded, nor sent.
  close() {
    this.#over.abort();
    this.recorder.ondataavailable = null;
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.mix.close();
  }
}
