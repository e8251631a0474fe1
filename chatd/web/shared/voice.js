// The voice channel that somebody is in: a line to each of the others. The newcomer makes the offers,
// so that no two meet; what the daemon does not know of any more is closed.
/** @import { Talker } from "./talker.js" @import { Ice, VoiceParty } from "./protocol" */
import { openDevices, whyNot } from "./devices.js";
import { itemsOf } from "./fence.js";
import { Peer } from "./peer.js";
import { Store } from "./store.js";

const LISTEN_MS = 250;
// Somebody still speaks who was heard that lately; of less energy in one turn nothing is heard.
const PAUSE_MS = 1_200;
const QUIET = 2e-5;
const SESSION = /^o=\S+ (\d+)/m;

export class VoiceChannel extends Store {
  // Which dialog's; empty: one is in none.
  dialog_id = "";
  muted = false;
  /** @type {Set<string>} */
  speaking = new Set();
  /** @type {MediaStream | null} */
  #own = null;
  /** @type {Map<string, { peer: Peer, sound: HTMLAudioElement, session: string, energy: number, at: number }>} */
  #lines = new Map();
  /** @type {Omit<Ice, "ttl"> | null} */
  #ice = null;
  #call = "";
  #timer = 0;

  /** @param {Talker & { dialog: any }} page */
  constructor(page) {
    super();
    this.page = page;
    const { connection } = page;
    connection.on("voice:update", (/** @type {any} */ told) => this.#onUpdate(told));
    connection.on("call:signal", (/** @type {any} */ told) => this.#onSignal(told));
    // Whose connection ended has left; behind the dialog that is joined anew, one joins again.
    connection.on("welcome", () => this.dialog_id && setTimeout(() => this.#enter(this.dialog_id)));
    addEventListener("pagehide", () => this.leave());
  }

  /** @param {string} dialog_id */
  async join(dialog_id) {
    if (this.dialog_id) return;
    this.dialog_id = dialog_id;
    this.notify();
    try {
      const { stream } = await openDevices(false);
      if (this.dialog_id !== dialog_id) return void stream.getTracks().forEach((one) => one.stop());
      this.#own = stream;
      await this.#enter(dialog_id);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {string} dialog_id */
  async #enter(dialog_id) {
    this.#hangUp();
    try {
      const told = await this.page.connection.request("voice:join", { dialog_id, muted: this.muted });
      if (this.dialog_id !== dialog_id) return this.#tellGone();
      [this.#ice, this.#call] = [told, told.call_id];
      for (const { id } of told.participants) if (id !== this.page.me) this.#line(id, false, "");
      clearInterval(this.#timer);
      this.#timer = setInterval(() => this.#listen(), LISTEN_MS);
      return this.notify();
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** @param {any} error */
  #fail(error) {
    this.#close();
    const key = error.full ? "voiceFull" : whyNot(error);
    this.page.toasts.say(this.page.t(key, { n: error.allowed }), "alert");
  }

  leave() {
    if (this.#call) this.#tellGone();
    this.#close();
  }

  #tellGone() {
    this.page.connection.request("voice:leave", {}).catch(() => {});
  }

  toggle() {
    this.muted = !this.muted;
    for (const track of this.#own?.getAudioTracks() ?? []) track.enabled = !this.muted;
    this.page.connection.request("voice:set", { muted: this.muted }).catch(() => {});
    this.notify();
  }

  /** @param {string} id @param {boolean} polite @param {string} session */
  #line(id, polite, session) {
    const { connection } = this.page;
    const call_id = this.#call;
    const peer = new Peer({
      ice: /** @type {Ice} */ (this.#ice),
      polite,
      own: /** @type {MediaStream} */ (this.#own),
      tell: (signal) => connection.request("call:signal", { call_id, to: id, ...signal }),
      ask: () => connection.request("call:ice", { call_id }),
      changed: () => this.notify(),
      failed: () => this.page.toasts.say(this.page.t("voiceNoWay", { name: this.page.nameOf(id) ?? id }), "alert"),
    });
    const sound = new Audio();
    sound.srcObject = peer.remote;
    sound.autoplay = true;
    const line = { peer, sound, session, energy: 0, at: -PAUSE_MS };
    this.#lines.set(id, line);
    return line;
  }

  /** @param {{ call_id: string, from: string, description?: any, candidate?: any }} told */
  #onSignal({ call_id, from, ...signal }) {
    if (!this.#call || call_id !== this.#call) return;
    const { type, sdp } = signal.description ?? {};
    let line = this.#lines.get(from);
    const session = SESSION.exec(sdp)?.[1] ?? "";
    // Who has come anew, over another connection, is somebody else to the line.
    if (line && type === "offer" && line.session && line.session !== session) {
      this.#drop(from);
      line = undefined;
    }
    if (!line && type !== "offer") return;
    line ??= this.#line(from, true, session);
    if (session) line.session = session;
    line.peer.take(signal);
  }

  /** @param {{ dialog_id: string, participants: VoiceParty[], moved?: boolean }} told */
  #onUpdate({ dialog_id, participants, moved }) {
    const { dialog } = this.page;
    if (dialog?.id === dialog_id) {
      dialog.voice = participants;
      dialog.notify();
    }
    if (dialog_id !== this.dialog_id || !this.#call) return;
    const ids = new Set(itemsOf(participants).map((one) => one.id));
    if (moved || !ids.has(this.page.me)) {
      this.#close();
      this.page.toasts.say(this.page.t("voiceMoved"));
    }
    for (const id of this.#lines.keys()) if (!ids.has(id)) this.#drop(id);
  }

  // Who is heard just now: by what has come in since the last turn, so that no sound is too short.
  async #listen() {
    const now = performance.now();
    for (const line of this.#lines.values()) {
      const energy = await energyOf(line.peer);
      if (energy - line.energy > QUIET) line.at = now;
      line.energy = energy;
    }
    const heard = [...this.#lines].filter(([, { at }]) => now - at < PAUSE_MS).map(([id]) => id);
    if (heard.length === this.speaking.size && heard.every((id) => this.speaking.has(id))) return;
    this.speaking = new Set(heard);
    this.notify();
  }

  /** @param {string} id */
  #drop(id) {
    const line = this.#lines.get(id);
    line?.peer.close();
    if (line) line.sound.srcObject = null;
    this.#lines.delete(id);
  }

  #hangUp() {
    for (const id of [...this.#lines.keys()]) this.#drop(id);
    this.#call = "";
  }

  #close() {
    this.#hangUp();
    clearInterval(this.#timer);
    for (const track of this.#own?.getTracks() ?? []) track.stop();
    this.#own = null;
    Object.assign(this, { dialog_id: "", muted: false, speaking: new Set() });
    this.notify();
  }
}

/** @param {Peer} peer */
async function energyOf({ line }) {
  /** @type {any[]} */
  const told = [...(await line.getStats()).values()];
  return told.find((one) => one.type === "inbound-rtp" && one.kind === "audio")?.totalAudioEnergy ?? 0;
}
