// The call that somebody is in, or that rings: what the daemon says of it, and what one does in it.
/** @import { Connection } from "./connection.js" @import { Call, Ice } from "./protocol" */
/** @import { Speaker } from "./types" */
import { openCamera, openDevices, openScreen, whyNot } from "./devices.js";
import { Peer } from "./peer.js";
import { ring } from "./ring.js";
import { Store } from "./store.js";

/**
 * Whose calls these are. `me`: by which id; `root`: where their window is; `quiet`: whether nothing is to ring.
 * @typedef {{ connection: Connection, t: Speaker, me: () => string | null | undefined, root: any,
 *   quiet: () => boolean }} Caller
 */

/** @typedef {"idle" | "asking" | "calling" | "ringing" | "active" | "over"} Stage */

const SAID_FOR = 6_000;
const OVER = {
  hangup: "callOver_hangup",
  declined: "callOver_declined",
  busy: "callOver_busy",
  timeout: "callOver_timeout",
  lost: "callOver_lost",
  failed: "callOver_failed",
};

export class Calls extends Store {
  /** @type {Stage} */
  stage = "idle";
  /** @type {Call | null} */
  call = null;
  name = "";
  /** @type {("audio" | "video")[]} */
  media = [];
  // What is wrong, or what came of it: keys of texts.
  trouble = "";
  said = "";
  small = false;
  /** @type {MediaStream | null} */
  own = null;
  /** @type {Peer | null} */
  peer = null;
  // Whether the picture that is sent is that of the screen.
  screen = false;
  #dialog = "";
  #accepting = false;
  /** @type {Call | null} */
  #last = null;
  /** @type {any[]} */
  #early = [];
  #timer = 0;
  #hush = () => {};

  /** @param {Caller} page */
  constructor(page) {
    super();
    this.page = page;
    page.connection.on("call:signal", (/** @type {any} */ told) => this.#onSignal(told));
    addEventListener("pagehide", this.leave);
  }

  get muted() {
    return !this.own?.getAudioTracks().some((one) => one.enabled);
  }

  get picture() {
    return this.own?.getVideoTracks()[0] ?? null;
  }

  get busy() {
    return this.stage !== "idle" && this.stage !== "over";
  }

  /** @param {Partial<Calls>} changes */
  set(changes) {
    Object.assign(this, changes);
    this.notify();
  }

  // Calls somebody, once there is something to be heard with.
  /** @param {string} dialog_id @param {string} name @param {("audio" | "video")[]} media */
  async start(dialog_id, name, media) {
    if (this.busy) return this.set({ small: false });
    this.#clear();
    this.#dialog = dialog_id;
    this.set({ stage: "asking", name, media });
    return this.again();
  }

  // Once more what did not work.
  async again() {
    if (this.stage === "ringing") return this.accept(this.media);
    const { connection } = this.page;
    if (this.stage === "over") this.set({ stage: "asking" });
    if (!(await this.#open(this.media)) || this.stage !== "asking") return undefined;
    try {
      const told = await connection.request("call:start", { dialog_id: this.#dialog, media: this.media });
      const { call } = told;
      if (this.stage !== "asking") return this.#drop(call.id);
      this.call = call;
      this.#go("calling");
      return this.#follow(this.#last?.id === call.id ? this.#last : call);
    } catch (error) {
      this.#close();
      return this.set({ trouble: whyNot(error) });
    }
  }

  // Whether there is a microphone; of a camera that is not there one is told.
  /** @param {("audio" | "video")[]} media */
  async #open(media) {
    this.set({ trouble: "" });
    this.#close();
    try {
      const { stream, said } = await openDevices(media.includes("video"));
      this.set({ own: stream, trouble: said });
      if (this.stage !== "asking" && this.stage !== "ringing") this.#close();
      return true;
    } catch (error) {
      this.set({ trouble: whyNot(error) });
      return false;
    }
  }

  /** @param {("audio" | "video")[]} media */
  async accept(media) {
    const { call } = this;
    if (!call || this.#accepting) return;
    this.#accepting = true;
    this.media = media;
    try {
      if (!(await this.#open(media)) || this.call !== call || this.stage !== "ringing") return;
      const told = await this.page.connection.request("call:accept", { call_id: call.id });
      this.call = told.call;
      this.#connect(told, true);
    } catch {
      // It is over, or was accepted elsewhere.
      this.#clear();
    } finally {
      this.#accepting = false;
    }
  }

  decline() {
    this.#request("call:decline");
    this.#clear();
  }

  // Hangs up, gives up, or closes what is said.
  end() {
    if (this.stage === "ringing") return this.decline();
    if (this.call && this.busy) this.#request("call:end");
    return this.#clear();
  }

  /** @param {string} event @param {object} more */
  #request(event, more = {}) {
    this.page.connection.request(event, { call_id: this.call?.id, ...more }).catch(() => {});
  }

  /** @param {string} call_id */
  #drop(call_id) {
    this.page.connection.request("call:end", { call_id }).catch(() => {});
  }

  // What the daemon says of a call.
  /** @param {Call} call */
  hear(call) {
    this.#last = call;
    if (call.id === this.call?.id) return this.#follow(call);
    const me = this.page.me();
    const rings = call.state === "ringing" && call.started_by !== me && !this.busy;
    if (!rings || !isIn(call, me)) return undefined;
    this.#clear();
    this.call = call;
    const name = call.participants.find((one) => one.id === call.started_by)?.name ?? "";
    this.set({ name, media: call.media });
    return this.#go("ringing");
  }

  /** @param {Call} call */
  #follow(call) {
    if (this.#accepting && call.state === "active") return undefined;
    this.call = call;
    if (call.state === "ended") return this.#onEnd(call);
    if (!isIn(call, this.page.me())) return this.#clear();
    if (call.state === "ringing") return undefined;
    // It was accepted in another tab.
    if (this.stage === "ringing") return this.#clear();
    if (this.stage === "active") return this.peer?.restart();
    return this.#talk(call);
  }

  /** @param {Call} call */
  async #talk(call) {
    this.#go("active");
    try {
      const ice = await this.page.connection.request("call:ice", { call_id: call.id });
      if (this.call?.id === call.id && !this.peer) this.#connect(ice, false);
    } catch {
      // The line to the daemon is gone: with the next one it is tried again.
    }
  }

  // The line to the daemon is there again: the call goes on, if it is not over.
  /** @param {Call[]} open */
  resume(open) {
    if (!this.call || !this.busy) return;
    const now = open.find((one) => one.id === this.call?.id);
    if (!now) this.#onEnd({ ...this.call, state: "ended", reason: "lost" });
    else if (this.peer) this.peer.restart();
    else if (now.state === "active" && this.stage === "active") this.#talk(now);
    else this.#follow(now);
  }

  /** @param {Omit<Ice, "ttl">} ice @param {boolean} polite */
  #connect(ice, polite) {
    const { connection } = this.page;
    const call_id = this.call?.id;
    this.#go("active");
    this.peer = new Peer({
      ice,
      polite,
      own: /** @type {MediaStream} */ (this.own),
      tell: (signal) => connection.request("call:signal", { call_id, ...signal }),
      ask: () => connection.request("call:ice", { call_id }),
      changed: () => this.notify(),
      failed: () => this.#request("call:end", { failed: true }),
    });
    for (const one of this.#early.splice(0)) this.peer.take(one);
    this.notify();
  }

  /** @param {{ call_id: string }} told */
  #onSignal({ call_id, ...signal }) {
    if (call_id !== this.call?.id) return;
    if (this.peer) this.peer.take(signal);
    else this.#early.push(signal);
  }

  /** @param {Call} call */
  #onEnd({ reason }) {
    if (this.stage === "ringing") return this.#clear();
    this.#close();
    this.#go("over");
    this.set({ said: OVER[reason ?? "hangup"], trouble: "", small: false });
    if (reason === "failed") return undefined;
    this.#timer = setTimeout(() => this.stage === "over" && this.#clear(), SAID_FOR);
    return undefined;
  }

  // What rings, rings as long as it does.
  /** @param {Stage} stage */
  #go(stage) {
    this.#hush();
    const which = stage === "ringing" ? "in" : stage === "calling" ? "out" : null;
    this.#hush = which && this.call && !this.page.quiet() ? ring(this.call.id, which) : () => {};
    this.set({ stage });
  }

  toggleMicrophone() {
    for (const track of this.own?.getAudioTracks() ?? []) track.enabled = !track.enabled;
    this.notify();
  }

  toggleCamera() {
    return this.#put(!this.screen && this.picture ? null : openCamera, false);
  }

  toggleScreen() {
    return this.#put(this.screen ? null : openScreen, true);
  }

  // One picture at a time; what a person does not choose is no fault.
  /** @param {(() => Promise<MediaStreamTrack>) | null} open @param {boolean} screen */
  async #put(open, screen) {
    const { own, peer } = this;
    if (!own) return;
    try {
      const track = open && (await open());
      for (const one of own.getVideoTracks()) {
        one.stop();
        own.removeTrack(one);
      }
      if (own !== this.own) return void track?.stop();
      if (track) own.addTrack(track);
      track?.addEventListener("ended", () => own.getTracks().includes(track) && this.#put(null, screen));
      await peer?.showPicture(track);
      this.set({ trouble: "", screen: Boolean(track) && screen });
    } catch (error) {
      if (!screen) this.set({ trouble: "callNoCamera" });
      else if (error.name !== "NotAllowedError") this.set({ trouble: whyNot(error) });
    }
  }

  #close() {
    this.peer?.close();
    for (const track of this.own?.getTracks() ?? []) track.stop();
    Object.assign(this, { peer: null, own: null, screen: false });
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#close();
    this.#early.length = 0;
    Object.assign(this, { call: null, trouble: "", said: "", small: false });
    this.#go("idle");
  }

  // The page goes away: so does who was in a call on it. What only rings here may ring elsewhere.
  leave = () => {
    if (this.stage === "calling" || this.stage === "active") this.#request("call:end");
    this.#clear();
  };
}

/** @param {Call} call @param {string | null | undefined} id */
const isIn = (call, id) => call.participants.some((one) => one.id === id);
