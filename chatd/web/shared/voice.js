// The voice channel that somebody is in: a line to each of the others. The newcomer makes the offers,
// so that no two meet; what the daemon does not know of any more is closed. Of pictures one shows one
// at a time, which the daemon allows before the others get it.
/** @import { Talker } from "./talker.js" @import { Ice, VoiceParty } from "./protocol" */
import { openCamera, openDevices, openScreen, SMALL_PICTURE, whyNoCamera, whyNot } from "./devices.js";
import { itemsOf } from "./fence.js";
import { Peer } from "./peer.js";
import { Store } from "./store.js";

const LISTEN_MS = 250;
// Somebody still speaks who was heard that lately; of less energy in one turn nothing is heard.
const PAUSE_MS = 1_200;
const QUIET = 2e-5;
const MOST_PICTURES = 4;
/** @type {Record<string, string>} */
const FULL = { voices: "voiceFull", pictures: "voicePicturesFull", screen: "voiceScreenTaken" };
const SESSION = /^o=\S+ (\d+)/m;

/** @typedef {"video" | "screen"} Kind @typedef {{ kind: Kind, track: MediaStreamTrack }} Picture */

export class VoiceChannel extends Store {
  // Which dialog's; empty: one is in none.
  dialog_id = "";
  muted = false;
  /** @type {Set<string>} */
  speaking = new Set();
  // What one shows the others.
  /** @type {Picture | null} */
  picture = null;
  /** @type {Promise<void>} */
  #coming = Promise.resolve();
  // Whether a camera or a screen is being opened.
  #opening = false;
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
    connection.on("welcome", () => this.dialog_id && setTimeout(() => this.#come(() => this.#enter(this.dialog_id))));
    addEventListener("pagehide", () => this.leave());
  }

  /** @param {string} dialog_id */
  join(dialog_id) {
    if (this.dialog_id) return undefined;
    this.dialog_id = dialog_id;
    this.notify();
    return this.#come(() => this.#begin(dialog_id));
  }

  // What is to be shown waits until one is in it.
  /** @param {() => Promise<void>} work */
  #come(work) {
    this.#coming = work();
    return this.#coming;
  }

  /** @param {string} dialog_id */
  async #begin(dialog_id) {
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
      await this.#claim();
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
    this.#explain(error, whyNot(error));
  }

  /** @param {any} error @param {string} otherwise */
  #explain({ full, allowed, shown_by }, otherwise) {
    const name = this.#present.find(({ id }) => id === shown_by)?.name ?? "?";
    this.page.toasts.say(this.page.t(FULL[full] ?? otherwise, { n: allowed, name }), "alert");
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

  /** @returns {VoiceParty[]} */
  get #present() {
    return itemsOf(this.page.dialog?.voice);
  }

  // Begins to show something, in place of what one shows, or ends it.
  /** @param {Kind} kind */
  async show(kind) {
    if (this.#opening) return;
    if (this.picture?.kind === kind) return void (await this.hide());
    this.#opening = true;
    await this.#coming;
    const { dialog_id } = this;
    const screen = kind === "screen";
    try {
      if (!this.#call) return;
      this.#check(kind);
      const track = await (screen ? openScreen() : openCamera(SMALL_PICTURE));
      if (this.dialog_id !== dialog_id) return void track.stop();
      await this.page.connection.request("voice:set", saying(kind)).catch((error) => {
        track.stop();
        throw error;
      });
      if (this.dialog_id !== dialog_id) return void track.stop();
      track.addEventListener("ended", () => this.picture?.track === track && this.hide());
      await this.#put({ kind, track });
    } catch (error) {
      // What a person does not choose is no fault.
      if (!screen || error.name !== "NotAllowedError") {
        this.#explain(error, screen || error.code ? whyNot(error) : whyNoCamera(error));
      }
    } finally {
      this.#opening = false;
    }
  }

  // What is known to be too much is not opened first.
  /** @param {Kind} kind */
  #check(kind) {
    const others = this.#present.filter(({ id }) => id !== this.page.me);
    const shown_by = kind === "screen" && others.find(({ screen }) => screen)?.id;
    if (shown_by) throw Object.assign(new Error(), { full: "screen", shown_by });
    const taken = others.reduce((sum, { video, screen }) => sum + Number(video) + Number(screen), 0);
    if (taken >= MOST_PICTURES) throw Object.assign(new Error(), { full: "pictures", allowed: MOST_PICTURES });
  }

  hide() {
    this.page.connection.request("voice:set", saying(null)).catch(() => {});
    return this.#put(null);
  }

  // Says again what one shows; where that is too much by now, it ends.
  async #claim() {
    const { picture } = this;
    if (!picture) return;
    try {
      await this.page.connection.request("voice:set", saying(picture.kind));
    } catch (error) {
      if (this.picture !== picture || !error.full) return;
      this.#explain(error, "callWrong");
      await this.#put(null);
    }
  }

  /** @param {Picture | null} picture */
  async #put(picture) {
    this.#stopPicture();
    this.picture = picture;
    if (picture) this.#own?.addTrack(picture.track);
    this.notify();
    const lines = [...this.#lines.values()];
    await Promise.all(lines.map(({ peer }) => peer.showPicture(picture?.track ?? null)));
  }

  #stopPicture() {
    const { picture } = this;
    picture?.track.stop();
    if (picture) this.#own?.removeTrack(picture.track);
    this.picture = null;
  }

  // What somebody shows, as far as it has come: with oneself, what one sends.
  /** @param {string} id */
  view(id) {
    if (id === this.page.me) return { stream: this.#own, comes: Boolean(this.picture) };
    const peer = this.#lines.get(id)?.peer;
    return { stream: peer?.remote ?? null, comes: peer?.shows === true };
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
    const mine = participants.find?.((one) => one?.id === this.page.me);
    if (this.picture && mine && !mine[this.picture.kind]) this.#claim();
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
    this.#stopPicture();
    for (const track of this.#own?.getTracks() ?? []) track.stop();
    this.#own = null;
    Object.assign(this, { dialog_id: "", muted: false, speaking: new Set() });
    this.notify();
  }
}

/** @param {Kind | null} kind */
const saying = (kind) => ({ video: kind === "video", screen: kind === "screen" });

/** @param {Peer} peer */
async function energyOf({ line }) {
  /** @type {any[]} */
  const told = [...(await line.getStats()).values()];
  return told.find((one) => one.type === "inbound-rtp" && one.kind === "audio")?.totalAudioEnergy ?? 0;
}
