// The call that somebody is in, or that rings: what the daemon says of it, and what one does in it.
/** @import { Connection } from "./connection.js" @import { Call, Ice } from "./protocol" */
/** @import { Speaker } from "./types" */
import { Capture } from "./capture.js";
import { isFirst, noteTested, openDevices, whyNot } from "./devices.js";
import { Gauge } from "./gauge.js";
import { Peer } from "./peer.js";
import { ring } from "./ring.js";
import { Store } from "./store.js";

/**
 * Whose calls these are. `me`: by which id; `root`: where their window is; `quiet`: whether nothing is to ring;
 * `headers`: what uploads are sent with, of who may record.
 * @typedef {{ connection: Connection, t: Speaker, me: () => string | null | undefined, root: any,
 *   quiet: () => boolean, headers?: () => Record<string, string> }} Caller
 */

/** @typedef {"idle" | "testing" | "asking" | "calling" | "ringing" | "active" | "over"} Stage */

// In which devices are opened.
const OPENING = new Set(["testing", "asking", "ringing"]);
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
  // So far its window was dragged.
  moved = { x: 0, y: 0 };
  /** @type {Capture | null} */
  capture = null;
  /** @type {Peer | null} */
  peer = null;
  /** @type {Gauge | null} */
  gauge = null;
  // Which part of the window is open.
  /** @type {"" | "devices" | "figures"} */
  part = "";
  #dialog = "";
  #accepting = false;
  /** @type {Call | null} */
  #last = null;
  // What rang meanwhile, and may still.
  /** @type {Call | null} */
  #missed = null;
  /** @type {any[]} */
  #early = [];
  #timer = 0;
  #hush = () => {};

  /** @param {Caller} page */
  constructor(page) {
    super();
    this.page = page;
    page.connection.on("call:signal", (/** @type {any} */ told) => this.#onSignal(told));
    page.connection.on("call:recording", ({ call_id, recording }) => this.hearRecording({ id: call_id, recording }));
    addEventListener("pagehide", this.leave);
  }

  get own() {
    return this.capture?.stream ?? null;
  }

  get picture() {
    return this.capture?.picture ?? null;
  }

  // Where nothing but words is left of it, somebody else may call.
  get busy() {
    if (this.stage === "asking") return Boolean(this.own || !this.trouble);
    return this.stage === "calling" || this.stage === "ringing" || this.stage === "active";
  }

  /** @param {Partial<Calls>} changes */
  set(changes) {
    Object.assign(this, changes);
    this.notify();
  }

  // Calls somebody, once there is something to be heard with; who never tried theirs does so before.
  /** @param {string} dialog_id @param {string} name @param {("audio" | "video")[]} media */
  async start(dialog_id, name, media) {
    if (this.busy) return this.set({ small: false });
    this.#clear();
    this.#dialog = dialog_id;
    this.set({ stage: "asking", name, media });
    return (await isFirst()) && this.stage === "asking" ? this.test() : this.again();
  }

  // Shows somebody what they have, before it rings.
  async test() {
    clearTimeout(this.#timer);
    this.set({ stage: "testing", said: "", part: "devices" });
    return this.open();
  }

  // Opens what there is, where nothing is open yet.
  async open() {
    if (!this.own && OPENING.has(this.stage)) await this.#open(this.media);
  }

  // What was tested is good.
  async dial() {
    noteTested();
    if (this.own) this.media = this.picture ? ["audio", "video"] : ["audio"];
    this.set({ stage: "asking", part: "" });
    return this.own ? this.#ring() : this.again();
  }

  // Once more what did not work.
  async again() {
    if (this.stage === "ringing") return this.accept(this.media);
    if (this.stage === "over") this.set({ stage: "asking" });
    if (!(await this.#open(this.media)) || this.stage !== "asking") return undefined;
    return this.#ring();
  }

  async #ring() {
    const { connection } = this.page;
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
      this.#close();
      this.set({ capture: new Capture(stream, this), trouble: said });
      if (!OPENING.has(this.stage)) this.#close();
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
  /** @param {Call} call @returns {unknown} */
  hear(call) {
    this.#last = call;
    if (call.id === this.call?.id) return this.#follow(call);
    const me = this.page.me();
    const rings = call.state === "ringing" && call.started_by !== me && isIn(call, me);
    if (call.id === this.#missed?.id || rings) this.#missed = rings ? call : null;
    if (!rings || this.busy) return undefined;
    this.#clear();
    this.call = call;
    this.#dialog = call.dialog_id;
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

  // What becomes of its recording.
  /** @param {Pick<Call, "id" | "recording">} told */
  hearRecording({ id, recording }) {
    if (this.call?.id === id) this.set({ call: { ...this.call, recording } });
  }

  // The line to the daemon is there again: the call goes on, if it is not over.
  /** @param {Call[]} open */
  resume(open) {
    if (!this.call || !this.busy) return;
    const now = open.find((one) => one.id === this.call?.id);
    if (!now) this.#onEnd({ ...this.call, state: "ended", reason: "lost" });
    else if (this.peer) {
      this.hearRecording(now);
      this.peer.restart();
    }
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
    this.gauge = new Gauge(this.peer, this);
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
    if (reason === "busy" && this.#missed) return this.hear(this.#missed);
    this.set({ said: OVER[reason ?? "hangup"], trouble: "", small: false, part: "" });
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

  #close() {
    this.gauge?.close();
    this.peer?.close();
    this.capture?.close();
    Object.assign(this, { gauge: null, peer: null, capture: null });
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#close();
    this.#early.length = 0;
    Object.assign(this, { call: null, trouble: "", said: "", small: false, part: "" });
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
